import Base
import Model
import Server
import State

/// What a browser gets: `/` leads to `/ui/`, one page with what the agent knows and where the API is.
enum PageEndpoints {
    static func root(_ call: APICall) async throws -> APIResponse {
        let query = call.request.target.split(separator: "?", maxSplits: 1).dropFirst().first.map { "?\($0)" } ?? ""
        var response = APIResponse.text(307, "")
        response.set("Location", "/ui/\(query)")
        return response
    }

    static func page(_ call: APICall) async throws -> APIResponse {
        let agent = call.context.agent
        var body = "<h1>Caravan \(escape(agent.version))</h1>"
        body += "<p>Agent <b>\(escape(agent.name))</b>, region \(escape(agent.region)), "
        body += "datacenter \(escape(agent.datacenter)): \(role(call)).</p>"
        if let state = call.context.server?.committed {
            body += table(
                "Jobs", ["ID", "Namespace", "Type", "Status"],
                state.allJobs().prefix(rowsMax).map { [$0.job.id, $0.job.namespace, $0.job.type, $0.job.status] })
            body += table(
                "Nodes", ["ID", "Name", "Datacenter", "Status", "Eligibility"],
                state.allNodes.prefix(rowsMax).map {
                    [$0.id.short, $0.name, $0.datacenter, $0.status.rawValue, $0.schedulingEligibility.rawValue]
                })
            body += "<p>\(state.allocationCount) allocations, log index \(state.index).</p>"
        }
        body += "<p>The HTTP API is under <a href=\"/v1/jobs?pretty\">/v1</a>; "
        body += "everything can be done with the command line, <code>caravan help</code>.</p>"
        var response = APIResponse(body: .bytes(Array(frame(body).utf8)))
        response.set("Content-Type", "text/html; charset=utf-8")
        response.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        return response
    }

    /// Rows of a table at most.
    private static let rowsMax = 200

    private static func role(_ call: APICall) -> String {
        [call.context.server.map { _ in "server" }, call.context.node.map { _ in "client" }].compactMap { $0 }
            .joined(separator: " and ")
    }

    private static func table(_ title: String, _ heads: [String], _ rows: [[String]]) -> String {
        var text = "<h2>\(title)</h2>"
        guard !rows.isEmpty else { return text + "<p>None.</p>" }
        text += "<table><tr>" + heads.map { "<th>\($0)</th>" }.joined() + "</tr>"
        for row in rows { text += "<tr>" + row.map { "<td>\(escape($0))</td>" }.joined() + "</tr>" }
        return text + "</table>"
    }

    private static func frame(_ body: String) -> String {
        """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Caravan</title><style>
        body{font-family:system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}
        table{border-collapse:collapse}td,th{text-align:left;padding:.2rem 1rem .2rem 0}
        </style></head><body>\(body)</body></html>
        """
    }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}

import AgentCore
import Base
import Model
import Server
import State

/// `/v1/metrics`: numbers about the cluster, the node and this API, as JSON or in Prometheus' text form.
enum MetricsEndpoint {
    struct Gauge {
        var name: String
        var value: Double
        var labels: [String: String] = [:]
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        if call.request.parameter("format") == "prometheus" {
            guard call.context.agent.prometheusMetrics else { throw APIError(415, "Prometheus is not enabled") }
            var response = APIResponse.text(200, prometheus(await gauges(call), call.context.meter))
            response.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            return response
        }
        let now = call.context.server?.now()
        let host = call.context.agent.hostName
        return .json([
            "Timestamp": .string(now.map(timestamp) ?? ""), "Points": [],
            "Gauges": .array(
                await gauges(call).map { gauge in
                    var labels = gauge.labels
                    labels["host"] = host
                    return ["Name": .string(gauge.name), "Value": .double(gauge.value), "Labels": self.labels(labels)]
                }),
            "Counters": .array(
                call.context.meter.byStatus.sorted { $0.key < $1.key }.map { status, count in
                    let number = Double(count)
                    return [
                        "Name": "nomad.http.responses", "Count": .int(Int64(count)), "Sum": .double(number),
                        "Rate": .double(number), "Min": 1.0, "Max": 1.0, "Mean": 1.0, "Stddev": 0.0,
                        "Labels": labels(["host": host, "status": "\(status)xx"]),
                    ]
                }),
            "Samples": [sample(call.context.meter.reading, host)],
        ])
    }

    private static func labels(_ labels: [String: String]) -> JSON {
        .object(JSONObject(labels.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    private static func sample(_ reading: RequestMeter.Reading, _ host: String) -> JSON {
        [
            "Name": "nomad.http.request_milliseconds", "Count": .int(Int64(reading.count)), "Sum": .double(reading.sum),
            "Rate": .double(reading.sum), "Min": .double(reading.min), "Max": .double(reading.max),
            "Mean": .double(reading.mean), "Stddev": .double(reading.deviation), "Labels": labels(["host": host]),
        ]
    }

    /// `2026-11-22 16:05:40 +0000 UTC`.
    private static func timestamp(_ now: Instant) -> String {
        let text = now.rfc3339()
        return text.replacing("T", with: " ").replacing("Z", with: " +0000 UTC")
    }

    private static func gauges(_ call: APICall) async -> [Gauge] {
        var gauges = call.context.server.map { cluster($0.committed) } ?? []
        if let node = call.context.node {
            let known = call.context.server?.committed.node(node.id)
            var labels = ["node_id": node.id.text, "datacenter": known?.datacenter ?? call.context.agent.datacenter]
            if let known {
                labels["node_class"] = known.nodeClass.isEmpty ? "none" : known.nodeClass
                labels["node_status"] = known.status.rawValue
                labels["node_scheduling_eligibility"] = known.schedulingEligibility.rawValue
            }
            if let usage = try? await node.api.hostUsage() { gauges += host(usage, labels) }
            if let known, let state = call.context.server?.committed { gauges += allocated(known, state, labels) }
        }
        return gauges
    }

    private static func cluster(_ state: State) -> [Gauge] {
        var statuses: [String: Int] = ["pending": 0, "running": 0, "dead": 0]
        for job in state.allJobs() { statuses[job.job.status, default: 0] += 1 }
        let blocked = state.allEvaluations.filter { $0.status == .blocked }
        let pending = state.allEvaluations.count { $0.status == .pending }
        var gauges = statuses.sorted { $0.key < $1.key }.map {
            Gauge(name: "nomad.nomad.job_status.\($0.key)", value: Double($0.value))
        }
        gauges += [
            Gauge(name: "nomad.nomad.blocked_evals.total_blocked", value: Double(blocked.count)),
            Gauge(
                name: "nomad.nomad.blocked_evals.total_escaped",
                value: Double(blocked.count { $0.escapedComputedClass })),
            Gauge(name: "nomad.nomad.broker.total_ready", value: Double(pending)),
            Gauge(name: "nomad.nomad.heartbeat.active", value: Double(state.allNodes.count { $0.status == .ready })),
            Gauge(name: "nomad.raft.appliedIndex", value: Double(state.index)),
            Gauge(name: "nomad.raft.lastIndex", value: Double(state.index)),
            Gauge(name: "nomad.state.snapshotIndex", value: Double(state.index)),
        ]
        return gauges
    }

    private static func host(_ usage: HostUsage, _ labels: [String: String]) -> [Gauge] {
        let prefix = "nomad.client.host"
        var gauges: [Gauge] = []
        for cpu in usage.cpu {
            var labels = labels
            labels["cpu"] = cpu.cpu
            gauges += [
                Gauge(name: "\(prefix).cpu.idle", value: cpu.idle, labels: labels),
                Gauge(name: "\(prefix).cpu.system", value: cpu.system, labels: labels),
                Gauge(name: "\(prefix).cpu.total", value: cpu.total, labels: labels),
                Gauge(name: "\(prefix).cpu.user", value: cpu.user, labels: labels),
            ]
        }
        for disk in usage.diskStats {
            var labels = labels
            labels["disk"] = disk.device
            gauges += [
                Gauge(name: "\(prefix).disk.available", value: Double(disk.available), labels: labels),
                Gauge(name: "\(prefix).disk.inodes_percent", value: disk.inodesUsedPercent, labels: labels),
                Gauge(name: "\(prefix).disk.size", value: Double(disk.size), labels: labels),
                Gauge(name: "\(prefix).disk.used", value: Double(disk.used), labels: labels),
                Gauge(name: "\(prefix).disk.used_percent", value: disk.usedPercent, labels: labels),
            ]
        }
        gauges += [
            Gauge(name: "\(prefix).memory.available", value: Double(usage.memory.available), labels: labels),
            Gauge(name: "\(prefix).memory.free", value: Double(usage.memory.free), labels: labels),
            Gauge(name: "\(prefix).memory.total", value: Double(usage.memory.total), labels: labels),
            Gauge(name: "\(prefix).memory.used", value: Double(usage.memory.used), labels: labels),
            Gauge(name: "nomad.client.uptime", value: Double(usage.uptime), labels: labels),
        ]
        return gauges
    }

    /// What the node's allocations take of it, and where they stand.
    private static func allocated(_ node: Node, _ state: State, _ labels: [String: String]) -> [Gauge] {
        let allocations = state.allocations(onNode: node.id)
        let live = allocations.filter(\.occupiesNode)
        func sum(_ part: (AllocatedResources) -> Int) -> Double { Double(live.reduce(0) { $0 + part($1.resources) }) }
        let has = node.nodeResources
        let (cpu, memory, disk) = (sum(\.cpu), sum(\.memoryMB), sum(\.diskMB))
        let values: [(String, Double)] = [
            ("allocated.cpu", cpu), ("allocated.memory", memory), ("allocated.disk", disk),
            ("unallocated.cpu", Double(has.cpu.cpuShares) - cpu),
            ("unallocated.memory", Double(has.memory.memoryMB) - memory),
            ("unallocated.disk", Double(has.disk.diskMB) - disk),
            ("allocations.pending", Double(allocations.count { $0.clientStatus == .pending })),
            ("allocations.running", Double(allocations.count { $0.clientStatus == .running })),
            ("allocations.terminal", Double(allocations.count(where: \.isClientTerminal))),
        ]
        return values.map { Gauge(name: "nomad.client.\($0.0)", value: $0.1, labels: labels) }
    }

    /// Text exposition format 0.0.4.
    private static func prometheus(_ gauges: [Gauge], _ meter: RequestMeter) -> String {
        var text = ""
        var last = ""
        for gauge in gauges.sorted(by: { $0.name < $1.name }) {
            let name = String(gauge.name.map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "_" })
            if name != last { text += "# TYPE \(name) gauge\n" }
            last = name
            let labels = gauge.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSON.string($0.value).text)" }
            text += name + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}") + " \(gauge.value)\n"
        }
        text += "# TYPE nomad_http_responses counter\n"
        for (status, count) in meter.byStatus.sorted(by: { $0.key < $1.key }) {
            text += "nomad_http_responses{status=\"\(status)xx\"} \(count)\n"
        }
        return text
    }
}

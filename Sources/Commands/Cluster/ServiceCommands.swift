import Base
import CaravanClient

/// Services that jobs offer.
enum ServiceCommands {
    static let all: [Command] = [list, info, delete]

    static let list = Command(
        "service list", "List registered services", flags: [.json, .template, .text("name", "name", "Only this one.")]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let answer = try await invocation.doing("Error listing service registrations") { try await client.services() }
        if try invocation.printFormatted(.array(answer)) { return 0 }
        let everywhere = invocation.asksAllNamespaces
        var table = Table(everywhere ? ["Service Name", "Namespace", "Tags"] : ["Service Name", "Tags"])
        for namespace in answer.sorted(by: { $0.text("Namespace") < $1.text("Namespace") }) {
            let services = namespace.list("Services").sorted { $0.text("ServiceName") < $1.text("ServiceName") }
            for service in services {
                let name = service.text("ServiceName")
                if !invocation.flags.text("name").isEmpty, name != invocation.flags.text("name") { continue }
                let tags = "[\(service.texts("Tags").sorted().joined(separator: ","))]"
                table.add(everywhere ? [name, namespace.text("Namespace"), tags] : [name, tags])
            }
        }
        invocation.lines(table.isEmpty ? ["No service registrations found"] : table.lines)
        return 0
    }

    static let info = Command(
        "service info", "Display the instances of a service", usage: "[options] <service_name>",
        flags: [.json, .template, .verbose, .filter, .perPage, .pageToken]
    ) { invocation in
        let client = try invocation.client
        let name = try invocation.oneArgument("<service_name>")
        let options = invocation.pageOptions
        let instances = try await invocation.doing("Error listing service registrations") {
            try await client.service(name, options)
        }
        if try invocation.printFormatted(.array(instances)) { return 0 }
        if instances.isEmpty { throw CommandFailure("No service registrations found") }
        let show = invocation.show
        var table = Table("Job ID", "Address", "Tags", "Node ID", "Alloc ID")
        let sorted = instances.sorted { ($0.text("JobID"), $0.text("ID")) < ($1.text("JobID"), $1.text("ID")) }
        for instance in sorted {
            table.add(
                instance.text("JobID"), address(instance), "[\(instance.texts("Tags").joined(separator: ","))]",
                show.id(instance.text("NodeID")), show.id(instance.text("AllocID")))
        }
        invocation.lines(table.lines)
        return 0
    }

    private static func address(_ instance: JSON) -> String {
        let host = instance.text("Address")
        let port = instance.int("Port")
        if port == 0 { return host }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    static let delete = Command(
        "service delete", "Delete an instance of a service", usage: "[options] <service_name> <service_id>"
    ) { invocation in
        let client = try invocation.client
        let (name, id) = try invocation.twoArguments("<service_name> <service_id>")
        try await invocation.doing("Error deleting service registration") {
            try await client.delete(service: name, id: id)
        }
        invocation.line("Successfully deleted service registration")
        return 0
    }
}

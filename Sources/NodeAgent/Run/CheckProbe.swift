import AgentCore
import AsyncHTTPClient
import Base
import Drivers
import Model
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// One run of one check.
struct CheckProbe: Sendable {
    let agent: NodeAgent
    let order: CheckOrder

    private static let timeoutDefault = TimeSpan.seconds(5)
    /// Bytes of an answer that are kept.
    private static let outputMax = 4096
    /// Bytes of an answer that are read at most.
    private static let bodyMax = 64 << 10

    private var timeout: TimeSpan { order.check.timeout > .zero ? order.check.timeout : Self.timeoutDefault }

    func run() async -> CheckResult {
        guard let allocation = agent.allocation(order.key.allocation) else {
            return CheckResult(.failing, output: "the allocation is gone")
        }
        do {
            switch order.check.type {
            case "tcp": return try await tcp(try address(allocation))
            case "http": return try await http(allocation)
            case "script": return try await script(allocation)
            default:
                return CheckResult(
                    .failing, output: "checks of the type \"\(order.check.type)\" are not supported yet")
            }
        } catch {
            return CheckResult(.failing, output: "nomad: \(error)")
        }
    }

    private func address(_ allocation: Allocation) throws -> ServiceAddress {
        let label = order.check.portLabel.isEmpty ? order.service.portLabel : order.check.portLabel
        let mode = order.check.addressMode.isEmpty ? "host" : order.check.addressMode
        let node = agent.node
        return try ServiceAddress.resolve(
            port: label, mode: mode, allocation: allocation, task: order.task, driver: order.address,
            networkStatus: agent.machine.withLock { $0.allocations[allocation.id]?.networkStatus },
            nodeIP: node.attributes["unique.network.ip-address"] ?? "127.0.0.1")
    }

    /// Replaces references in the check's fields, with what the task's environment says.
    private func interpolation(_ allocation: Allocation) throws -> Interpolation {
        let name = order.task.isEmpty ? allocation.group?.tasks.first?.name ?? "" : order.task
        guard let spec = allocation.group?.task(name) else { return Interpolation(environment: [:], references: [:]) }
        let environment = try agent.environment(
            allocation, spec, agent.drivers.driver(spec.driver), agent.directory(allocation.id))
        return Interpolation(environment: environment.variables(), references: environment.references)
    }

    private func tcp(_ address: ServiceAddress) async throws -> CheckResult {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.nanoseconds(timeout.nanoseconds))
        let channel = try await bootstrap.connect(host: address.ip, port: address.port).get()
        try? await channel.close().get()
        return CheckResult(.passing, output: "nomad: tcp ok")
    }

    private func http(_ allocation: Allocation) async throws -> CheckResult {
        let address = try address(allocation)
        let interpolate = try interpolation(allocation)
        let check = order.check
        let scheme = check.protocol.isEmpty ? "http" : check.protocol
        if check.tlsSkipVerify {
            return CheckResult(.failing, output: "tls_skip_verify is not supported by this agent's checks yet")
        }
        let path = interpolate(check.path)
        var request = HTTPClientRequest(url: "\(scheme)://\(address.text)\(path.hasPrefix("/") ? "" : "/")\(path)")
        request.method = check.method.isEmpty ? .GET : HTTPMethod(rawValue: check.method.uppercased())
        for (name, values) in check.header.sorted(by: { $0.key < $1.key }) {
            for value in values { request.headers.add(name: interpolate(name), value: interpolate(value)) }
        }
        if !check.body.isEmpty { request.body = .bytes(Array(interpolate(check.body).utf8)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .nanoseconds(timeout.nanoseconds))
        let code = Int(response.status.code)
        if code == 200 { return CheckResult(.passing, output: "nomad: http ok", statusCode: code) }
        let body = (try? await response.body.collect(upTo: Self.bodyMax)).map { Array($0.readableBytesView) } ?? []
        let text = String(decoding: body.prefix(Self.outputMax), as: UTF8.self)
        return CheckResult(code < 400 ? .passing : .failing, output: text, statusCode: code)
    }

    /// Runs the check's command in the task: 0 passes, 1 warns, anything else fails.
    private func script(_ allocation: Allocation) async throws -> CheckResult {
        guard let text = order.handle else { return CheckResult(.failing, output: "the task is not running") }
        let handle = try DriverHandle(text: text)
        let interpolate = try interpolation(allocation)
        let command = ExecCommand(([order.check.command] + order.check.args).map { interpolate($0) })
        let output = GatheredOutput(limit: Self.outputMax)
        let driver = try agent.drivers.driver(handle.driver)
        let deadline = timeout
        let result = try await withThrowingTaskGroup(of: ExitResult?.self) { group in
            group.addTask {
                try await driver.exec(handle, command, input: NoInput()) { piece in
                    switch piece {
                    case .standardOutput(let bytes), .standardError(let bytes): output.add(bytes)
                    }
                }
            }
            group.addTask {
                try await Task.sleep(nanoseconds: UInt64(deadline.nanoseconds))
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            return first
        }
        let said = output.text
        guard let result else { return CheckResult(.failing, output: "timed out after \(deadline.text)") }
        switch result.code {
        case 0: return CheckResult(.passing, output: said)
        case 1: return CheckResult(.warning, output: said)
        default: return CheckResult(.failing, output: said)
        }
    }
}

/// The beginning of what a command said.
private final class GatheredOutput: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func add(_ more: [UInt8]) {
        bytes.withLock { bytes in bytes += more.prefix(max(0, limit - bytes.count)) }
    }

    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
}

/// A command that gets nothing to read.
private struct NoInput: AsyncSequence, Sendable {
    struct AsyncIterator: AsyncIteratorProtocol {
        mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> ExecInput? { nil }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
}

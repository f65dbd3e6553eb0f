internal import Glibc
internal import Logging

extension DockerClient {
    /// Removes a container whatever its state, also for a cancelled caller. One that isn't there is no error;
    /// what goes wrong is only logged.
    func remove(_ container: String, logger: Logger) async {
        do {
            let request = Request.delete("/containers/\(container)", ["force": "1", "v": "1"])
            let status = try await callUncancelled(request)
            if status < 300 || status == 404 { return }
            logger.warning("could not remove container \(container): HTTP status \(status)")
        } catch {
            logger.warning("could not remove container \(container): \(error)")
        }
    }

    /// Makes a call that goes through even if the caller is cancelled: for cleaning up. The answer's status.
    func callUncancelled(_ request: Request) async throws -> Int {
        try await answerUncancelled(request).status
    }

    /// The same with the answer's body.
    func answerUncancelled(_ request: Request) async throws -> (status: Int, body: [UInt8]) {
        let bytes = request.bytes()
        let path = socket
        return try await onOwnThread { try Self.callBlocking(path, bytes) }
    }

    private static func callBlocking(_ path: String, _ bytes: [UInt8]) throws -> (status: Int, body: [UInt8]) {
        let fd = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if fd < 0 { throw ShimProcess.problem("make a socket") }
        defer { close(fd) }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else { throw DriverError(.unavailable, "socket path too long: \(path)") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(fd, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if connected != 0 { throw ShimProcess.problem("connect to \(path)") }
        guard send(fd, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw ShimProcess.problem("send to \(path)")
        }
        var buffer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        var head: HTTPHead?
        var body = HTTPBody(.connection)
        var answer: [UInt8] = []
        while answer.count < answerMax {
            if head == nil, let found = try HTTPHead.take(from: &buffer) {
                head = found
                body = HTTPBody(found.bodyEnd)
            }
            if let head {
                while let part = try body.take(from: &buffer) { answer += part }
                if body.finished { return (head.status, answer) }
            }
            let count = read(fd, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            if count == 0, let head { return (head.status, answer) }
            if count <= 0 { throw ShimProcess.problem("read from \(path)") }
            buffer += piece[..<count]
        }
        throw DriverError(.failed, "the answer from \(path) is too long")
    }
}

internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// What went wrong below HTTP, in the words of the field (`dial tcp …: connect: connection refused`).
struct ConnectionFailure {
    let text: String
    let code: ClientError.Code

    init(_ error: any Error, address: AgentAddress) {
        let place: String
        switch address.target {
        case .host: place = "dial tcp \(address.authority)"
        case .socket(let path): place = "dial unix \(path)"
        }
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first {
                text = "\(place): \(Self.words(first.error))"
            } else {
                text = "dial tcp: lookup \(error.host): no such host"
            }
            code = .unreachable
        case let error as IOError:
            text = "\(place): \(Self.words(error))"
            code = .unreachable
        case let error as HTTPClientError where error == .connectTimeout:
            text = "\(place): i/o timeout"
            code = .unreachable
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
            text = "no answer in time"
            code = .interrupted
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            text = "EOF (the agent closed the connection)"
            code = .interrupted
        case let error as NIOSSLError:
            text = "tls: \(error)"
            code = .unreachable
        default:
            text = "\(error)"
            code = .interrupted
        }
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as IOError where error.errnoCode != 0: "connect: " + errnoText(error.errnoCode)
        case is ChannelError: "i/o timeout"
        default: "\(error)"
        }
    }

    func clientError(doing: String, address: String) -> ClientError {
        var advice: String?
        if code == .unreachable {
            advice = """
                No agent answers at \(address). Start one with "caravan agent -dev", or name another one with \
                -address or the CARAVAN_ADDR environment variable.
                """
        }
        return ClientError(code, "\(doing): \(text)", advice: advice)
    }
}

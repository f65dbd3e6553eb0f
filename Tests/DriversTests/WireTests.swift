import Base
import Testing

@testable import Drivers

/// What comes from the Docker daemon, cut into pieces of any size.
@Suite struct WireTests {
    /// Head and body of a response that comes in pieces of `size` bytes.
    private func parsed(_ text: String, size: Int) throws -> (head: HTTPHead, body: String, finished: Bool)? {
        var buffer: [UInt8] = []
        var head: HTTPHead?
        var body = HTTPBody(.connection)
        var taken: [UInt8] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            buffer += bytes[start..<min(start + size, bytes.count)]
            if head == nil, let found = try HTTPHead.take(from: &buffer) {
                head = found
                body = HTTPBody(found.bodyEnd)
            }
            guard head != nil else { continue }
            while let piece = try body.take(from: &buffer) { taken += piece }
        }
        return head.map { ($0, String(decoding: taken, as: UTF8.self), body.finished) }
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func bodies(size: Int) throws {
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n, the rest\r\n0\r\n\r\n"
        let first = try #require(try parsed(chunked, size: size))
        #expect(first.head.status == 200 && first.body == "hello, the rest" && first.finished)
        let counted = "HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\nX: a: b\r\n\r\nabc"
        let second = try #require(try parsed(counted, size: size))
        #expect(second.head.status == 404 && second.body == "abc" && second.finished)
        #expect(second.head.headers["x"] == "a: b")
        let open = try #require(try parsed("HTTP/1.1 101 UPGRADED\r\n\r\nraw", size: size))
        #expect(open.body == "raw" && !open.finished)
        #expect(try parsed("HTTP/1.1 204 No Content\r\n\r\n", size: size)?.finished == true)
    }

    @Test func nonsenseIsRefused() {
        #expect(throws: DriverError.self) { try parsed("SSH-2.0-x\r\n\r\n", size: 100) }
        #expect(throws: DriverError.self) {
            try parsed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", size: 100)
        }
    }

    @Test func requestsAreWrittenAsHTTP() {
        let request = DockerClient.Request.post("/containers/create", ["name": "a b&c"], body: ["x": 1])
        #expect(
            String(decoding: request.bytes(), as: UTF8.self)
                == "POST /containers/create?name=a%20b%26c HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n"
                + "Content-Length: 7\r\nContent-Type: application/json\r\n\r\n{\"x\":1}")
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("??>~", "Pz8-fg==")])
    func base64(text: String, encoded: String) { #expect(base64URL(Array(text.utf8)) == encoded) }

    @Test func pullProgressIsSummedUp() {
        var pull = ImagePull()
        let lines = [
            #"{"status":"Pulling from library/redis","id":"7"}"#,
            #"{"status":"Pulling fs layer","progressDetail":{},"id":"a"}"#,
            #"{"status":"Already exists","progressDetail":{},"id":"b"}"#,
            #"{"status":"Downloading","progressDetail":{"current":1572864,"total":4194304},"id":"a"}"#,
        ]
        for byte in lines.joined(separator: "\r\n").utf8 + [10] { pull.take([byte]) }
        #expect(pull.progress == "1 of 2 layers, 1.5 of 4.0 MiB")
        pull.take(Array("{\"status\":\"Pull complete\",\"id\":\"a\"}\n{\"error\":\"no space left\"}\n".utf8))
        #expect(pull.progress == "2 of 2 layers, 4.0 of 4.0 MiB")
        #expect(pull.error == "no space left")
        #expect(ImagePull.isFinal("manifest for a:b not found: manifest unknown") && !ImagePull.isFinal("timeout"))
    }

    @Test func framesOfTwoStreams() {
        var frames = DockerFrames()
        frames.add([1, 0, 0, 0, 0, 0, 0, 2, 65, 66, 2, 0, 0])
        #expect(frames.take() == DockerFrames.Frame(isError: false, bytes: [65, 66]))
        #expect(frames.take() == nil)
        frames.add([0, 0, 0, 0, 1, 67])
        #expect(frames.take() == DockerFrames.Frame(isError: true, bytes: [67]))
    }

    @Test func usageIsTheDifferenceOfCounters() throws {
        let meter = UsageMeter()
        let stats: (Int64, Int64) -> JSON = { cpu, user in
            [
                "cpu_stats": [
                    "cpu_usage": ["total_usage": .int(cpu), "usage_in_usermode": .int(user), "usage_in_kernelmode": 0]
                ], "memory_stats": ["usage": 2000, "stats": ["anon": 500, "file": 700]],
            ]
        }
        let start = Instant(nanoseconds: 0)
        let second = Instant(nanoseconds: 1_000_000_000)
        let first = meter.usage(
            "t", DockerDriver.counters(stats(500_000_000, 250_000_000)), started: start, at: second, coreMHz: 2000)
        #expect(first.cpu.percent == 50 && first.cpu.userPercent == 25 && first.cpu.totalTicks == 1000)
        #expect(first.memory.rss == 500 && first.memory.cache == 700 && first.memory.usage == 2000)
        let next = meter.usage(
            "t", DockerDriver.counters(stats(2_500_000_000, 250_000_000)), started: start,
            at: Instant(nanoseconds: 2_000_000_000), coreMHz: 2000)
        #expect(next.cpu.percent == 200 && next.cpu.userPercent == 0)
    }
}

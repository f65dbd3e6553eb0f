import Base
import Testing

@testable import CaravanClient

@Suite("The client")
struct ClientTests {
    @Test func theEnvironmentOfBothNamesIsRead() {
        let configuration = ClientConfiguration(environment: [
            "NOMAD_ADDR": "http://a:1", "CARAVAN_ADDR": "http://b:2", "NOMAD_TOKEN": "t", "NOMAD_SKIP_VERIFY": "true",
            "CARAVAN_NAMESPACE": "", "NOMAD_NAMESPACE": "prod",
        ])
        #expect(configuration.address == "http://b:2")
        #expect(configuration.token == "t")
        #expect(configuration.namespace == "prod")
        #expect(configuration.tls.skipVerify)
        #expect(ClientConfiguration(environment: [:]).address == "http://127.0.0.1:4646")
    }

    @Test(arguments: [
        ("http://127.0.0.1:4646", "http://127.0.0.1:4646"), ("127.0.0.1:4646", "http://127.0.0.1:4646"),
        ("https://nomad.example/", "https://nomad.example:443"), ("http://[::1]:4646/x/", "http://[::1]:4646/x"),
        ("unix:///run/a b.sock", "http+unix://%2Frun%2Fa%20b.sock"),
    ])
    func addressesAreRead(text: String, base: String) throws {
        #expect(try #require(AgentAddress(text)).requestBase == base)
    }

    @Test(arguments: ["", "ftp://x", "http://", "http://x:port", "http://x:70000", "unix://"])
    func badAddressesAreRefused(text: String) {
        #expect(AgentAddress(text) == nil)
    }

    @Test func idsWithASlashStayOneSegment() {
        #expect(Escaping.segment("cron/periodic-1 ä") == "cron%2Fperiodic-1%20%C3%A4")
        #expect(Escaping.query([("namespace", "*"), ("prefix", "a&b")]) == "?namespace=%2A&prefix=a%26b")
        #expect(Escaping.query([]) == "")
    }

    @Test func optionsBecomeParameters() {
        var configuration = ClientConfiguration()
        configuration.namespace = "prod"
        var options = QueryOptions(index: 7, wait: .seconds(2))
        options.stale = true
        #expect(
            Escaping.query(options.items(configuration)) == "?namespace=prod&stale=true&index=7&wait=2s")
        options = QueryOptions(namespace: "default", prefix: "we")
        #expect(Escaping.query(options.items(configuration)) == "?namespace=default&prefix=we")
    }

    @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar", "\u{0}\u{FF}ÿ"])
    func base64GoesThereAndBack(text: String) {
        let bytes = Array(text.utf8)
        #expect(Base64.bytes(Base64.text(bytes)) == bytes)
    }

    @Test(arguments: [("Zm9vYg==", "foob"), ("Zm9v\nYmFy", "foobar"), ("Zm8", "fo")])
    func base64IsRead(text: String, value: String) {
        #expect(Base64.bytes(text) == Array(value.utf8))
    }

    @Test(arguments: ["Z", "Zm9v!", "Z===", "=Zm9"])
    func brokenBase64IsRefused(text: String) { #expect(Base64.bytes(text) == nil) }

    @Test func aStreamIsCutIntoObjectsHoweverItArrives() {
        let stream = #"{}{"a":"}{\"","b":{"c":1}}"# + "\n" + #"{"d":2}"#
        for size in 1...stream.utf8.count {
            var splitter = JSONSplitter()
            var objects: [String] = []
            var rest = Array(stream.utf8)[...]
            while !rest.isEmpty {
                splitter.append(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
                while let object = splitter.next() { objects.append(String(decoding: object, as: UTF8.self)) }
            }
            #expect(objects == ["{}", #"{"a":"}{\"","b":{"c":1}}"#, #"{"d":2}"#])
        }
    }

    @Test func refusedConnectionsNameAddressAndWayOut() async throws {
        // Port 1 of the loopback interface has no listener.
        let client = try Client(ClientConfiguration(address: "http://127.0.0.1:1"))
        let error = await #expect(throws: ClientError.self) { _ = try await client.jobs() }
        #expect(error?.code == .unreachable)
        #expect(
            error?.message == "Get \"http://127.0.0.1:1/v1/jobs\": dial tcp 127.0.0.1:1: connect: connection refused")
        #expect(error?.advice?.contains("caravan agent -dev") == true)
        await client.shutdown()
    }

    @Test func aMissingSocketIsNamed() async throws {
        let client = try Client(ClientConfiguration(address: "unix:///nonexistent/agent.sock"))
        let error = await #expect(throws: ClientError.self) { _ = try await client.jobs() }
        #expect(
            error?.message.contains("dial unix /nonexistent/agent.sock: connect: no such file or directory") == true)
        await client.shutdown()
    }
}

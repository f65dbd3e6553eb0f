import AgentCore
import Base
import Drivers
import Glibc
import Model
import Testing

@testable import NodeAgent

@Suite struct FileTests {
    /// A directory that looks like an allocation's, with a few traps.
    static func with(_ body: (AllocationFiles, String) async throws -> Void) async throws {
        let bench = Bench()
        let root = bench.directory + "/a"
        for path in ["", "/alloc", "/alloc/logs", "/main", "/main/secrets", "/main/local"] {
            try HostPath.makeDirectories(root + path)
        }
        try HostPath.write(Array("outside".utf8), to: bench.directory + "/outside", mode: 0o644)
        try HostPath.write(Array("hush".utf8), to: root + "/main/secrets/key", mode: 0o600)
        try HostPath.write(Array("0123456789".utf8), to: root + "/main/local/data", mode: 0o644)
        symlink(bench.directory + "/outside", root + "/main/local/link")
        symlink("../../..", root + "/main/local/up")
        symlink("../secrets/key", root + "/main/local/sneak")
        symlink("data", root + "/main/local/fine")
        mkfifo(root + "/main/local/pipe", 0o644)
        do {
            try await body(AllocationFiles(directory: root), root)
        } catch {
            bench.remove()
            throw error
        }
        bench.remove()
    }

    static func text(_ files: AllocationFiles, _ path: String, offset: Int64 = 0, limit: Int64? = nil) async -> String {
        let out = Gathered()
        do {
            try await files.read(path, offset: offset, limit: limit) { await out.add($0) }
        } catch { return "! \(error)" }
        return await out.text
    }

    @Test(arguments: [
        ("main/local/data", "0123456789"), ("/main/local/data", "0123456789"), ("main/./local//data", "0123456789"),
        ("main/secrets/../local/data", "0123456789"), ("main/local/fine", "0123456789"),
        ("../outside", "! Path escapes the alloc directory"),
        ("main/../../outside", "! Path escapes the alloc directory"),
        ("main/local/link", "! Path escapes the alloc directory"),
        ("main/local/up/outside", "! Path escapes the alloc directory"),
        ("main/secrets/key", "! Reading secret file prohibited: main/secrets/key"),
        ("main/local/sneak", "! Reading secret file prohibited: main/local/sneak"),
        ("main/local", "! file \"local\" is a directory"), ("main/local/pipe", "! \"pipe\" is not a file"),
        ("a\0b", "! a path must not contain a zero byte"),
    ])
    func reading(_ path: String, _ expected: String) async throws {
        try await Self.with { files, _ in #expect(await Self.text(files, path) == expected) }
    }

    @Test func parts() async throws {
        try await Self.with { files, _ in
            #expect(await Self.text(files, "main/local/data", offset: 4) == "456789")
            #expect(await Self.text(files, "main/local/data", offset: 4, limit: 3) == "456")
            #expect(await Self.text(files, "main/local/data", offset: 40) == "")
        }
    }

    @Test func listingAndStat() async throws {
        try await Self.with { files, root in
            #expect(try await files.list("/").map(\.name) == ["alloc", "main"])
            #expect(try await files.list("main/secrets").map(\.name) == ["key"])
            let info = try await files.stat("main/local/data")
            #expect(info.size == 10 && info.mode == "-rw-r--r--" && info.contentType == "text/plain; charset=utf-8")
            await #expect(throws: NodeLocalError(.refused, "Path escapes the alloc directory")) {
                try await files.list("main/local/up")
            }
            await #expect(throws: NodeLocalError(.noSuchFile, "stat \(root)/nope: no such file or directory")) {
                try await files.stat("nope")
            }
        }
    }

    @Test(arguments: [
        (mode_t(0o40755), "drwxr-xr-x"), (0o100644, "-rw-r--r--"), (0o41777, "dtrwxrwxrwx"), (0o120777, "Lrwxrwxrwx"),
        (0o10600, "prw-------"), (0o100000, "----------"),
    ])
    func modes(_ mode: mode_t, _ text: String) { #expect(AllocationFiles.mode(mode) == text) }

    static func logText(
        _ files: AllocationFiles, _ position: StreamPosition, follow: Bool = false, over: Bool = true
    ) async throws -> (String, [String]) {
        let out = Gathered()
        let names = Names()
        try await files.logs(
            task: "main", stream: .stdout, from: position, follow: follow, isOver: { over },
            write: { frame in
                await out.add(frame.data)
                await names.add("\(frame.file)@\(frame.offset)")
            })
        return (await out.text, await names.list)
    }

    actor Names {
        var list: [String] = []
        func add(_ name: String) { list.append(name) }
    }

    @Test func rotatedLogsAreOneText() async throws {
        try await Self.with { files, root in
            for (number, text) in [(8, "eight\n"), (9, "nine\n"), (10, "ten\n")] {
                try HostPath.write(Array(text.utf8), to: root + "/alloc/logs/main.stdout.\(number)", mode: 0o644)
            }
            try HostPath.write(Array("no".utf8), to: root + "/alloc/logs/main2.stdout.1", mode: 0o644)
            let whole = try await Self.logText(files, .fromStart(0))
            #expect(whole.0 == "eight\nnine\nten\n")
            #expect(
                whole.1 == [
                    "alloc/logs/main.stdout.8@6", "alloc/logs/main.stdout.9@5", "alloc/logs/main.stdout.10@4",
                ])
            #expect(try await Self.logText(files, .fromStart(8)).0 == "ne\nten\n")
            #expect(try await Self.logText(files, .fromEnd(6)).0 == "e\nten\n")
            #expect(try await Self.logText(files, .fromEnd(100)).0 == "eight\nnine\nten\n")
            #expect(try await Self.logText(files, .fromStart(100)).0 == "")
            // Following a task that has ended ends too.
            #expect(try await Self.logText(files, .fromStart(0), follow: true).0 == "eight\nnine\nten\n")
        }
    }

    @Test func emptyLog() async throws {
        try await Self.with { files, _ in
            let (text, frames) = try await Self.logText(files, .fromStart(0))
            #expect(text.isEmpty && frames.isEmpty)
        }
    }

    @Test func directoriesAndTheirEnd() throws {
        let bench = Bench()
        let directory = AllocationDirectory(root: bench.directory, id: allocation(command: "true").id)
        try directory.build()
        try directory.build(task: "main", secretsMiB: 0)
        try directory.build(task: "main", secretsMiB: 0)
        func mode(_ path: String) -> String {
            var status = stat()
            return lstat(path, &status) == 0 ? String(status.st_mode & 0o7777, radix: 8) : "missing"
        }
        #expect(mode(directory.path) == "755")
        for path in [directory.shared, directory.logs, directory.local("main"), directory.secrets("main")] {
            #expect(mode(path) == "777")
        }
        #expect(mode(directory.task("main") + "/tmp") == "1777")
        try directory.writePayload(Array("x".utf8), task: "main", file: "in/put.json")
        #expect(HostPath.text(directory.local("main") + "/in/put.json") == "x")
        #expect(throws: PayloadError.self) { try directory.writePayload([], task: "main", file: "../../x") }
        try directory.remove()
        #expect(!HostPath.exists(directory.path))
        #expect(!(HostPath.text("/proc/self/mounts") ?? "").contains(directory.path))
        bench.remove()
    }

    @Test(arguments: [
        ("", ""), ("aGVsbG8=", "hello"), ("aGVsbG8", "hello"), ("aGk=\n", "hi"), ("YQ==", "a"),
    ])
    func base64(_ text: String, _ expected: String) { #expect(Base64.decode(text) == Array(expected.utf8)) }

    @Test(arguments: ["a", "a===b", "ä", "aGk*"]) func badBase64(_ text: String) { #expect(Base64.decode(text) == nil) }

    @Test func mountNames() { #expect(MountTable.unescape("/a\\040b\\134c") == "/a b\\c") }

    @Test(arguments: [
        ("a.json", "x", "application/json"), ("a", "%PDF-1", "application/pdf"),
        ("a", "text\n", "text/plain; charset=utf-8"),
        ("a", "\u{1}\u{2}", "application/octet-stream"),
    ])
    func contentTypes(_ name: String, _ head: String, _ type: String) {
        #expect(ContentType.of(name: name, head: Array(head.utf8)) == type)
    }

    @Test func bridgeChain() throws {
        let network = GroupNetwork.bridge(
            "caravan", subnet: "172.26.64.0/20", hairpin: false,
            plugin: CNIPlugin(
                path: ["/nowhere"], namespace: NetworkNamespace(name: "x"), containerID: "x", arguments: ""),
            ports: [GroupNetwork.Port(host: 23456, inside: 8080, ip: "")], record: "/nowhere")
        #expect(network.chain.map { $0["type"]?.stringValue } == ["loopback", "bridge", "firewall", "portmap"])
        let complete = network.complete(network.chain[3], after: .null)
        #expect(complete["name"] == "caravan" && complete["cniVersion"] == "0.4.0")
        #expect(
            complete["runtimeConfig"]?["portMappings"] == [
                ["hostPort": 23456, "containerPort": 8080, "protocol": "tcp"],
                ["hostPort": 23456, "containerPort": 8080, "protocol": "udp"],
            ])
        #expect {
            try network.add()
        } throws: { "\($0)".hasPrefix("network \"caravan\" needs the CNI plugins loopback, bridge") }
        let status = try GroupNetwork.status(["ips": [["address": "172.26.64.2/20"], ["address": "fd00::2/64"]]])
        #expect(status.address == "172.26.64.2" && status.addressIPv6 == "fd00::2" && status.interfaceName == "eth0")
        #expect(throws: CNIError.self) { try GroupNetwork.status(["ips": []]) }
    }

    @Test func networksOfTheOperatorAreRead() throws {
        let bench = Bench()
        let directory = bench.directory + "/cni"
        try HostPath.makeDirectories(directory)
        for (name, text) in [
            ("10-one.conflist", #"{"cniVersion":"1.0.0","name":"one","plugins":[{"type":"ptp"},{"type":"portmap"}]}"#),
            ("20-two.conf", #"{"name":"two","type":"macvlan"}"#), ("30-again.json", #"{"name":"one","type":"ptp"}"#),
            ("40-broken.conf", "{"), ("50-nameless.conf", #"{"type":"ptp"}"#), ("notes.txt", "no"),
        ] { try HostPath.write(Array(text.utf8), to: directory + "/" + name, mode: 0o644) }
        let (entries, faults) = NetworkConfigurations(directory: directory).read()
        #expect(entries.map(\.name) == ["one", "two"])
        #expect(entries[0].version == "1.0.0" && entries[0].chain.count == 2)
        #expect(entries[1].version == "0.4.0" && entries[1].chain.count == 1)
        #expect(faults.count == 3 && faults[0].contains("30-again.json") && faults[2].contains("needs a \"name\""))
        #expect {
            try NetworkConfigurations(directory: directory).entry(named: "three")
        } throws: { "\($0)".hasPrefix("there is no network \"three\" in \(directory)") }
        bench.remove()
    }

    @Test func namesOfANetworkOfItsOwn() {
        let files = NameFiles(
            address: "172.26.64.2", hostname: "web", dns: TaskDNS(servers: ["10.0.0.2"], searches: ["a", "b"]))
        #expect(files.hosts.hasPrefix("127.0.0.1 localhost\n") && files.hosts.hasSuffix("\n172.26.64.2 web\n"))
        #expect(files.resolver == "nameserver 10.0.0.2\nsearch a b\n")
        #expect(NameFiles(address: "", hostname: "", dns: nil).resolver == nil)
    }

    @Test func damagedStateFileStopsTheStartAndStays() async throws {
        let bench = Bench()
        try HostPath.makeDirectories(bench.directory + "/client")
        let path = bench.directory + "/client/client.sqlite"
        let junk = [UInt8](repeating: 0x41, count: 8192)
        try HostPath.write(junk, to: path, mode: 0o600)
        await #expect(throws: AgentStoreError.self) { _ = try await bench.agent() }
        #expect(try HostPath.read(path) == junk)
        bench.remove()
    }

    @Test func storeKeepsWhatItWasGiven() async throws {
        let bench = Bench()
        let store = try AgentStore(path: bench.directory + "/x.sqlite")
        let given = allocation(command: "true")
        var record = AllocationRecord()
        record.isBuilt = true
        record.tasks["main"] = TaskRecord()
        let snapshot = AllocationSnapshot(specification: StoredAllocation(given), state: record)
        try await store.save(whole: [snapshot], states: [])
        let key = TaskKey(given.id, "main")
        try await store.save(handle: StartedInfo(handle: "h"), attempt: "a/b/c", of: key)
        let again = try await AgentStore(path: bench.directory + "/x.sqlite").load()
        #expect(again.map(\.specification) == [snapshot.specification])
        // The handle is newer than the record: a start whose news was not stepped before the crash.
        #expect(again.first?.state.tasks["main"]?.started == StartedInfo(handle: "h"))
        #expect(again.first?.state.tasks["main"]?.attempt == "a/b/c")
        try await store.deleteHandle(key, attempt: "a/b/c")
        #expect(try await store.load() == [snapshot])
        try await store.delete(given.id)
        #expect(try await store.load().isEmpty)
        bench.remove()
    }
}

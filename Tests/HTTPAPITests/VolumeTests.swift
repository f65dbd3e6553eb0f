import Base
import Model
import Testing

@testable import HTTPAPI

/// `/v1/volumes`, `/v1/volume/csi/…`, `/v1/plugins` and `/v1/plugin/csi/…`.
struct VolumeTests {
    private static func addPlugin(_ node: inout Node) {
        var info = CSIPluginInfo()
        (info.pluginID, info.provider, info.providerVersion, info.healthy) = ("disk", "example.disk", "1.2", true)
        info.nodeInfo = CSINodeInfo()
        info.nodeInfo?.id = "provider-node"
        node.csiNodePlugins["disk"] = info
    }

    private static func volume(_ id: String, _ extra: [(String, JSON)] = []) -> JSON {
        var volume: JSON = [
            "ID": .string(id), "Name": "database", "ExternalID": "vol-1", "PluginID": "disk",
            "RequestedCapabilities": [["AccessMode": "single-node-writer", "AttachmentMode": "file-system"]],
        ]
        for (name, value) in extra { volume[name] = value }
        return volume
    }

    private static func job(_ id: String, readOnly: Bool = false) -> JSON {
        let request: JSON = [
            "Name": "v", "Type": "csi", "Source": "data", "AccessMode": "single-node-writer",
            "AttachmentMode": "file-system", "ReadOnly": .bool(readOnly),
        ]
        return Fixture.job(id, groupExtra: [("Volumes", ["v": request])])
    }

    private static func register(_ api: Fixture, _ id: String, _ extra: [(String, JSON)] = []) async throws
        -> Fixture.Answer
    {
        try await api.send("PUT", "/v1/volume/csi/\(id)", ["Volumes": [volume(id, extra)]])
    }

    @Test func pluginsAreListedAndShown() async throws {
        try await Fixture.run { api in
            let none = try await api.get("/v1/plugins?type=csi")
            #expect(none.json == [])
            #expect(try await api.get("/v1/plugin/csi/disk").status == 404)
            let id = try await api.addNode(1, Self.addPlugin)
            _ = try await api.addNode(2)
            let list = try await api.get("/v1/plugins?type=csi").json
            #expect(list.arrayValue?.count == 1)
            #expect(list[0]?["ID"] == "disk" && list[0]?["Provider"] == "example.disk")
            #expect(list[0]?["NodesHealthy"] == 1 && list[0]?["NodesExpected"] == 1)
            #expect(list[0]?["ControllersExpected"] == 0 && list[0]?["ControllerRequired"] == false)
            #expect(try await api.get("/v1/plugins").json == [])
            let other = try await api.get("/v1/plugins?type=host")
            #expect(other.status == 200 && other.body.isEmpty)
            let plugin = try await api.get("/v1/plugin/csi/disk").json
            #expect(plugin["Version"] == "1.2" && plugin["Allocations"] == [])
            #expect(plugin["Nodes"]?[id.text]?["NodeInfo"]?["ID"] == "provider-node")
            #expect(plugin["Nodes"]?[id.text]?["Healthy"] == true)
            let node = try await api.get("/v1/node/\(id.text)").json
            #expect(node["CSINodePlugins"]?["disk"]?["PluginID"] == "disk")
            #expect(node["CSIControllerPlugins"] == .null)
        }
    }

    @Test func volumesAreRegisteredShownAndForgotten() async throws {
        try await Fixture.run { api in
            let unknown = try await Self.register(api, "data")
            #expect(unknown.status == 500 && unknown.text == "no CSI plugin named: disk could be found")
            _ = try await api.addNode(1, Self.addPlugin)
            let extra: [(String, JSON)] = [
                ("Secrets", ["key": "hush"]), ("MountOptions", ["FSType": "ext4", "MountFlags": ["ro"]]),
                ("RequestedTopologies", ["Required": [["Segments": ["zone": "a"]]]]),
            ]
            let made = try await Self.register(api, "data", extra)
            #expect(made.status == 200, "\(made.text)")
            #expect(made.json["Volumes"]?[0]?["ID"] == "data" && made.json["Warnings"] == "")
            #expect(!made.text.contains("hush"))
            let volume = try await api.get("/v1/volume/csi/data")
            #expect(volume.status == 200 && !volume.text.contains("hush"))
            #expect(volume.json["Secrets"] == ["key": "[REDACTED]"])
            #expect(volume.json["Namespace"] == "default" && volume.json["Schedulable"] == true)
            #expect(volume.json["MountOptions"]?["FSType"] == "ext4")
            #expect(volume.json["Topologies"]?[0]?["Segments"]?["zone"] == "a")
            #expect(volume.json["ReadAllocs"] == [:] && volume.json["Allocations"] == [])
            let list = try await api.get("/v1/volumes?type=csi")
            #expect(list.json[0]?["ExternalID"] == "vol-1" && list.json[0]?["CurrentWriters"] == 0)
            #expect(try await api.get("/v1/volumes?type=csi&plugin_id=tape").json == [])
            #expect(try await api.get("/v1/volumes?type=csi&prefix=x").json == [])
            #expect(try await api.get("/v1/volumes?type=csi&namespace=other").json == [])
            #expect(try await api.get("/v1/volumes").json == [])
            #expect(try await api.get("/v1/volume/csi/data?namespace=other").status == 404)
            let search = try await api.send("POST", "/v1/search", ["Prefix": "da", "Context": "volumes"])
            #expect(search.json["Matches"]?["volumes"] == ["data"])
            let fuzzy = try await api.send("POST", "/v1/search/fuzzy", ["Text": "is", "Context": "plugins"])
            #expect(fuzzy.json["Matches"]?["plugins"]?[0]?["ID"] == "disk")
            let nothing = try await api.send("POST", "/v1/search/fuzzy", ["Text": "nothing", "Context": "all"])
            #expect(nothing.json["Matches"]?["volumes"] == [])
            // Ids of instances' own volumes have brackets, and may come one page at a time.
            for at in 0..<3 { #expect(try await Self.register(api, "own[\(at)]").status == 200) }
            let page = try await api.get("/v1/volumes?type=csi&prefix=own&per_page=2")
            #expect(page.json.arrayValue?.count == 2)
            #expect(page.headers["X-Nomad-NextToken"] == "default.own[2]")
            #expect(try await api.get("/v1/volume/csi/own%5B1%5D").json["ID"] == "own[1]")
            #expect(try await api.send("DELETE", "/v1/volume/csi/data?force=maybe").status == 400)
            let gone = try await api.send("DELETE", "/v1/volume/csi/data")
            #expect(gone.status == 200 && gone.body.isEmpty)
            let again = try await api.send("DELETE", "/v1/volume/csi/data")
            #expect(again.status == 500 && again.text == "volume not found: data")
        }
    }

    @Test func usersOfAVolumeAreShown() async throws {
        try await Fixture.run { api in
            let node = try await api.addNode(1, Self.addPlugin)
            #expect(try await Self.register(api, "data").status == 200)
            for (id, reads) in [("writer", false), ("reader", true)] {
                let sent = try await api.send("PUT", "/v1/jobs", ["Job": Self.job(id, readOnly: reads)])
                #expect(sent.status == 200, "\(sent.text)")
            }
            let volume = try await api.eventually("/v1/volume/csi/data") {
                $0.json["Allocations"]?.arrayValue?.count == 2
            }
            #expect(volume.json["AccessMode"] == "single-node-writer")
            #expect(volume.json["WriteAllocs"]?.objectValue?.count == 1)
            #expect(volume.json["ReadAllocs"]?.objectValue?.count == 1)
            let stub = try await api.get("/v1/volumes?type=csi&node_id=\(node.text.prefix(8))").json[0]
            #expect(stub?["CurrentWriters"] == 1 && stub?["CurrentReaders"] == 1)
            #expect(try await api.get("/v1/volumes?type=csi&node_id=ffff").json == [])
            let used = try await api.send("DELETE", "/v1/volume/csi/data")
            #expect(used.status == 500 && used.text.hasPrefix("volume in use: data"), "\(used.text)")
            let detach = try await api.send("DELETE", "/v1/volume/csi/data/detach")
            #expect(detach.status == 400 && detach.text == "detach requires node ID")
            let attached = try await api.send("DELETE", "/v1/volume/csi/data/detach?node=\(node.text)")
            #expect(attached.status == 500 && attached.text.contains("stop it first"))
            // A third one says in its explanation who is in the way.
            #expect(try await api.send("PUT", "/v1/jobs", ["Job": Self.job("third")]).status == 200)
            _ = try await api.eventually("/v1/job/third/evaluations") { $0.json[0]?["Status"] == "complete" }
            let explained = try await api.get("/v1/job/third/explain").json["Groups"]?[0]
            let reason = "CSI volume data has exhausted its available writer claims"
            #expect(explained?["Metric"]?["ConstraintFiltered"]?[reason] == 1, "\(explained?.text ?? "")")
            #expect(
                explained?["Remedies"]?[0]?["Text"] == "Stop writer.web[0], which uses the CSI volume \"data\"",
                "\(explained?["Remedies"]?.text ?? "")")
        }
    }

    @Test func whatNeedsAControllerIsRefused() async throws {
        try await Fixture.run { api in
            _ = try await api.addNode(1, Self.addPlugin)
            #expect(try await Self.register(api, "data").status == 200)
            let body: JSON = ["Volumes": [Self.volume("new")]]
            for (method, path, sent) in [
                ("PUT", "/v1/volume/csi/new/create", body), ("DELETE", "/v1/volume/csi/data/delete", nil),
                ("GET", "/v1/volumes/external?plugin_id=disk", nil),
                ("GET", "/v1/volumes/snapshot?plugin_id=disk", nil),
                ("PUT", "/v1/volumes/snapshot", ["Snapshots": []]), ("DELETE", "/v1/volumes/snapshot", nil),
            ] as [(String, String, JSON?)] {
                let answer = try await api.send(method, path, sent)
                #expect(answer.status == 500 && answer.text.contains("controllers of storage plugins"), "\(path)")
            }
            #expect(try await api.get("/v1/volume/csi/new").status == 404)
            let other = try await api.send("PUT", "/v1/volume/csi/one", ["Volumes": [Self.volume("two")]])
            #expect(other.status == 400)
            for bad: JSON in [["Volumes": []], ["Volumes": [["ID": 5]]], [:]] {
                #expect(try await api.send("PUT", "/v1/volumes", bad).status == 400, "\(bad.text)")
            }
        }
    }

    @Test func readersOfAVolumeAreWokenByItsUsers() async throws {
        try await Fixture.run { api in
            _ = try await api.addNode(1, Self.addPlugin)
            #expect(try await Self.register(api, "data").status == 200)
            let index = try #require(try await api.get("/v1/volume/csi/data").headers["X-Nomad-Index"])
            async let waiting = api.get("/v1/volume/csi/data?index=\(index)&wait=50s")
            #expect(try await api.send("PUT", "/v1/jobs", ["Job": Self.job("writer")]).status == 200)
            let answer = try await waiting
            #expect(answer.json["WriteAllocs"]?.objectValue?.count == 1, "\(answer.text)")
        }
    }
}

import Base
import Testing

@testable import Commands

/// Files that describe volumes: HCL, JSON in the same words, and the API's own form.
struct VolumeSpecificationTests {
    private func parse(_ text: String) throws -> JSON {
        try VolumeSpecification.parse(Array(text.utf8), name: "volume.hcl")
    }

    static let hcl = """
        id           = "db[0]"
        name         = "database"
        type         = "csi"
        plugin_id    = "disk"
        external_id  = "vol-1"
        capacity_min = "10GiB"
        capacity_max = "20G"

        capability {
          access_mode     = "single-node-writer"
          attachment_mode = "file-system"
        }
        capability {
          access_mode     = "single-node-reader-only"
          attachment_mode = "block-device"
        }

        mount_options {
          fs_type     = "ext4"
          mount_flags = ["noatime"]
        }

        topology_request {
          required {
            topology { segments { zone = "a" } }
            topology {
              segments { "example.com/zone" = "b" }
            }
          }
        }

        secrets {
          key = "hush"
        }
        """

    static let json = """
        {
          "id": "db[0]", "name": "database", "type": "csi", "plugin_id": "disk", "external_id": "vol-1",
          "capacity_min": "10GiB", "capacity_max": 20000000000,
          "capability": [
            {"access_mode": "single-node-writer", "attachment_mode": "file-system"},
            {"access_mode": "single-node-reader-only", "attachment_mode": "block-device"}
          ],
          "mount_options": [{"fs_type": "ext4", "mount_flags": ["noatime"]}],
          "topology_request": {"required": {"topology": [
            {"segments": {"zone": "a"}}, {"segments": {"example.com/zone": "b"}}
          ]}},
          "secrets": [{"key": "hush"}]
        }
        """

    static let wanted: JSON = [
        "ID": "db[0]", "Name": "database", "PluginID": "disk", "ExternalID": "vol-1",
        "RequestedCapacityMin": .int(10 << 30), "RequestedCapacityMax": 20_000_000_000,
        "RequestedCapabilities": [
            ["AccessMode": "single-node-writer", "AttachmentMode": "file-system"],
            ["AccessMode": "single-node-reader-only", "AttachmentMode": "block-device"],
        ], "MountOptions": ["FSType": "ext4", "MountFlags": ["noatime"]],
        "RequestedTopologies": [
            "Required": [["Segments": ["zone": "a"]], ["Segments": ["example.com/zone": "b"]]]
        ], "Secrets": ["key": "hush"],
    ]

    @Test(arguments: [hcl, json]) func bothSyntaxesSayTheSame(text: String) throws {
        let volume = try parse(text)
        for (name, value) in Self.wanted.objectValue?.members ?? [] { #expect(volume[name] == value, "\(name)") }
        #expect(volume.objectValue?.count == Self.wanted.objectValue?.count)
    }

    @Test func theExamplesAreRead() throws {
        for text in [ExampleVolume.hcl, ExampleVolume.json] {
            let volume = try parse(text)
            #expect(volume["PluginID"] == "plugin_id")
            #expect(volume["RequestedCapabilities"]?[0]?["AccessMode"] == "single-node-reader-only")
            #expect(volume["Parameters"]?["skuname"] == "Premium_LRS")
        }
    }

    @Test func theAPIsFormIsTakenAsItIs() throws {
        #expect(try parse("{\"ID\": \"x\", \"Schedulable\": true}") == ["ID": "x", "Schedulable": true])
        #expect(try parse("{\"Volumes\": [{\"ID\": \"x\"}]}") == ["ID": "x"])
    }

    @Test(arguments: [
        ("id = \"x\"\nplugin = \"y\"", "unknown key \"plugin\""), ("type = \"host\"", "not supported"),
        ("type = \"nfs\"", "unknown volume type: nfs"), ("capacity_min = \"much\"", "capacity_min is no size"),
        ("capability {\n mode = \"x\"\n}", "unknown key \"mode\""), ("id = ", "Failed to parse volume.hcl"),
        ("mount_options {}\nmount_options {}", "can stand here once"), ("{", "Failed to parse volume.hcl"),
    ])
    func mistakesAreNamed(text: String, words: String) {
        #expect {
            try parse(text)
        } throws: { error in
            let message = (error as? CommandFailure)?.message ?? "\(error)"
            return message.contains(words)
        }
    }

    @Test(
        arguments: [
            ("0", 0), ("512", 512), ("1k", 1000), ("1.5 KiB", 1536), ("2MB", 2_000_000), ("1Gi", 1 << 30),
            ("1T", 1_000_000_000_000),
        ] as [(String, Int64)])
    func sizes(text: String, bytes: Int64) throws {
        #expect(try VolumeSpecification.bytes(of: .string(text), "RequestedCapacityMin") == bytes)
    }
}

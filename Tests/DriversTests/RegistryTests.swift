import Base
import Glibc
import Testing

@testable import Drivers

/// Images from a registry that asks for names, and what becomes of them.
@Suite(DockerDaemon(), .serialized, .timeLimit(.minutes(5))) struct RegistryTests {
    private func run(
        _ name: String, _ body: (Workshop, Registry, DockerSettings) async throws -> Void
    ) async throws {
        guard let socket = DockerDaemon.socket else { return }
        let layer = socket.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        try await Workshop.run(name) { w in
            try await Registry.run(in: w.directory, layer: layer + "/image.tar") { registry in
                var settings = DockerSettings()
                settings.socket = socket
                try await body(w, registry, settings)
            }
        }
    }

    private func config(_ image: String) -> JSON {
        ["image": .string(image), "command": "/bin/sleep", "args": ["1000"]]
    }

    private func file(_ w: Workshop, _ tree: JSON) async throws -> String {
        let path = w.directory + "/config.json"
        try await blocking { try FileTree.write(tree.bytes(), to: path, mode: 0o600) }
        return path
    }

    /// Whether a driver with these settings gets the image; the reason if not.
    private func refusal(
        _ w: Workshop, _ settings: DockerSettings, _ config: JSON, number: Int
    ) async throws -> String? {
        let driver = DockerDriver(settings: settings, environment: w.environment)
        do {
            let handle = try await driver.start(try w.start(config, number: number)).handle
            try await driver.destroy(handle, force: true)
            try await driver.client.call(.delete("/images/\(try #require(handle.state["image"]))"))
            return nil
        } catch let error as DriverError {
            return error.message
        }
    }

    @Test func credentialsComeFromTheJobOrTheConfiguration() async throws {
        try await run("auth") { w, registry, plain in
            let secret = base64URL(Array("\(Registry.user):\(Registry.password)".utf8))
            let image = config(registry.image)
            #expect(try await refusal(w, plain, image, number: 0)?.contains("no basic auth credentials") == true)

            var own = image
            own["auth"] = [["username": .string(Registry.user), "password": .string(Registry.password)]]
            #expect(try await refusal(w, plain, own, number: 1) == nil)

            var settings = plain
            settings.authFile = w.directory + "/none"
            #expect(try await refusal(w, settings, image, number: 2)?.contains("there is no file") == true)
            settings.authFile = try await file(w, ["auths": [registry.name: ["auth": .string(secret)]]])
            #expect(try await refusal(w, settings, image, number: 3) == nil)
            settings.authFile = try await file(w, ["auths": ["elsewhere.example": ["auth": .string(secret)]]])
            #expect(try await refusal(w, settings, image, number: 4)?.contains("no basic auth credentials") == true)
        }
    }

    @Test func aHelperIsAsked() async throws {
        try await Workshop.run("helper") { w in
            let script = """
                #!/bin/sh
                read -r name
                [ "$1" = get ] || exit 2
                case "$name" in
                known.example) echo '{"ServerURL":"known.example","Username":"u","Secret":"p:q"}' ;;
                https://index.docker.io/v1/) echo '{"Username":"hub","Secret":"h"}' ;;
                broken.example) echo 'out of order'; exit 1 ;;
                *) echo 'credentials not found in native keychain'; exit 1 ;;
                esac
                """
            let directory = w.directory
            try await blocking {
                try FileTree.write(Array(script.utf8), to: directory + "/docker-credential-test", mode: 0o755)
            }
            var source = RegistryCredentials(file: "", helper: "test")
            source.path = directory + ":/usr/bin:/bin"
            let known = try await source.find(for: ImageReference("known.example/a:1"))
            #expect(known?.username == "u" && known?.password == "p:q")
            #expect(try await source.find(for: ImageReference("redis:7"))?.username == "hub")
            #expect(try await source.find(for: ImageReference("other.example/a:1")) == nil)
            let error = await #expect(throws: DriverError.self) {
                try await source.find(for: ImageReference("broken.example/a:1"))
            }
            #expect(error?.message.contains("out of order") == true)
        }
    }

    @Test func imagesThatThePullBroughtGoAfterTheirLastTask() async throws {
        try await run("images") { w, registry, plain in
            var settings = plain
            settings.imageDelay = .zero
            settings.authFile = try await file(
                w,
                [
                    "auths": [
                        "http://\(registry.name)/v2/": [
                            "username": .string(Registry.user), "password": .string(Registry.password),
                        ]
                    ]
                ])
            let driver = DockerDriver(settings: settings, environment: w.environment)
            func isThere(_ image: String) async throws -> Bool {
                try await driver.localImage(ImageReference(image)) != nil
            }
            let first = try await driver.start(try w.start(config(registry.image), number: 1)).handle
            let second = try await driver.start(try w.start(config(registry.image), number: 2)).handle
            try await driver.destroy(first, force: true)
            #expect(await driver.fingerprint().healthy)
            #expect(try await isThere(registry.image))

            // An agent that was started anew knows from its handles.
            let next = DockerDriver(settings: settings, environment: w.environment)
            try await next.recover(second)
            try await next.destroy(second, force: true)
            #expect(await next.fingerprint().healthy)
            #expect(try await !isThere(registry.image))

            // What was on the node before stays.
            let local = try await driver.start(try w.start(config(DockerDaemon.image), number: 3)).handle
            try await driver.destroy(local, force: true)
            #expect(await driver.fingerprint().healthy)
            #expect(try await isThere(DockerDaemon.image))
        }
    }

    @Test(arguments: [
        ("redis", "docker.io"), ("library/redis:7", "docker.io"), ("host:5000/a/b", "host:5000"),
        ("localhost/a", "localhost"), ("ghcr.io/a/b@sha256:ff", "ghcr.io"),
    ])
    func registriesOfImages(image: String, registry: String) { #expect(ImageReference(image).registry == registry) }
}

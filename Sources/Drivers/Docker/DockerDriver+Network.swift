internal import Base

/// Docker's containers can't join a namespace that somebody else made, only that of another container: so a
/// container that does nothing holds the group's network.
extension DockerDriver {
    /// Name of the container that holds an allocation's network.
    static func networkContainer(allocationID: String) -> String { "nomad_init_\(allocationID)" }

    public func createNetwork(_ request: NetworkRequest) async throws(DriverError) -> CreatedNetwork {
        try await driverCall {
            do {
                return try await network(request)
            } catch let failure as DockerClient.Failure {
                throw failure.asDriverError("the container for the group's network could not be made", .startFailed)
            }
        }
    }

    private func network(_ request: NetworkRequest) async throws -> CreatedNetwork {
        let name = Self.networkContainer(allocationID: request.allocationID)
        if let path = try await running(name) { return CreatedNetwork(path: path, isNew: false) }
        await remove(name)
        let image = try await networkImage()
        var body: JSONObject = [
            "Image": .string(image), "Labels": ["com.hashicorp.nomad.alloc_id": .string(request.allocationID)],
            "HostConfig": [
                "NetworkMode": "none",
                "LogConfig": ["Type": "none"],
            ],
        ]
        if !request.hostname.isEmpty { body["Hostname"] = .string(request.hostname) }
        let answer = try await client.call(.post("/containers/create", ["name": name], body: .object(body)))
        let id = answer["Id"]?.stringValue ?? name
        do {
            try await client.call(.post("/containers/\(id)/start"))
            if let path = try await running(name) { return CreatedNetwork(path: path, isNew: true) }
            throw DriverError(
                .startFailed,
                "the container of image \(settings.infraImage) that holds the group's network has ended at once; "
                    + "infra_image must name an image that waits for ever", recoverable: true)
        } catch {
            await remove(id)
            throw error
        }
    }

    /// The namespace of a container that runs.
    private func running(_ name: String) async throws -> String? {
        do {
            let state = try await client.call(.get("/containers/\(name)/json"))["State"]
            guard state?["Running"]?.boolValue == true, let pid = state?["Pid"]?.intValue, pid > 1 else { return nil }
            return "/proc/\(pid)/ns/net"
        } catch let failure as DockerClient.Failure where failure.status == 404 {
            return nil
        }
    }

    private func networkImage() async throws -> String {
        let reference = ImageReference(settings.infraImage)
        if let local = try await localImage(reference) { return local }
        let limit = settings.infraPullTimeout
        let late = DriverError(
            .startFailed, "failed to pull \(reference.name): not done within \(limit.text)", recoverable: true)
        do {
            try await within(limit, late: { late }) {
                var pull = ImagePull()
                try await client.stream(
                    .post("/images/create", ["fromImage": reference.repository, "tag": reference.version])
                ) { pull.take($0) }
                if let error = pull.error { throw DockerClient.Failure(status: 500, message: error) }
            }
        } catch let failure as DockerClient.Failure {
            throw DriverError(
                .startFailed,
                "failed to pull \(reference.name), which holds the network of groups with docker tasks: "
                    + "\(failure.message); infra_image of the docker plugin names another one", recoverable: true)
        }
        if let pulled = try await localImage(reference) { return pulled }
        throw DriverError(.startFailed, "image \(reference.name) is not there after the pull", recoverable: true)
    }

    public func destroyNetwork(allocationID: String) async throws(DriverError) {
        await remove(Self.networkContainer(allocationID: allocationID))
    }
}

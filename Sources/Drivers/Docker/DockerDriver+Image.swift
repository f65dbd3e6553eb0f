internal import Base
internal import Logging
internal import Synchronization

extension DockerDriver {
    /// How often a pull's progress becomes a task event.
    static let progressInterval = TimeSpan.seconds(5)

    /// The id of the image to run. Pulls it if it isn't here, if its tag may have moved (`latest`), or if the
    /// job says so. Where a moving tag can't be pulled and the image is here, that one is used, and an event
    /// says so.
    func image(for task: TaskStart, _ config: DockerConfig) async throws -> String {
        let reference = ImageReference(config.image)
        if let tarball = config.imageTarball { try await load(tarball, task) }
        let local = try await localImage(reference)
        if let local, !config.forcePull && !reference.isMoving || config.imageTarball != nil { return local }
        report(task, "Downloading image", ["image": reference.name])
        do {
            try await pull(reference, task, config)
        } catch let error as DriverError {
            guard let local, !config.forcePull, error.code != .cancelled else { throw error }
            report(
                task, "Could not pull \(reference.name), so the image that is on this node is used: \(error.message)",
                ["image": reference.name])
            return local
        }
        if let pulled = try await localImage(reference) {
            // One that was here before under this name is the operator's.
            if local != pulled { images.notePulled(pulled) }
            return pulled
        }
        throw DriverError(.startFailed, "image \(reference.name) is not there after the pull", recoverable: true)
    }

    private func report(_ task: TaskStart, _ message: String, _ annotations: [String: String] = [:]) {
        environment.report(
            DriverEvent(
                taskID: task.id, allocationID: task.allocationID, taskName: task.taskName, message: message,
                annotations: annotations))
    }

    func localImage(_ reference: ImageReference) async throws -> String? {
        do {
            return try await client.call(.get("/images/\(percentEncoded(reference.name))/json"))["Id"]?.stringValue
        } catch let failure as DockerClient.Failure where failure.status == 404 {
            return nil
        } catch let failure as DockerClient.Failure {
            throw failure.asDriverError("failed to find image \(reference.name)", .startFailed)
        }
    }

    /// Removes the images whose last task ended long enough ago. The daemon keeps those that other containers use.
    func removeIdleImages() async {
        guard settings.removesImages else { return }
        for image in images.expired(after: settings.imageDelay, now: now()) {
            do {
                try await client.call(.delete("/images/\(image)"))
                environment.logger.info("removed image \(image), which no task uses any more")
            } catch {
                let reason = (error as? DockerClient.Failure)?.message ?? "\(error)"
                environment.logger.debug("image \(image) stays: \(reason)")
            }
        }
    }

    /// The job's own credentials come first, then those of the agent's configuration.
    private func credentials(_ reference: ImageReference, _ config: DockerConfig) async throws -> DockerConfig.Auth? {
        if let own = config.auth { return own }
        do {
            return try await RegistryCredentials(file: settings.authFile, helper: settings.authHelper).find(
                for: reference)
        } catch {
            // The job may say that nobody's pull is better than none.
            if config.authSoftFail { return nil }
            throw error
        }
    }

    private func pull(_ reference: ImageReference, _ task: TaskStart, _ config: DockerConfig) async throws {
        var request = DockerClient.Request.post(
            "/images/create", ["fromImage": reference.repository, "tag": reference.version])
        if let auth = try await credentials(reference, config) {
            let credentials: JSON = [
                "username": .string(auth.username), "password": .string(auth.password), "email": .string(auth.email),
                "serveraddress": .string(auth.server),
            ]
            request.headers.append(("X-Registry-Auth", base64URL(credentials.bytes())))
        }
        let limit = config.pullTimeout ?? settings.pullTimeout
        let late = DriverError(
            .startFailed, "failed to pull \(reference.name): not done within \(limit.text)", recoverable: true)
        let ready = request
        do {
            try await within(limit, late: { late }) { try await follow(ready, reference, task) }
        } catch let failure as DockerClient.Failure {
            throw DriverError(
                .startFailed, "failed to pull \(reference.name): \(failure.message)",
                recoverable: !ImagePull.isFinal(failure.message))
        }
    }

    /// Reads a pull's progress to its end, and gives up if there is none for too long.
    private func follow(_ request: DockerClient.Request, _ reference: ImageReference, _ task: TaskStart) async throws {
        let lastSign = Moment()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                var pull = ImagePull()
                var lastReport = now()
                try await client.stream(request) { piece in
                    pull.take(piece)
                    lastSign.touch()
                    if now() - lastReport > Self.progressInterval, !pull.layers.isEmpty {
                        lastReport = now()
                        report(task, "Pulling \(reference.name): \(pull.progress)", ["image": reference.name])
                    }
                }
                if let error = pull.error {
                    throw DriverError(
                        .startFailed, "failed to pull \(reference.name): \(error)",
                        recoverable: !ImagePull.isFinal(error))
                }
                return true
            }
            group.addTask {
                while now() - lastSign.at < settings.pullActivityTimeout {
                    try await _Concurrency.Task.sleep(for: .seconds(1))
                }
                throw DriverError(
                    .startFailed,
                    "failed to pull \(reference.name): no progress for \(settings.pullActivityTimeout.text)",
                    recoverable: true)
            }
            defer { group.cancelAll() }
            _ = try await group.next()
        }
    }

    /// Loads an image from an archive in the task's `local` directory.
    private func load(_ tarball: String, _ task: TaskStart) async throws {
        let parts = tarball.split(separator: "/")
        if parts.contains("..") || tarball.hasPrefix("/") {
            throw DriverError(.startFailed, "load: \"\(tarball)\" must be a path inside the task's local directory")
        }
        let path = task.directories.local + "/" + tarball
        guard let bytes = try await blocking({ try FileTree.read(path, limit: 1 << 30) }) else {
            throw DriverError(.startFailed, "load: there is no file \(tarball) in the task's local directory")
        }
        var request = DockerClient.Request.post("/images/load", ["quiet": "1"])
        request.headers.append(("Content-Type", "application/x-tar"))
        request.body = bytes
        try await client.stream(request) { _ in }
    }
}

/// When something was last seen, for whoever watches it from another task.
private final class Moment: Sendable {
    private let instant = Mutex(now())
    var at: Instant { instant.withLock { $0 } }
    func touch() { instant.withLock { $0 = now() } }
}

import Logging
import ServiceLifecycle
import UnixSignals

/// Listens to the signals of the operator: SIGINT and SIGTERM end the agent, SIGHUP reads its configuration again.
struct SignalService: Service {
    let logger: Logger
    /// Called for SIGHUP.
    let reload: @Sendable () -> Void

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        for await signal in signals.cancelOnGracefulShutdown() {
            if signal == .sighup {
                reload()
                continue
            }
            logger.info("ending", metadata: ["signal": "\(signal)"])
            // The group ends its services when one of them returns.
            return
        }
    }
}

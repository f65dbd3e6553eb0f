import Base
import Model
import Testing

@testable import Commands

/// What the agent's configuration files say of the servers' scheduler.
struct ConfigurationTests {
    private static func read(_ text: String) throws -> AgentConfiguration {
        var configuration = AgentConfiguration()
        try configuration.read(Array(text.utf8), name: "agent.hcl")
        return configuration
    }

    @Test func schedulerOfANewCluster() throws {
        #expect(try Self.read("server {\n}\n").server.scheduler == SchedulerConfiguration())
        let server = try Self.read(
            """
            server {
              job_max_priority     = 200
              job_default_priority = 60
              job_max_count        = 0
              default_scheduler_config {
                scheduler_algorithm               = "spread"
                memory_oversubscription_enabled   = true
                reject_job_registration           = true
                pause_eval_broker                 = true
                node_limit_for_feasibility_checks = 10
                preemption_config {
                  system_scheduler_enabled   = false
                  sysbatch_scheduler_enabled = true
                  batch_scheduler_enabled    = true
                  service_scheduler_enabled  = true
                }
              }
            }
            """
        ).server
        #expect((server.jobMaxPriority, server.jobDefaultPriority, server.jobMaxCount) == (200, 60, 0))
        var wanted = SchedulerConfiguration()
        (wanted.schedulerAlgorithm, wanted.memoryOversubscriptionEnabled) = ("spread", true)
        (wanted.rejectJobRegistration, wanted.pauseEvalBroker) = (true, true)
        wanted.preemptionConfig.systemSchedulerEnabled = false
        wanted.preemptionConfig.sysBatchSchedulerEnabled = true
        wanted.preemptionConfig.batchSchedulerEnabled = true
        wanted.preemptionConfig.serviceSchedulerEnabled = true
        #expect(server.scheduler == wanted)
    }

    @Test(arguments: [
        "scheduler_algorithm = \"best\"", "pause_eval_broker = \"maybe\"", "preemption_config {\n everything = true\n}",
        "node_limit_for_feasibility_checks = \"many\"",
    ])
    func wrongSettingsAreRefused(text: String) {
        #expect(throws: ConfigurationError.self) {
            try Self.read("server {\n default_scheduler_config {\n \(text)\n }\n}\n")
        }
    }
}

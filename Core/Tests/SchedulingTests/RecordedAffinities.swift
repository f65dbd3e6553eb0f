import Model

// Recorded answers of the documented program as tables: what was asked, where each allocation went, what every
// node scored, and why nodes were left out. Node names stand for ids.

extension Scenario {
    static let jobAntiAffinity = Scenario(
        name: "job-anti-affinity",
        about: "Five allocations of one group on two nodes: each further one on the same node is penalised.",
        job: makeJob(
            "anti",
            .service,
            datacenters: ["dc1", "dc2"],
            constraints: [.init(lTarget: "${node.unique.name}", operand: "regexp", rTarget: "^n[35]$")],
            groups: [
                makeGroup(
                    "g", count: 5, cpu: 100, memory: 64)
            ]),
        allocations: [
            ExpectedAllocation(
                "anti.g[0]", on: "n3",
                scores: [
                    ExpectedScore(
                        "n3", 0.0409817969589105,
                        [
                            "binpack": 0.0409817969589105, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n5", 0.025666755130475376,
                        [
                            "binpack": 0.025666755130475376, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[35]$": 4],
                    classFiltered: ["large": 1, "small": 2, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "anti.g[1]", on: "n5",
                scores: [
                    ExpectedScore(
                        "n5", 0.025666755130475376,
                        [
                            "binpack": 0.025666755130475376, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n3", -0.1599757105680402,
                        [
                            "binpack": 0.08004857886391964, "job-anti-affinity": -0.4, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[35]$": 4],
                    classFiltered: ["large": 1, "small": 2, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "anti.g[2]", on: "n3",
                scores: [
                    ExpectedScore(
                        "n3", -0.1599757105680402,
                        [
                            "binpack": 0.08004857886391964, "job-anti-affinity": -0.4, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n5", -0.174645137832534,
                        [
                            "binpack": 0.050709724334932024, "job-anti-affinity": -0.4, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[35]$": 4],
                    classFiltered: ["large": 1, "small": 2, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "anti.g[3]", on: "n5",
                scores: [
                    ExpectedScore(
                        "n5", -0.174645137832534,
                        [
                            "binpack": 0.050709724334932024, "job-anti-affinity": -0.4, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n3", -0.241349629805714,
                        [
                            "binpack": 0.11730074038857197, "job-anti-affinity": -0.6, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[35]$": 4],
                    classFiltered: ["large": 1, "small": 2, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "anti.g[4]", on: "n3",
                scores: [
                    ExpectedScore(
                        "n3", -0.241349629805714,
                        [
                            "binpack": 0.11730074038857197, "job-anti-affinity": -0.6, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n5", -0.2624276280680986,
                        [
                            "binpack": 0.07514474386380282, "job-anti-affinity": -0.6, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[35]$": 4],
                    classFiltered: ["large": 1, "small": 2, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
        ],
        failed: [:],
        queued: ["g": 0],
        blocked: nil,
        place: ["g": 5], createdEvaluations: 0)

    static let affinityWeights = Scenario(
        name: "affinity-weights", about: "Two affinities, one of them negative; every node is looked at.",
        job: makeJob(
            "aff",
            .service,
            datacenters: ["dc1", "dc2"],
            constraints: [.init(lTarget: "${node.unique.name}", operand: "regexp", rTarget: "^n[1-5]$")],
            affinities: [
                affinity("${meta.disk}", "set_contains", "ssd", 60), affinity("${meta.rack}", "=", "r1", -40),
            ],
            groups: [
                makeGroup(
                    "g", count: 1, cpu: 100, memory: 64)
            ]),
        allocations: [
            ExpectedAllocation(
                "aff.g[0]", on: "n2",
                scores: [
                    ExpectedScore(
                        "n2", 0.34002428943195984,
                        [
                            "binpack": 0.08004857886391964, "job-anti-affinity": 0.0, "node-affinity": 0.6,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n4", 0.325354862167466,
                        [
                            "binpack": 0.050709724334932024, "job-anti-affinity": 0.0, "node-affinity": 0.6,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n3", 0.12049089847945525,
                        [
                            "binpack": 0.0409817969589105, "job-anti-affinity": 0.0, "node-affinity": 0.2,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n1", -0.15050638307317896,
                        [
                            "binpack": 0.0989872338536421, "job-anti-affinity": 0.0, "node-affinity": -0.4,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n5", -0.18716662243476231,
                        [
                            "binpack": 0.025666755130475376, "job-anti-affinity": 0.0, "node-affinity": -0.4,
                            "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[1-5]$": 1], classFiltered: ["tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:]))
        ],
        failed: [:],
        queued: ["g": 0],
        blocked: nil,
        place: ["g": 1], createdEvaluations: 0)

    static let affinityGroupAndTask = Scenario(
        name: "affinity-group-and-task", about: "Affinities of job, group and task are added up.",
        job: makeJob(
            "aff3",
            .service,
            datacenters: ["dc1", "dc2"],
            constraints: [.init(lTarget: "${node.unique.name}", operand: "regexp", rTarget: "^n[1-5]$")],
            affinities: [affinity("${node.datacenter}", "=", "dc2", 20)],
            groups: [
                makeGroup(
                    "g", count: 2, cpu: 100, memory: 64, affinities: [affinity("${node.class}", "=", "large", 50)],
                    taskAffinities: [affinity("${meta.gen}", "version", ">= 2", 30)])
            ]),
        allocations: [
            ExpectedAllocation(
                "aff3.g[0]", on: "n5",
                scores: [
                    ExpectedScore(
                        "n5", 0.5128333775652377,
                        [
                            "binpack": 0.025666755130475376, "job-anti-affinity": 0.0, "node-affinity": 1.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n4", 0.42535486216746604,
                        [
                            "binpack": 0.050709724334932024, "job-anti-affinity": 0.0, "node-affinity": 0.8,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n3", 0.42049089847945526,
                        [
                            "binpack": 0.0409817969589105, "job-anti-affinity": 0.0, "node-affinity": 0.8,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n1", 0.0989872338536421,
                        ["binpack": 0.0989872338536421, "job-anti-affinity": 0.0, "node-reschedule-penalty": 0.0]),
                    ExpectedScore(
                        "n2", 0.08004857886391964,
                        ["binpack": 0.08004857886391964, "job-anti-affinity": 0.0, "node-reschedule-penalty": 0.0]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[1-5]$": 1], classFiltered: ["tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "aff3.g[1]", on: "n4",
                scores: [
                    ExpectedScore(
                        "n4", 0.42535486216746604,
                        [
                            "binpack": 0.050709724334932024, "job-anti-affinity": 0.0, "node-affinity": 0.8,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n3", 0.42049089847945526,
                        [
                            "binpack": 0.0409817969589105, "job-anti-affinity": 0.0, "node-affinity": 0.8,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n1", 0.0989872338536421,
                        ["binpack": 0.0989872338536421, "job-anti-affinity": 0.0, "node-reschedule-penalty": 0.0]),
                    ExpectedScore(
                        "n2", 0.08004857886391964,
                        ["binpack": 0.08004857886391964, "job-anti-affinity": 0.0, "node-reschedule-penalty": 0.0]),
                    ExpectedScore(
                        "n5", 0.016903241444977346,
                        [
                            "binpack": 0.050709724334932024, "job-anti-affinity": -1.0, "node-affinity": 1.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[1-5]$": 1], classFiltered: ["tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
        ],
        failed: [:],
        queued: ["g": 0],
        blocked: nil,
        place: ["g": 2], createdEvaluations: 0)
}

import Model

// Recorded answers of the documented program as tables: what was asked, where each allocation went, what every
// node scored, and why nodes were left out. Node names stand for ids.

extension Scenario {
    static let exhaustedCpu = Scenario(
        name: "exhausted-cpu", about: "More cpu than any node has left.",
        job: makeJob(
            "excpu",
            .service,
            datacenters: ["dc1"],
            groups: [
                makeGroup(
                    "g", count: 3, cpu: 3500, memory: 64)
            ]),
        allocations: [
            ExpectedAllocation(
                "excpu.g[0]", on: "n4",
                scores: [
                    ExpectedScore(
                        "n4", 0.5011034649291491,
                        [
                            "binpack": 0.5011034649291491, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n3", 0.49137553755312763,
                        [
                            "binpack": 0.49137553755312763, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 4, filtered: [:], classFiltered: [:],
                    exhausted: ["cpu": 2], classExhausted: ["small": 2], available: ["dc1": 4], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "excpu.g[1]", on: "n3",
                scores: [
                    ExpectedScore(
                        "n3", 0.49137553755312763,
                        [
                            "binpack": 0.49137553755312763, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ])
                ],
                ExpectedMetric(
                    evaluated: 4, filtered: [:], classFiltered: [:],
                    exhausted: ["cpu": 3], classExhausted: ["large": 1, "small": 2], available: ["dc1": 4],
                    coalesced: 0,
                    lacking: [:])),
        ],
        failed: [
            "g": ExpectedMetric(
                evaluated: 4, filtered: [:], classFiltered: [:],
                exhausted: ["cpu": 4], classExhausted: ["large": 2, "small": 2], available: ["dc1": 4], coalesced: 0,
                lacking: ["t": [3500, 0]])
        ],
        queued: ["g": 1],
        blocked: ExpectedBlocked(escaped: false, classes: 4, eligible: 4),
        place: ["g": 3], createdEvaluations: 1)

    static let exhaustedMemory = Scenario(
        name: "exhausted-memory", about: "More memory than any node has.",
        job: makeJob(
            "exmem",
            .service,
            datacenters: ["dc1", "dc2"],
            groups: [
                makeGroup(
                    "g", count: 1, cpu: 100, memory: 9000)
            ]),
        allocations: [],
        failed: [
            "g": ExpectedMetric(
                evaluated: 6, filtered: [:], classFiltered: [:],
                exhausted: ["memory": 6], classExhausted: ["large": 3, "small": 2, "tiny": 1],
                available: ["dc1": 4, "dc2": 2], coalesced: 0,
                lacking: ["t": [0, 9000]])
        ],
        queued: ["g": 1],
        blocked: ExpectedBlocked(escaped: false, classes: 6, eligible: 6),
        place: ["g": 1], createdEvaluations: 1)

    static let exhaustedMixed = Scenario(
        name: "exhausted-mixed", about: "Some nodes lack cpu, others memory.",
        job: makeJob(
            "exmix",
            .service,
            datacenters: ["dc1"],
            groups: [
                makeGroup(
                    "g", count: 1, cpu: 3000, memory: 8000)
            ]),
        allocations: [
            ExpectedAllocation(
                "exmix.g[0]", on: "n3",
                scores: [
                    ExpectedScore(
                        "n3", 0.953681721615693,
                        [
                            "binpack": 0.953681721615693, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ])
                ],
                ExpectedMetric(
                    evaluated: 4, filtered: [:], classFiltered: [:],
                    exhausted: ["cpu": 2, "memory": 1], classExhausted: ["large": 1, "small": 2], available: ["dc1": 4],
                    coalesced: 0,
                    lacking: [:]))
        ],
        failed: [:],
        queued: ["g": 0],
        blocked: nil,
        place: ["g": 1], createdEvaluations: 0)

    static let exhaustedDisk = Scenario(
        name: "exhausted-disk", about: "More disk than any node has.",
        job: makeJob(
            "exdisk",
            .service,
            datacenters: ["dc1", "dc2"],
            groups: [
                makeGroup(
                    "g", count: 1, cpu: 100, memory: 64, disk: 90000000)
            ]),
        allocations: [],
        failed: [
            "g": ExpectedMetric(
                evaluated: 6, filtered: [:], classFiltered: [:],
                exhausted: ["disk": 6], classExhausted: ["large": 3, "small": 2, "tiny": 1],
                available: ["dc1": 4, "dc2": 2], coalesced: 0,
                lacking: ["t": [0, 0]])
        ],
        queued: ["g": 1],
        blocked: ExpectedBlocked(escaped: false, classes: 6, eligible: 6),
        place: ["g": 1], createdEvaluations: 1)

    static let exhaustedStaticPort = Scenario(
        name: "exhausted-static-port", about: "A static port for three allocations, two nodes.",
        job: makeJob(
            "export",
            .service,
            datacenters: ["dc1", "dc2"],
            constraints: [.init(lTarget: "${node.unique.name}", operand: "regexp", rTarget: "^n[12]$")],
            groups: [
                makeGroup(
                    "g", count: 3, cpu: 100, memory: 64, staticPort: ("p", 28321))
            ]),
        allocations: [
            ExpectedAllocation(
                "export.g[0]", on: "n1",
                scores: [
                    ExpectedScore(
                        "n1", 0.0989872338536421,
                        [
                            "binpack": 0.0989872338536421, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n2", 0.08004857886391964,
                        [
                            "binpack": 0.08004857886391964, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[12]$": 4],
                    classFiltered: ["large": 3, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "export.g[1]", on: "n2",
                scores: [
                    ExpectedScore(
                        "n2", 0.08004857886391964,
                        [
                            "binpack": 0.08004857886391964, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ])
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[12]$": 4],
                    classFiltered: ["large": 3, "tiny": 1],
                    exhausted: ["network: reserved port collision p=28321": 1], classExhausted: ["small": 1],
                    available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
        ],
        failed: [
            "g": ExpectedMetric(
                evaluated: 6, filtered: ["${node.unique.name} regexp ^n[12]$": 4],
                classFiltered: ["large": 3, "tiny": 1],
                exhausted: ["network: reserved port collision p=28321": 2], classExhausted: ["small": 2],
                available: ["dc1": 4, "dc2": 2], coalesced: 0,
                lacking: ["t": [0, 0]])
        ],
        queued: ["g": 1],
        blocked: ExpectedBlocked(escaped: true, classes: 0, eligible: 0),
        place: ["g": 3], createdEvaluations: 1)
}

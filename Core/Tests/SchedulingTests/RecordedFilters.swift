import Model

// Recorded answers of the documented program as tables: what was asked, where each allocation went, what every
// node scored, and why nodes were left out. Node names stand for ids.

extension Scenario {
    static let filteredConstraint = Scenario(
        name: "filtered-constraint", about: "A constraint that no node meets, in two datacenters.",
        job: makeJob(
            "flt",
            .service,
            datacenters: ["dc1", "dc2"],
            constraints: [.init(lTarget: "${meta.rack}", operand: "=", rTarget: "r7")],
            groups: [
                makeGroup(
                    "g", count: 2, cpu: 100, memory: 64)
            ]),
        allocations: [],
        failed: [
            "g": ExpectedMetric(
                evaluated: 6, filtered: ["${meta.rack} = r7": 6], classFiltered: ["large": 3, "small": 2, "tiny": 1],
                exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 1,
                lacking: [:])
        ],
        queued: ["g": 2],
        blocked: ExpectedBlocked(escaped: false, classes: 6, eligible: 0),
        place: ["g": 2], createdEvaluations: 1)

    static let filteredSome = Scenario(
        name: "filtered-some", about: "Three constraints at job, group and task.",
        job: makeJob(
            "flt3",
            .service,
            datacenters: ["dc1", "dc2"],
            constraints: [.init(lTarget: "${node.class}", operand: "=", rTarget: "large")],
            groups: [
                makeGroup(
                    "g", count: 1, cpu: 100, memory: 64,
                    constraints: [.init(lTarget: "${meta.disk}", operand: "set_contains", rTarget: "ssd")],
                    taskConstraints: [.init(lTarget: "${meta.gen}", operand: ">=", rTarget: "3")])
            ]),
        allocations: [],
        failed: [
            "g": ExpectedMetric(
                evaluated: 6,
                filtered: ["${meta.disk} set_contains ssd": 1, "${meta.gen} >= 3": 2, "${node.class} = large": 3],
                classFiltered: ["large": 3, "small": 2, "tiny": 1],
                exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                lacking: [:])
        ],
        queued: ["g": 1],
        blocked: ExpectedBlocked(escaped: false, classes: 6, eligible: 0),
        place: ["g": 1], createdEvaluations: 1)

    static let filteredDriver = Scenario(
        name: "filtered-driver", about: "A driver that no node has.",
        job: makeJob(
            "fltd",
            .service,
            datacenters: ["dc1", "dc2"],
            groups: [
                makeGroup(
                    "g", count: 1, cpu: 100, memory: 64, driver: "docker")
            ]),
        allocations: [],
        failed: [
            "g": ExpectedMetric(
                evaluated: 6, filtered: ["missing drivers": 6], classFiltered: ["large": 3, "small": 2, "tiny": 1],
                exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                lacking: [:])
        ],
        queued: ["g": 1],
        blocked: ExpectedBlocked(escaped: false, classes: 6, eligible: 0),
        place: ["g": 1], createdEvaluations: 1)

    static let filteredDatacenter = Scenario(
        name: "filtered-datacenter", about: "No node in the datacenter.",
        job: makeJob(
            "fltdc",
            .service,
            datacenters: ["dc9"],
            groups: [
                makeGroup(
                    "g", count: 1, cpu: 100, memory: 64)
            ]),
        allocations: [],
        failed: [
            "g": ExpectedMetric(
                evaluated: 0, filtered: [:], classFiltered: [:],
                exhausted: [:], classExhausted: [:], available: ["dc9": 0], coalesced: 0,
                lacking: [:])
        ],
        queued: ["g": 1],
        blocked: ExpectedBlocked(escaped: false, classes: 0, eligible: 0),
        place: ["g": 1], createdEvaluations: 1)

    static let distinctHosts = Scenario(
        name: "distinct-hosts", about: "Three allocations, two nodes, distinct hosts.",
        job: makeJob(
            "dh",
            .service,
            datacenters: ["dc1", "dc2"],
            constraints: [
                .init(lTarget: "${node.unique.name}", operand: "regexp", rTarget: "^n[12]$"),
                .init(lTarget: "", operand: "distinct_hosts", rTarget: "true"),
            ],
            groups: [
                makeGroup(
                    "g", count: 3, cpu: 100, memory: 64)
            ]),
        allocations: [
            ExpectedAllocation(
                "dh.g[0]", on: "n1",
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
                "dh.g[1]", on: "n2",
                scores: [
                    ExpectedScore(
                        "n2", 0.08004857886391964,
                        [
                            "binpack": 0.08004857886391964, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ])
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[12]$": 4, "distinct_hosts": 1],
                    classFiltered: ["large": 3, "small": 1, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
        ],
        failed: [
            "g": ExpectedMetric(
                evaluated: 6, filtered: ["${node.unique.name} regexp ^n[12]$": 4, "distinct_hosts": 2],
                classFiltered: ["large": 3, "small": 2, "tiny": 1],
                exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                lacking: [:])
        ],
        queued: ["g": 1],
        blocked: ExpectedBlocked(escaped: true, classes: 0, eligible: 0),
        place: ["g": 3], createdEvaluations: 1)

    static let systemEverywhere = Scenario(
        name: "system-everywhere", about: "A system job over both datacenters.",
        job: makeJob(
            "sys",
            .system,
            datacenters: ["dc1", "dc2"],
            groups: [
                makeGroup(
                    "g", count: 1, cpu: 100, memory: 64)
            ]),
        allocations: [
            ExpectedAllocation(
                "sys.g[0]", on: "n4",
                scores: [
                    ExpectedScore("n4", 0.050709724334932024, ["binpack": 0.050709724334932024])
                ],
                ExpectedMetric(
                    evaluated: 1, filtered: [:], classFiltered: [:],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "sys.g[0]", on: "n5",
                scores: [
                    ExpectedScore("n5", 0.025666755130475376, ["binpack": 0.025666755130475376])
                ],
                ExpectedMetric(
                    evaluated: 1, filtered: [:], classFiltered: [:],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "sys.g[0]", on: "n3",
                scores: [
                    ExpectedScore("n3", 0.0409817969589105, ["binpack": 0.0409817969589105])
                ],
                ExpectedMetric(
                    evaluated: 1, filtered: [:], classFiltered: [:],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "sys.g[0]", on: "n6",
                scores: [
                    ExpectedScore("n6", 0.23594533633307002, ["binpack": 0.23594533633307002])
                ],
                ExpectedMetric(
                    evaluated: 1, filtered: [:], classFiltered: [:],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "sys.g[0]", on: "n2",
                scores: [
                    ExpectedScore("n2", 0.08004857886391964, ["binpack": 0.08004857886391964])
                ],
                ExpectedMetric(
                    evaluated: 1, filtered: [:], classFiltered: [:],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "sys.g[0]", on: "n1",
                scores: [
                    ExpectedScore("n1", 0.0989872338536421, ["binpack": 0.0989872338536421])
                ],
                ExpectedMetric(
                    evaluated: 1, filtered: [:], classFiltered: [:],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
        ],
        failed: [:],
        queued: ["g": 0],
        blocked: nil,
        place: ["g": 6], createdEvaluations: 0)

    static let systemConstrained = Scenario(
        name: "system-constrained",
        about: "A system job that only some nodes may run, and that does not fit on one of them.",
        job: makeJob(
            "sysc",
            .system,
            datacenters: ["dc1", "dc2"],
            constraints: [.init(lTarget: "${meta.rack}", operand: "=", rTarget: "r1")],
            groups: [
                makeGroup(
                    "g", count: 1, cpu: 3000, memory: 64)
            ]),
        allocations: [
            ExpectedAllocation(
                "sysc.g[0]", on: "n3",
                scores: [
                    ExpectedScore("n3", 0.46666676100448323, ["binpack": 0.46666676100448323])
                ],
                ExpectedMetric(
                    evaluated: 1, filtered: [:], classFiltered: [:],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "sysc.g[0]", on: "n5",
                scores: [
                    ExpectedScore("n5", 0.3311842263241, ["binpack": 0.3311842263241])
                ],
                ExpectedMetric(
                    evaluated: 1, filtered: [:], classFiltered: [:],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
        ],
        failed: [
            "g": ExpectedMetric(
                evaluated: 1, filtered: [:], classFiltered: [:],
                exhausted: ["cpu": 1], classExhausted: ["small": 1], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                lacking: ["t": [3000, 0]])
        ],
        queued: ["g": 1],
        blocked: nil,
        place: ["g": 3], createdEvaluations: 1)
}

import Model

// Recorded answers of the documented program as tables: what was asked, where each allocation went, what every
// node scored, and why nodes were left out. Node names stand for ids.

extension Scenario {
    static let spreadTargets = Scenario(
        name: "spread-targets",
        about: "A spread with targets over datacenters: the boosts as the allocations are placed one after the other.",
        job: makeJob(
            "spr",
            .service,
            datacenters: ["dc1", "dc2"],
            constraints: [.init(lTarget: "${node.unique.name}", operand: "regexp", rTarget: "^n[345]$")],
            spreads: [spread("${node.datacenter}", 100, [("dc1", 75), ("dc2", 25)])],
            groups: [
                makeGroup(
                    "g", count: 4, cpu: 100, memory: 64)
            ]),
        allocations: [
            ExpectedAllocation(
                "spr.g[0]", on: "n4",
                scores: [
                    ExpectedScore(
                        "n4", 0.35868819550079933,
                        [
                            "allocation-spread": 0.6666666666666666, "binpack": 0.050709724334932024,
                            "job-anti-affinity": 0.0, "node-affinity": 0.0, "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n3", 0.35382423181278855,
                        [
                            "allocation-spread": 0.6666666666666666, "binpack": 0.0409817969589105,
                            "job-anti-affinity": 0.0, "node-affinity": 0.0, "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n5", 0.025666755130475376,
                        [
                            "binpack": 0.025666755130475376, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[345]$": 3],
                    classFiltered: ["small": 2, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "spr.g[1]", on: "n3",
                scores: [
                    ExpectedScore(
                        "n3", 0.18715756514612192,
                        [
                            "allocation-spread": 0.3333333333333333, "binpack": 0.0409817969589105,
                            "job-anti-affinity": 0.0, "node-affinity": 0.0, "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n5", 0.025666755130475376,
                        [
                            "binpack": 0.025666755130475376, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n4", -0.022559810937674857,
                        [
                            "allocation-spread": 0.3333333333333333, "binpack": 0.0989872338536421,
                            "job-anti-affinity": -0.5, "node-affinity": 0.0, "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[345]$": 3],
                    classFiltered: ["small": 2, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "spr.g[2]", on: "n5",
                scores: [
                    ExpectedScore(
                        "n5", 0.025666755130475376,
                        [
                            "binpack": 0.025666755130475376, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n4", -0.20050638307317895,
                        [
                            "binpack": 0.0989872338536421, "job-anti-affinity": -0.5, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n3", -0.20997571056804018,
                        [
                            "binpack": 0.08004857886391964, "job-anti-affinity": -0.5, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[345]$": 3],
                    classFiltered: ["small": 2, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "spr.g[3]", on: "n4",
                scores: [
                    ExpectedScore(
                        "n4", -0.20050638307317895,
                        [
                            "binpack": 0.0989872338536421, "job-anti-affinity": -0.5, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n3", -0.20997571056804018,
                        [
                            "binpack": 0.08004857886391964, "job-anti-affinity": -0.5, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n5", -0.4830967585550227,
                        [
                            "allocation-spread": -1.0, "binpack": 0.050709724334932024, "job-anti-affinity": -0.5,
                            "node-affinity": 0.0, "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[345]$": 3],
                    classFiltered: ["small": 2, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
        ],
        failed: [:],
        queued: ["g": 0],
        blocked: nil,
        place: ["g": 4], createdEvaluations: 0)

    static let spreadEven = Scenario(
        name: "spread-even", about: "A spread without targets over racks.",
        job: makeJob(
            "spre",
            .service,
            datacenters: ["dc1", "dc2"],
            constraints: [.init(lTarget: "${node.unique.name}", operand: "regexp", rTarget: "^n[234]$")],
            spreads: [spread("${meta.rack}", 80, [])],
            groups: [
                makeGroup(
                    "g", count: 4, cpu: 100, memory: 64)
            ]),
        allocations: [
            ExpectedAllocation(
                "spre.g[0]", on: "n2",
                scores: [
                    ExpectedScore(
                        "n2", 0.08004857886391964,
                        [
                            "binpack": 0.08004857886391964, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n4", 0.050709724334932024,
                        [
                            "binpack": 0.050709724334932024, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n3", 0.0409817969589105,
                        [
                            "binpack": 0.0409817969589105, "job-anti-affinity": 0.0, "node-affinity": 0.0,
                            "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[234]$": 3],
                    classFiltered: ["large": 1, "small": 1, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "spre.g[1]", on: "n4",
                scores: [
                    ExpectedScore(
                        "n4", 0.525354862167466,
                        [
                            "allocation-spread": 1.0, "binpack": 0.050709724334932024, "job-anti-affinity": 0.0,
                            "node-affinity": 0.0, "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n3", 0.5204908984794553,
                        [
                            "allocation-spread": 1.0, "binpack": 0.0409817969589105, "job-anti-affinity": 0.0,
                            "node-affinity": 0.0, "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n2", -0.44905560660258886,
                        [
                            "allocation-spread": -1.0, "binpack": 0.15283318019223321, "job-anti-affinity": -0.5,
                            "node-affinity": 0.0, "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[234]$": 3],
                    classFiltered: ["large": 1, "small": 1, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "spre.g[2]", on: "n3",
                scores: [
                    ExpectedScore(
                        "n3", 0.5204908984794553,
                        [
                            "allocation-spread": 1.0, "binpack": 0.0409817969589105, "job-anti-affinity": 0.0,
                            "node-affinity": 0.0, "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n2", -0.44905560660258886,
                        [
                            "allocation-spread": -1.0, "binpack": 0.15283318019223321, "job-anti-affinity": -0.5,
                            "node-affinity": 0.0, "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n4", -0.46700425538211926,
                        [
                            "allocation-spread": -1.0, "binpack": 0.0989872338536421, "job-anti-affinity": -0.5,
                            "node-affinity": 0.0, "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[234]$": 3],
                    classFiltered: ["large": 1, "small": 1, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
            ExpectedAllocation(
                "spre.g[3]", on: "n2",
                scores: [
                    ExpectedScore(
                        "n2", -0.44905560660258886,
                        [
                            "allocation-spread": -1.0, "binpack": 0.15283318019223321, "job-anti-affinity": -0.5,
                            "node-affinity": 0.0, "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n4", -0.46700425538211926,
                        [
                            "allocation-spread": -1.0, "binpack": 0.0989872338536421, "job-anti-affinity": -0.5,
                            "node-affinity": 0.0, "node-reschedule-penalty": 0.0,
                        ]),
                    ExpectedScore(
                        "n3", -0.4733171403786935,
                        [
                            "allocation-spread": -1.0, "binpack": 0.08004857886391964, "job-anti-affinity": -0.5,
                            "node-affinity": 0.0, "node-reschedule-penalty": 0.0,
                        ]),
                ],
                ExpectedMetric(
                    evaluated: 6, filtered: ["${node.unique.name} regexp ^n[234]$": 3],
                    classFiltered: ["large": 1, "small": 1, "tiny": 1],
                    exhausted: [:], classExhausted: [:], available: ["dc1": 4, "dc2": 2], coalesced: 0,
                    lacking: [:])),
        ],
        failed: [:],
        queued: ["g": 0],
        blocked: nil,
        place: ["g": 4], createdEvaluations: 0)
}

import Base
import Testing

@testable import Commands

@Suite("Layouts of jobs")
struct JobLayoutTests {
    static let job: JSON = [
        "ID": "cli-web", "Name": "cli-web", "Type": "service", "Priority": 50, "Datacenters": ["dc1", "dc2"],
        "Namespace": "default", "Status": "running", "SubmitTime": 1_795_365_496_000_000_000,
    ]

    @Test func theListIsSortedAndTellsKinds() {
        let jobs: [JSON] = [
            [
                "ID": "web", "Type": "service", "Priority": 50, "Status": "dead", "Stop": true,
                "SubmitTime": 1_795_365_496_000_000_000,
            ],
            [
                "ID": "cron", "Type": "batch", "Priority": 50, "Status": "running", "Periodic": true,
                "SubmitTime": 1_795_365_497_000_000_000,
            ],
        ]
        #expect(
            JobLayout.list(jobs, allNamespaces: false, show: Fixtures.show) == [
                "ID    Type            Priority  Status          Submit Date",
                "cron  batch/periodic  50        running         2026-11-22T16:38:17Z",
                "web   service         50        dead (stopped)  2026-11-22T16:38:16Z",
            ])
        let all = JobLayout.list(jobs, allNamespaces: true, show: Fixtures.show)
        #expect(all[0] == "ID    Namespace  Type            Priority  Status          Submit Date")
    }

    @Test func theHeaderHasItsKeys() {
        #expect(
            JobLayout.header(Self.job, nextLaunch: nil, show: Fixtures.show) == [
                "ID            = cli-web", "Name          = cli-web", "Submit Date   = 2026-11-22T16:38:16Z",
                "Type          = service", "Priority      = 50", "Datacenters   = dc1,dc2",
                "Namespace     = default", "Status        = running", "Periodic      = false",
                "Parameterized = false",
            ])
    }

    @Test func periodicJobsTellTheirNextLaunch() {
        var job = Self.job
        job["Periodic"] = ["Enabled": true, "Spec": "30 4 1 1 *"]
        let next = Instant(rfc3339: "2027-01-01T04:30:00Z") ?? .zero
        let lines = JobLayout.header(job, nextLaunch: next, show: Fixtures.show)
        #expect(lines.last == "Next Periodic Launch = 2027-01-01T04:30:00Z (947h51m40s from now)")
        job["Stop"] = true
        #expect(
            JobLayout.header(job, nextLaunch: nil, show: Fixtures.show).last
                == "Next Periodic Launch = none (job stopped)")
    }

    @Test func theSummaryIsSortedByGroup() {
        let summary: JSON = ["Summary": ["web": ["Running": 2], "api": ["Queued": 1, "Failed": 3]]]
        #expect(
            JobLayout.summary(summary, show: Fixtures.show) == [
                "Summary", "Task Group  Queued  Starting  Running  Failed  Complete  Lost",
                "api         1       0         0        3       0         0",
                "web         0       0         2        0       0         0",
            ])
    }

    @Test func evaluationsComeNewestFirst() {
        let evaluations: [JSON] = [
            [
                "ID": "a0474da8-ff68", "Priority": 50, "TriggeredBy": "job-register", "Status": "complete",
                "CreateIndex": 9,
            ],
            [
                "ID": "bd0d94a6-088b", "Priority": 50, "TriggeredBy": "queued-allocs", "Status": "blocked",
                "CreateIndex": 12,
            ],
        ]
        #expect(
            JobLayout.evaluations(evaluations, show: Fixtures.show) == [
                "Evaluations", "ID        Priority  Triggered By   Status    Placement Failures",
                "bd0d94a6  50        queued-allocs  blocked   N/A - In Progress",
                "a0474da8  50        job-register   complete  false",
            ])
    }

    static let metric: JSON = [
        "NodesEvaluated": 3, "NodesExhausted": 1, "CoalescedFailures": 1, "NodesAvailable": ["dc1": 3, "dc2": 0],
        "ClassFiltered": ["edge": 2], "ConstraintFiltered": ["${meta.rack} = r99": 2], "ClassExhausted": ["edge": 1],
        "DimensionExhausted": ["memory": 1, "cpu": 1], "QuotaExhausted": ["memory"],
    ]

    @Test func placementFailuresNameEveryReasonInOrder() {
        let evaluations: [JSON] = [
            ["Status": "blocked", "CreateIndex": 12],
            [
                "Status": "complete", "CreateIndex": 11,
                "FailedTGAllocs": ["web": Self.metric, "api": ["NodesEvaluated": 0]],
            ],
        ]
        #expect(
            JobLayout.placementFailure(evaluations, show: Fixtures.show) == [
                "Placement Failure", "Task Group \"api\":", "  * No nodes were eligible for evaluation", "",
                "Task Group \"web\":", "  * No nodes are available in datacenter \"dc2\"",
                "  * Class \"edge\": 2 nodes excluded by filter",
                "  * Constraint \"${meta.rack} = r99\": 2 nodes excluded by filter",
                "  * Resources exhausted on 1 nodes", "  * Class \"edge\" exhausted on 1 nodes",
                "  * Dimension \"cpu\" exhausted on 1 nodes", "  * Dimension \"memory\" exhausted on 1 nodes",
                "  * Quota limit hit \"memory\"",
            ])
        #expect(JobLayout.placementFailure(Array(evaluations.dropFirst()), show: Fixtures.show) == nil)
    }

    @Test func scalingEventsComeNewestFirst() {
        let status: JSON = [
            "TaskGroups": [
                "web": [
                    "Events": [
                        ["Count": 2, "PreviousCount": 1, "Time": 1_795_365_496_000_000_000],
                        ["PreviousCount": 2, "Error": true, "Time": 1_795_365_498_000_000_000],
                    ]
                ]
            ]
        ]
        #expect(
            JobChangeCommands.scalingEventLines(status, show: Fixtures.show) == [
                "Task Group  Count  PrevCount  Date", "web         2      1          2026-11-22T16:38:16Z",
            ])
        #expect(
            JobChangeCommands.scalingEventLines(status, show: Fixtures.verbose) == [
                "Task Group  Count   PrevCount  Error  Message  Eval ID  Date",
                "web         <none>  2          true   <none>   <none>   2026-11-22T16:38:18Z",
                "web         2       1          false  <none>   <none>   2026-11-22T16:38:16Z",
            ])
    }

    @Test func failedAllocationsTellWhenTheyAreTriedAgain() {
        let allocations: [JSON] = [["TaskGroup": "web", "FollowupEvalID": "bd0d94a6-088b"]]
        let evaluations: [JSON] = [
            ["ID": "bd0d94a6-088b", "Status": "pending", "WaitUntil": "2026-11-22T16:38:50Z"]
        ]
        #expect(
            JobLayout.rescheduling(allocations, evaluations, show: Fixtures.show) == [
                "Future Rescheduling Attempts", "Task Group  Eval ID   Eval Time",
                "web         bd0d94a6  30s from now",
            ])
    }
}

@Suite("Differences and plans")
struct JobDiffLayoutTests {
    @Test func editedJobsShowTheirFieldsAligned() throws {
        let diff = try Fixtures.json(
            """
            {"Type":"Edited","ID":"cli-web","TaskGroups":[{"Type":"Edited","Name":"web",
              "Updates":{"ignore":2,"canary":1},
              "Objects":[{"Type":"Edited","Name":"Update","Fields":[
                {"Type":"None","Name":"AutoRevert","Old":"false","New":"false"},
                {"Type":"Edited","Name":"Canary","Old":"0","New":"1"}]}],
              "Tasks":[{"Type":"Edited","Name":"server","Annotations":["forces create/destroy update"],
                "Fields":[{"Type":"Edited","Name":"Env[V]","Old":"1","New":"2"}],
                "Objects":[{"Type":"Edited","Name":"Config","Fields":[
                  {"Type":"None","Name":"args[0]","Old":"-c","New":"-c"},
                  {"Type":"Added","Name":"image","Old":"","New":"x"}]}]}]}]}
            """)
        #expect(
            JobDiffLayout().lines(diff) == [
                #"+/- Job: "cli-web""#, #"+/- Task Group: "web" (1 canary, 2 ignore)"#, "  +/- Update {",
                #"        AutoRevert: "false""#, #"    +/- Canary:     "0" => "1""#, "      }",
                #"  +/- Task: "server" (forces create/destroy update)"#, #"    +/- Env[V]: "1" => "2""#,
                "    +/- Config {", #"        args[0]: "-c""#, #"      + image:   "x""#, "        }",
            ])
    }

    @Test func newAndUnchangedJobsShowTheirNames() throws {
        let new = try Fixtures.json(
            """
            {"Type":"Added","ID":"j","Fields":[{"Type":"Added","Name":"Priority","New":"50"}],"TaskGroups":[
              {"Type":"Added","Name":"g","Updates":{"create":2},"Tasks":[
                {"Type":"Added","Name":"t","Annotations":["forces create"]}]}]}
            """)
        #expect(
            JobDiffLayout().lines(new) == [
                #"+ Job: "j""#, #"+ Task Group: "g" (2 create)"#, #"  + Task: "t" (forces create)"#,
            ])
        #expect(JobDiffLayout(isVerbose: true).lines(new)[1] == #"+ Priority: "50""#)
        let same = try Fixtures.json(
            """
            {"Type":"None","ID":"j","TaskGroups":[{"Type":"None","Name":"g","Updates":{"ignore":1},
              "Tasks":[{"Type":"None","Name":"t"}]}]}
            """
        )
        #expect(JobDiffLayout().lines(same) == [#"Job: "j""#, #"Task Group: "g" (1 ignore)"#, #"  Task: "t""#])
    }

    @Test(arguments: [
        ("Ignore", false), ("InPlaceUpdate", false), ("Place", true), ("Stop", true), ("Migrate", true),
        ("DestructiveUpdate", true), ("Canary", true),
    ])
    func aPlanChangesAllocationsIfAnyIsCreatedOrStopped(kind: String, changes: Bool) {
        let plan: JSON = ["Annotations": ["DesiredTGUpdates": ["web": [:], "api": .object([kind: 1])]]]
        #expect(PlanLayout.changesAllocations(plan) == changes)
    }
}

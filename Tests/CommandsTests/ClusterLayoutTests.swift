import Base
import Testing

@testable import Commands

@Suite("Layouts of allocations, evaluations, deployments and nodes")
struct ClusterLayoutTests {
    @Test func allocationsComeNewestFirstAndTiesByID() {
        let list = [
            Fixtures.allocation("d2304d4f-3c83", created: 10), Fixtures.allocation("cb745849-38f0", created: 10),
            Fixtures.allocation("200e3464-ae5f", created: 12, status: "pending"),
        ]
        #expect(
            AllocationLayout.list(list, show: Fixtures.show) == [
                "ID        Node ID   Task Group  Version  Desired  Status   Created  Modified",
                "200e3464  b7a98a05  web         0        run      pending  4s ago   2s ago",
                "cb745849  b7a98a05  web         0        run      running  4s ago   2s ago",
                "d2304d4f  b7a98a05  web         0        run      running  4s ago   2s ago",
            ])
        let header = AllocationLayout.list(list, show: Fixtures.verbose)[0].split(
            separator: "  ", omittingEmptySubsequences: true)
        #expect(
            header.map { String($0).trimmingBlanks } == [
                "ID", "Eval ID", "Node ID", "Node Name", "Task Group", "Version", "Desired", "Status", "Created",
                "Modified",
            ])
        #expect(!AllocationLayout.list(list, show: Fixtures.verbose, ofNode: true)[0].contains("Node Name"))
    }

    static func whole() throws -> JSON {
        var allocation = Fixtures.allocation("d2304d4f-3c83-6ce5-318e-08e714cc13e0", created: 10)
        allocation["DeploymentID"] = "7eac5521-61ef"
        allocation["DeploymentStatus"] = ["Healthy": true]
        allocation["AllocatedResources"] = try Fixtures.json(
            """
            {"Tasks":{"server":{"Cpu":{"CpuShares":40},"Memory":{"MemoryMB":24}},
                      "init":{"Cpu":{"CpuShares":10},"Memory":{"MemoryMB":8}}},
             "TaskLifecycles":{"init":{"Hook":"prestart"},"server":null},
             "Shared":{"DiskMB":20,"Networks":[{"Mode":"bridge"}],
                       "Ports":[{"Label":"http","Value":20100,"To":80,"HostIP":"10.0.0.1"}]}}
            """)
        allocation["TaskStates"] = try Fixtures.json(
            """
            {"server":{"State":"running","Restarts":0,"StartedAt":"2026-11-22T16:38:16.3Z",
              "FinishedAt":"0001-01-01T00:00:00Z","Events":[
              {"Type":"Received","Time":1795365496000000000,"DisplayMessage":"Task received by client"},
              {"Type":"Started","Time":1795365497000000000,"DisplayMessage":"Task started by client"}]},
             "init":{"State":"dead"}}
            """)
        return allocation
    }

    @Test func anAllocationTellsItsStateAddressesAndTasks() throws {
        let allocation = try Self.whole()
        #expect(
            AllocationLayout.header(allocation, show: Fixtures.show) == [
                "ID                  = d2304d4f-3c83-6ce5-318e-08e714cc13e0", "Eval ID             = a0474da8",
                "Name                = cli-web.web[0]", "Node ID             = b7a98a05",
                "Node Name           = node1", "Job ID              = cli-web", "Job Version         = 0",
                "Client Status       = running", "Client Description  = Tasks are running",
                "Desired Status      = run", "Desired Description = <none>", "Created             = 4s ago",
                "Modified            = 2s ago", "Deployment ID       = 7eac5521", "Deployment Health   = healthy",
            ])
        #expect(
            AllocationLayout.addresses(allocation, show: Fixtures.show) == [
                "", "Allocation Addresses (mode = \"bridge\")", "Label  Dynamic  Address",
                "*http  yes      10.0.0.1:20100 -> 80",
            ])
        let tasks = AllocationTask.all(of: allocation)
        #expect(tasks.map(\.name) == ["init", "server"], "tasks stand in the order in which they start")
        #expect(
            tasks[0].lines(allocation, usage: nil, show: Fixtures.show)[1] == "Task \"init\" (prestart) is \"dead\"")
        let usage: JSON = ["ResourceUsage": ["CpuStats": ["TotalTicks": 12.9], "MemoryStats": ["RSS": 29_810_688]]]
        #expect(
            tasks[1].lines(allocation, usage: usage, show: Fixtures.show) == [
                "", "Task \"server\" is \"running\"", "Task Resources", "CPU        Memory         Disk    Addresses",
                "12/40 MHz  28 MiB/24 MiB  20 MiB", "", "Task Events:", "Started At     = 2026-11-22T16:38:16Z",
                "Finished At    = N/A", "Total Restarts = 0", "Last Restart   = N/A", "", "Recent Events:",
                "Time                  Type      Description",
                "2026-11-22T16:38:17Z  Started   Task started by client",
                "2026-11-22T16:38:16Z  Received  Task received by client",
            ])
    }

    @Test func theShortFormIsATableOfTasks() throws {
        let lines = AllocationLayout.short(try Self.whole(), show: Fixtures.show)
        #expect(lines.first == "ID       = d2304d4f-3c83-6ce5-318e-08e714cc13e0")
        #expect(
            Array(lines.suffix(3)) == [
                "Name    State    Last Event  Time                  Lifecycle",
                "init    dead     <none>      <none>                prestart",
                "server  running  Started     2026-11-22T16:38:17Z  main",
            ])
    }

    @Test func scoresHaveTheirColumnsInOrder() {
        let metric: JSON = [
            "ScoreMetaData": [
                [
                    "NodeID": .string(Fixtures.node), "Scores": ["job-anti-affinity": 0, "binpack": 0.010083],
                    "NormScore": 0.010083,
                ]
            ]
        ]
        #expect(
            PlacementLayout.scores(metric, show: Fixtures.show) == [
                "Node      binpack  job-anti-affinity  final score", "b7a98a05  0.0101   0                  0.0101",
            ])
    }

    @Test func aDeploymentShowsTheColumnsThatMatter() {
        #expect(
            DeploymentLayout.status(Fixtures.deployment, show: Fixtures.show) == [
                "ID          = 7eac5521", "Job ID      = cli-web", "Job Version = 0", "Status      = running",
                "Description = Deployment is running", "", "Deployed",
                "Task Group  Desired  Placed  Healthy  Unhealthy  Progress Deadline",
                "web         2        2       1        0          2026-11-22T16:38:57Z",
            ])
        var canary = Fixtures.deployment
        canary["TaskGroups"] = [
            "web": [
                "DesiredTotal": 2, "DesiredCanaries": 1, "AutoRevert": true,
                "RequireProgressBy": "0001-01-01T00:00:00Z",
            ]
        ]
        #expect(
            Array(DeploymentLayout.latest(canary, show: Fixtures.show).suffix(2)) == [
                "Task Group  Auto Revert  Promoted  Desired  Canaries  Placed  Healthy  Unhealthy",
                "web         true         false     2        1         0       0        0",
            ])
    }

    @Test func anEvaluationTellsWhyItWaits() {
        let evaluation: JSON = [
            "ID": .string(Fixtures.evaluation), "Status": "complete", "Type": "service", "TriggeredBy": "job-register",
            "JobID": "cli-huge", "Priority": 50, "BlockedEval": "34f082f0-1111",
            "CreateTime": 1_795_365_498_000_000_000,
            "ModifyTime": 1_795_365_498_000_000_000,
            "FailedTGAllocs": ["web": ["NodesEvaluated": 1, "NodesExhausted": 1, "CoalescedFailures": 1]],
        ]
        #expect(
            EvaluationLayout.status(evaluation, show: Fixtures.show) == [
                "ID                 = a0474da8", "Create Time        = 2s ago", "Modify Time        = 2s ago",
                "Status             = complete", "Status Description = complete", "Type               = service",
                "TriggeredBy        = job-register", "Job ID             = cli-huge", "Priority           = 50",
                "Placement Failures = true", "", "Failed Placements",
                "Task Group \"web\" (failed to place 2 allocations):", "  * Resources exhausted on 1 nodes", "",
                "Evaluation \"34f082f0\" waiting for additional capacity to place remainder",
            ])
    }

    @Test func nodesAreListedByID() {
        let nodes: [JSON] = [
            [
                "ID": .string(Fixtures.node), "Datacenter": "dc1", "Name": "node1", "NodeClass": "edge", "Drain": false,
                "SchedulingEligibility": "eligible", "Status": "ready", "Address": "127.0.0.1", "Version": "1",
            ],
            [
                "ID": "a0000000-0000", "Datacenter": "dc1", "Name": "node2", "Drain": true,
                "SchedulingEligibility": "ineligible", "Status": "down",
            ],
        ]
        var options = NodeListOptions()
        #expect(
            NodeLayout.list(nodes, show: Fixtures.show, options: options) == [
                "ID        DC   Name   Class   Drain  Eligibility  Status",
                "a0000000  dc1  node2  <none>  true   ineligible   down",
                "b7a98a05  dc1  node1  edge    false  eligible     ready",
            ])
        options.running = [Fixtures.node: 2]
        #expect(NodeLayout.list(nodes, show: Fixtures.show, options: options)[2].hasSuffix("ready   2"))
    }

    @Test func aNodeTellsWhatItHasAndGaveAway() {
        let node: JSON = [
            "NodeResources": ["Cpu": ["CpuShares": 8000], "Memory": ["MemoryMB": 8192], "Disk": ["DiskMB": 73493]],
            "ReservedResources": ["Cpu": ["CpuShares": 500]],
        ]
        let running: JSON = [
            "ClientStatus": "running",
            "AllocatedResources": [
                "Tasks": ["t": ["Cpu": ["CpuShares": 80], "Memory": ["MemoryMB": 48]]], "Shared": ["DiskMB": 40],
            ],
        ]
        var ended = running
        ended["ClientStatus"] = "complete"
        let layout = NodeResourceLayout(node: node, show: Fixtures.show)
        #expect(
            layout.allocated([running, ended]) == [
                "", "Allocated Resources", "CPU          Memory          Disk",
                "80/7500 MHz  48 MiB/8.0 GiB  40 MiB/72 GiB",
            ])
        #expect(layout.used([]).last == "0/7500 MHz  0 MiB/8.0 GiB")
    }

    @Test func serversKnowTheirLeader() {
        let member: JSON = [
            "Name": "node1.global", "Addr": "127.0.0.1", "Port": 4648, "Status": "alive", "ProtocolCur": 2,
            "Tags": ["port": "4647", "build": "1.1.2", "dc": "dc1", "region": "global"],
        ]
        #expect(
            ServerLayout.list([member], leaders: ["127.0.0.1:4647"]) == [
                "Name          Address    Port  Status  Leader  Protocol  Build  Datacenter  Region",
                "node1.global  127.0.0.1  4648  alive   true    2         1.1.2  dc1         global",
            ])
        #expect(ServerLayout.detailed([member])[1].hasSuffix("build=1.1.2,dc=dc1,port=4647,region=global"))
    }
}

@Suite("The monitor tells what is new")
struct EvaluationProgressTests {
    @Test func eachLookTellsItsChanges() {
        var progress = EvaluationProgress()
        var evaluation: JSON = [
            "ID": .string(Fixtures.evaluation), "TriggeredBy": "job-register", "JobID": "web", "Status": "pending",
            "CreateIndex": 9,
        ]
        var allocation = Fixtures.allocation("cb745849-38f0", created: 10, status: "pending")
        #expect(
            progress.update(evaluation, [allocation], show: Fixtures.show) == [
                "Evaluation triggered by job \"web\"",
                "Allocation \"cb745849\" created: node \"b7a98a05\", group \"web\"",
            ])
        #expect(progress.update(evaluation, [allocation], show: Fixtures.show).isEmpty)
        evaluation["Status"] = "complete"
        evaluation["DeploymentID"] = "7eac5521-61ef"
        allocation["ClientStatus"] = "running"
        #expect(
            progress.update(evaluation, [allocation], show: Fixtures.show) == [
                "Evaluation within deployment: \"7eac5521\"",
                "Allocation \"cb745849\" status changed: \"pending\" -> \"running\" (Tasks are running)",
                "Evaluation status changed: \"pending\" -> \"complete\"",
            ])
        #expect(EvaluationProgress.isDone(evaluation))
    }
}

import Base
import Testing

@testable import Commands

/// Documents as the API sends them, with fixed ids and times.
enum Fixtures {
    /// 2026-11-22T16:38:20Z.
    static let now = Instant(nanoseconds: 1_795_365_500_000_000_000)
    static let show = Show(now: now)
    static let verbose = Show(isVerbose: true, now: now)

    static func json(_ text: String) throws -> JSON { try JSON(parsing: text) }

    static let node = "b7a98a05-d8b4-16bf-fea6-b001f4362039"
    static let evaluation = "a0474da8-ff68-daa6-3aac-6056edd56a11"

    static func allocation(_ id: String, created: Int, status: String = "running") -> JSON {
        [
            "ID": .string(id), "EvalID": .string(evaluation), "NodeID": .string(node), "NodeName": "node1",
            "Name": "cli-web.web[0]", "JobID": "cli-web", "JobVersion": 0, "TaskGroup": "web",
            "DesiredStatus": "run", "ClientStatus": .string(status), "ClientDescription": "Tasks are running",
            "CreateIndex": .int(Int64(created)), "CreateTime": 1_795_365_496_000_000_000,
            "ModifyTime": 1_795_365_498_000_000_000,
        ]
    }

    static let deployment: JSON = [
        "ID": "7eac5521-61ef-a964-db09-20098515b346", "JobID": "cli-web", "JobVersion": 0, "Status": "running",
        "StatusDescription": "Deployment is running", "CreateIndex": 9,
        "TaskGroups": [
            "web": [
                "DesiredTotal": 2, "PlacedAllocs": 2, "HealthyAllocs": 1, "UnhealthyAllocs": 0,
                "ProgressDeadline": 40_000_000_000, "RequireProgressBy": "2026-11-22T16:38:57.5Z",
            ]
        ],
    ]
}

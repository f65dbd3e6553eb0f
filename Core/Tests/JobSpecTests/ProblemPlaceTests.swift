import Base
import HCL
import Model
import Testing

@testable import JobSpec

/// Every condition of validation, broken in a job file: each message stands at the line that breaks it.
///
/// A line that is wrong ends with `#!` and words of its message; several are parted by `&`. Every message is expected.
struct ProblemPlaceTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        var testDescription: String { name }

        init(_ name: String, _ text: String) {
            self.name = name
            self.text = text
        }

        /// A job that is right, but for these lines of the job, its group and its task.
        init(
            _ name: String, type: String = "service", job: String = "", group: String = "", task: String = "",
            driver: String = "driver = \"raw_exec\""
        ) {
            self.init(
                name,
                """
                job "j" {
                datacenters = ["dc1"]
                type = "\(type)"
                \(job)
                group "g" {
                \(group)
                task "t" {
                \(driver)
                \(task)
                }
                }
                }
                """)
        }
    }

    struct Expected: Hashable, CustomStringConvertible {
        var line: Int
        var words: String
        var description: String { "line \(line): \(words)" }
    }

    @Test(arguments: jobs + groups + policies + networks + services + checks + meshes + tasks + files)
    func messageStandsAtItsLine(row: Row) throws {
        var options = JobFile.Options()
        options.keepsPlaces = true
        let file = try JobFile.parse(row.text, name: "t.hcl", options: options)
        let job = try JobAdmission.read(.object(file.tree), AdmissionDefaults())
        let leaves = JobAdmission.admit(job).report.errors.leaves
        let places = try #require(file.places)
        var found = places.diagnostics(leaves).errors.map {
            Expected(line: $0.subject?.start.line ?? 0, words: $0.summary)
        }
        for (at, line) in row.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard let mark = line.firstRange(of: "#! ") else { continue }
            for words in line[mark.upperBound...].split(separator: " & ") {
                let index = found.firstIndex { $0.line == at + 1 && $0.words.contains(words) }
                #expect(index != nil, "line \(at + 1) has no \"\(words)\": \(found)")
                if let index { found.remove(at: index) }
            }
        }
        #expect(found == [], "more than expected")
    }

    static let jobs: [Row] = [
        Row("right"),
        Row(
            "blank in the name",
            "job \"a b\" { #! contains a space\ndatacenters = [\"x\"]\ngroup \"g\" {\ntask \"t\" {\ndriver = \"d\"\n}\n}\n}"
        ),
        Row("no groups", "job \"a\" { #! Missing job task groups\ndatacenters = [\"x\"]\n}"),
        Row("no tasks", "job \"a\" {\ndatacenters = [\"x\"]\ngroup \"g\" { #! Missing tasks\n}\n}"),
        Row(
            "type",
            "job \"a\" {\ndatacenters = [\"x\"]\ntype = \"daemon\" #! Invalid job type\ngroup \"g\" {\ntask \"t\" {\ndriver = \"d\"\n}\n}\n}"
        ),
        Row(
            "datacenters",
            "job \"a\" {\ndatacenters = [\"\"] #! non-empty string\ngroup \"g\" {\ntask \"t\" {\ndriver = \"d\"\n}\n}\n}"
        ),
        Row("priority", job: "priority = 101 #! Job priority must be between"),
        Row("multiregion", job: "multiregion { #! unlicensed\nregion \"a\" {}\n}"),
        Row("description", job: "ui {\ndescription = \"\(String(repeating: "x", count: 1001))\" #! UI description\n}"),
        Row("too many", group: "count = 60000").marking("group \"g\" {", "job_max_count"),
        Row("periodic service", job: "periodic { #! Periodic can only\ncron = \"@daily\"\n}"),
        Row("cron", type: "batch", job: "periodic {\ncron = \"61 * * * *\" #! Invalid cron spec\n}"),
        Row(
            "crons", type: "batch",
            job: "periodic {\ncrons = [\"@daily\", \"every day at noon\"] #! expected 5 to 7 fields\n}"),
        Row(
            "cron and crons", type: "batch",
            job: "periodic {\ncron = \"@daily\" #! not both\ncrons = [\"@daily\"]\n}"),
        Row("no cron", type: "batch", job: "periodic { #! Must specify a spec\n}"),
        Row(
            "time zone", type: "batch",
            job: "periodic {\ncron = \"@daily\"\ntime_zone = \"Mars/Olympus\" #! unknown time zone\n}"),
        Row("parameterized service", job: "parameterized { #! Parameterized job can only\n}"),
        Row(
            "parameterized", type: "batch",
            job: """
                parameterized {
                payload = "maybe" #! Unknown payload requirement
                meta_required = ["a"]
                meta_optional = ["a"] #! should be disjoint
                }
                """),
        Row(
            "operator",
            job:
                "constraint {\nattribute = \"${attr.a}\"\noperator = \"resembles\" #! Unknown constraint type\nvalue = \"x\"\n}"
        ),
        Row("no value", job: "constraint { #! requires an RTarget\nattribute = \"${attr.a}\"\n}"),
        Row("no attribute", job: "constraint { #! No LTarget\nvalue = \"x\"\n}"),
        Row(
            "reference",
            job: "constraint {\nattribute = \"${nod.class}\" #! is not a reference to a node\nvalue = \"x\"\n}"),
        Row(
            "second constraint",
            job: """
                constraint {
                attribute = "${attr.a}"
                value = "x"
                }
                constraint {
                attribute = "${attr.a}"
                operator = "regexp"
                value = "[a" #! Regular expression failed
                }
                """),
        Row(
            "version", group: "constraint { #! Malformed constraint\nattribute = \"${attr.a}\"\nversion = \"newest\"\n}"
        ),
        Row(
            "property",
            group: "constraint {\ndistinct_property = \"${meta.rack}\"\nvalue = \"some\" #! Failed to convert\n}"),
        Row(
            "property count",
            group: "constraint {\ndistinct_property = \"${meta.rack}\"\nvalue = \"0\" #! allowed count\n}"),
        Row(
            "distinct in a task", task: "constraint { #! only possible at job or group level\ndistinct_hosts = true\n}"),
        Row(
            "is_set",
            job: "constraint {\nattribute = \"${attr.a}\"\noperator = \"is_set\"\nvalue = \"x\" #! does not support\n}"),
        Row("affinity", job: "affinity {\nattribute = \"${attr.a}\"\nvalue = \"x\"\nweight = 0 #! cannot be zero\n}"),
        Row(
            "affinity weight",
            job: "affinity {\nattribute = \"${attr.a}\"\nvalue = \"x\"\nweight = 101 #! within the range\n}"),
        Row(
            "affinity operator",
            job:
                "affinity {\nattribute = \"${attr.a}\"\nvalue = \"x\"\noperator = \"is_set\" #! Unknown affinity operator\n}"
        ),
        Row("affinity in a task", task: "affinity { #! No LTarget\nvalue = \"x\"\n}"),
        Row("spread", job: "spread { #! Missing spread attribute\nweight = 101 #! positive weight\n}"),
        Row(
            "spread targets",
            job: """
                spread { #! Sum of spread
                attribute = "${attr.a}"
                target "a" {
                percent = 80
                }
                target "a" { #! already defined
                percent = 101 #! between 0 and 100
                }
                }
                """),
        Row(
            "system", type: "system",
            job: """
                affinity { #! may not have an affinity
                attribute = "${attr.a}"
                value = "x"
                }
                spread { #! may not have a spread
                attribute = "${attr.a}"
                }
                """,
            group:
                "count = 3 #! Count cannot exceed 1\nreschedule { #! should not have a reschedule policy\nattempts = 1\n}"
        ),
    ]

    static let groups: [Row] = [
        Row("count", group: "count = -1 #! can't be negative"),
        Row("shutdown delay", group: "shutdown_delay = \"-1s\" #! ShutdownDelay must be"),
        Row("run duration", group: "max_run_duration = \"1h\" #! only be set for batch"),
        Row("run duration of zero", type: "batch", group: "max_run_duration = \"0s\" #! greater than zero"),
        Row(
            "disk", group: "ephemeral_disk {\nsize = 9 #! minimum ephemeral_disk size\n}",
            task: "logs {\nmax_files = 1\nmax_file_size = 1\n}"),
        Row(
            "scaling",
            group:
                "count = 5\nscaling {\nmin = 6 #! must not be less than minimum\nmax = 4 #! maximum count must not & greater than maximum\n}"
        ),
        Row(
            "same group twice",
            """
            job "j" {
            datacenters = ["dc1"]
            group "g" {
            task "t" {
            driver = "d"
            }
            }
            group "g" { #! redefines 'g'
            task "t" {
            driver = "d"
            }
            task "t" { #! redefines 't' & Missing task driver
            }
            }
            }
            """),
        Row("leaders", group: "task \"a\" {\ndriver = \"d\"\nleader = true\n}", task: "leader = true")
            .marking("task \"t\" {", "Only one task may be marked as leader"),
        Row(
            "task outside of groups",
            "job \"j\" {\ndatacenters = [\"dc1\"]\ntask \"t\" { #! Missing task driver\nresources {\ncpu = 0 #! minimum CPU\n}\n}\n}"
        ),
        Row("volume", group: "volume \"v\" { #! empty source\ntype = \"host\"\n}"),
        Row(
            "volume modes",
            group: """
                volume "h" {
                type = "host"
                source = "s"
                attachment_mode = "x" #! invalid attachment mode
                access_mode = "multi-node-multi-writer" #! cannot be mounted with access mode
                mount_options { #! cannot have mount options
                fs_type = "ext4"
                }
                }
                volume "c" { #! must have an attachment mode & must have an access mode
                type = "csi"
                source = "s"
                }
                volume "p" {
                type = "host"
                source = "s"
                sticky = true #! per_alloc and sticky
                per_alloc = true
                }
                volume "r" {
                type = "csi"
                source = "s"
                attachment_mode = "block-device"
                access_mode = "multi-node-reader-only"
                read_only = false #! must be read-only
                mount_options { #! block devices cannot have mount options
                }
                }
                """),
        Row(
            "mounts",
            task:
                "volume_mount {\nvolume = \"nope\" #! undefined volume\ndestination = \"/x\"\npropagation_mode = \"sideways\" #! invalid propagation\nselinux_label = \"q\" #! invalid SELinux\n}"
        ),
    ]

    static let policies: [Row] = [
        Row(
            "restart",
            group:
                "restart {\nattempts = 100 #! can't restart the TaskGroup\ninterval = \"1m\"\ndelay = \"30s\"\nmode = \"sometimes\" #! Unsupported restart mode\n}"
        ),
        Row("restart interval", group: "restart {\nattempts = 0\ninterval = \"1s\" #! less than 5s\n}"),
        Row("restart without attempts", group: "restart {\nattempts = 0 #! is ambiguous\nmode = \"delay\"\n}"),
        Row(
            "reschedule of the job",
            job:
                "reschedule {\nattempts = 3 #! is ambiguous\ninterval = \"0s\" #! non zero value\ndelay_function = \"random\" #! Invalid delay function\n}"
        ),
        Row(
            "reschedule delay",
            group:
                "reschedule {\ndelay = \"2s\" #! less than 5s\nmax_delay = \"1s\" #! less than 5s & less than Delay\n}"),
        Row(
            "reschedule room",
            group:
                "reschedule {\nattempts = 10\nunlimited = false\ninterval = \"1m\" #! set the interval to at least\ndelay = \"10s\"\ndelay_function = \"constant\"\n}"
        ),
        Row(
            "update of the job",
            job:
                "update {\nhealth_check = \"vibes\" #! Invalid health check\nmax_parallel = -1 #! Max parallel\ncanary = -2 #! Canary count\nstagger = \"0s\" #! Stagger\n}"
        ),
        Row("promotion", group: "update {\nauto_promote = true #! requires a Canary count\n}"),
        Row(
            "deadlines",
            group:
                "update {\nmin_healthy_time = \"10m\" #! less than healthy deadline\nhealthy_deadline = \"5m\" #! less than progress deadline\nprogress_deadline = \"1m\"\n}"
        ),
        Row("kill timeout", task: "kill_timeout = \"1h\" #! longer than the group's progress"),
        Row("migrate of batch", type: "batch", group: "migrate { #! does not allow migrate\nmax_parallel = 1\n}"),
        Row(
            "migrate",
            group:
                "migrate {\nmax_parallel = -1 #! MaxParallel\nhealth_check = \"vibes\" #! Invalid HealthCheck\nmin_healthy_time = \"1h\" #! less than HealthyDeadline\n}"
        ),
        Row(
            "disconnect",
            group:
                "disconnect {\nlost_after = \"1h\" #! both lost_after\nstop_on_client_after = \"1m\"\nreconcile = \"x\" #! reconcile option\n}"
        ),
    ]

    static let networks: [Row] = [
        Row(
            "ports",
            group: """
                network {
                mode = "bridge"
                hostname = "a b" #! not a valid DNS name
                port "a" {
                static = 70000 #! greater than 65535
                }
                port "b" {
                to = 66000 #! cannot be mapped
                }
                port "c" {
                static = 80
                ignore_collision = true #! only possible in network mode
                }
                }
                """),
        Row(
            "static twice",
            group: "network {\nport \"a\" {\nstatic = 80\n}\nport \"b\" {\nstatic = 80 #! already reserved\n}\n}"),
        Row(
            "label in group and task", group: "network {\nport \"a\" {}\n}",
            task: "resources {\nnetwork {\nport \"a\" {} #! already in use\n}\n}"),
        Row("arguments", group: "network {\ncni {\nargs { #! invalid ';'\na = \"b;c\"\n}\n}\n}"),
    ]
}

extension ProblemPlaceTests.Row {
    /// The same with words at a line that the frame writes.
    func marking(_ line: String, _ words: String) -> Self {
        Self(name, text.replacing(line, with: line + " #! " + words))
    }
}

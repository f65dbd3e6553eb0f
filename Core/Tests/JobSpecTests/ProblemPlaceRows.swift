/// Rows about services, tasks and their files.
extension ProblemPlaceTests {
    static let services: [Row] = [
        Row("name", group: "service {\nname = \"under_score\" #! RFC 1123\n}"),
        Row("address mode", group: "service {\naddress_mode = \"teleport\" #! address_mode must be\n}"),
        Row("address", group: "service {\naddress = \"x\" #! must be \"auto\"\naddress_mode = \"host\"\n}"),
        Row("provider", group: "service {\nprovider = \"etcd\" #! Service provider\n}"),
        Row("on_update", group: "service {\non_update = \"x\" #! on_update must be\n}"),
        Row("kind", group: "service {\nkind = \"x\" #! is unknown\n}"),
        Row("task", group: "service {\ntask = \"nobody\" #! not in the group\n}"),
        Row("twice", group: "service {\nname = \"a\"\n}\nservice { #! is duplicate\nname = \"a\"\n}"),
        Row(
            "providers",
            group:
                "service { #! Multiple service providers\nname = \"a\"\n}\nservice {\nname = \"b\"\nprovider = \"nomad\"\n}"
        ),
        Row(
            "task service twice", group: "network {\nport \"p\" {}\n}",
            task:
                "service {\nname = \"a\"\nport = \"p\"\n}\nservice { #! is duplicate & is duplicate\nname = \"a\"\nport = \"p\"\n}"
        ),
        Row("unknown port", task: "service {\nport = \"http\" #! does not exist\n}"),
        Row("number", task: "service {\nport = \"80\" #! needs address_mode\n}"),
        Row("identity", group: "service {\nidentity { #! at least one target aud\n}\n}"),
    ]

    static let checks: [Row] = [
        Row("type", group: service("type = \"ping\" #! invalid type\n\(times)")),
        Row(
            "no times",
            group: service("type = \"tcp\"").replacing("check {", with: "check { #! value interval & value timeout")),
        Row(
            "short times",
            group: service(
                "type = \"tcp\"\ninterval = \"500ms\" #! lower than 1s\ntimeout = \"1ms\" #! minimum timeout")),
        Row("path", group: service("type = \"http\"\npath = \"http://x/\" #! relative http path\n\(times)")),
        Row(
            "no path",
            group: service("type = \"http\"\n\(times)").replacing("check {", with: "check { #! valid http path")),
        Row(
            "no command",
            group: service("type = \"script\"\ntask = \"t\"\n\(times)").replacing(
                "check {", with: "check { #! script path")),
        Row(
            "script without task",
            group: service("type = \"script\"\ncommand = \"x\"\n\(times)").replacing(
                "check {", with: "check { #! need a task")),
        Row("status", group: service("type = \"tcp\"\ninitial_status = \"x\" #! initial check state\n\(times)")),
        Row(
            "address mode", group: service("type = \"tcp\"\naddress_mode = \"auto\" #! invalid address_mode\n\(times)")),
        Row("on_update", group: service("type = \"tcp\"\non_update = \"x\" #! on_update must be\n\(times)")),
        Row(
            "on_update and restart",
            group: service(
                "type = \"tcp\"\non_update = \"ignore\"\n\(times)\ncheck_restart { #! not compatible\nlimit = 1\n}")),
        Row(
            "restart",
            group: service(
                "type = \"tcp\"\n\(times)\ncheck_restart {\nlimit = -1 #! greater than or equal\ngrace = \"-1s\" #! grace period\n}"
            )),
        Row(
            "thresholds",
            group: service(
                "type = \"script\"\ncommand = \"x\"\ntask = \"t\"\nsuccess_before_passing = 1 #! not supported\nfailures_before_critical = -1 #! non-negative\n\(times)"
            )),
        Row(
            "expose",
            group: service("type = \"tcp\"\nexpose = true #! expose may only & requires use of sidecar\n\(times)")),
        Row(
            "check_restart without effect",
            group: service("type = \"tcp\"\non_update = \"ignore\"\n\(times)\ncheck_restart { #! not compatible\n}")),
        Row(
            "check_restart and warnings",
            group: service(
                "type = \"tcp\"\non_update = \"ignore_warnings\"\n\(times)\ncheck_restart { #! ignore_warnings value\n}"
            )),
        Row(
            "tcp behind a sidecar",
            group: """
                network {
                mode = "bridge"
                }
                service {
                port = "80"
                check {
                type = "tcp" #! not valid for Connect
                \(times)
                }
                connect {
                sidecar_service {}
                }
                }
                """),
        Row(
            "notes",
            group: service(
                "type = \"tcp\"\nnotes = \"\(String(repeating: "n", count: 256))\" #! 255 characters\n\(times)")),
        Row("nomad", group: service("type = \"grpc\" #! invalid type\n\(times)", provider: "nomad")),
        Row(
            "nomad only",
            group: service(
                "type = \"http\"\npath = \"/\"\nmethod = \"JUMP\" #! not supported\ntls_server_name = \"x\" #! tls_server_name\naddress_mode = \"driver\" #! address_mode\n\(times)",
                provider: "nomad")),
        Row("no port", group: "service {\ncheck { #! requires a port\ntype = \"tcp\"\n\(times)\n}\n}"),
        Row(
            "port", group: "network {\nport \"p\" {}\n}",
            task: "service {\nport = \"p\"\ncheck {\ntype = \"tcp\"\nport = \"q\" #! does not exist\n\(times)\n}\n}"),
        Row("unknown task", group: service("type = \"tcp\"\ntask = \"nobody\" #! non-existent task\n\(times)")),
    ]

    private static let times = "interval = \"10s\"\ntimeout = \"2s\""

    private static func service(_ check: String, provider: String = "consul") -> String {
        "network {\nport \"p\" {}\n}\nservice {\nprovider = \"\(provider)\"\nport = \"p\"\ncheck {\n\(check)\n}\n}"
    }

    static let meshes: [Row] = [
        Row(
            "no bridge",
            group:
                "network {\nmode = \"host\"\n}\nservice {\nport = \"80\"\nconnect { #! requires bridge network\nsidecar_service {}\n}\n}"
        ),
        Row(
            "nothing",
            group: "network {\nmode = \"bridge\"\n}\nservice {\nport = \"80\"\nconnect { #! exclusively native\n}\n}"),
        Row(
            "upper case",
            group:
                "network {\nmode = \"bridge\"\n}\nservice {\nname = \"Web\" #! uppercase\nport = \"80\"\nconnect {\nsidecar_service {}\n}\n}"
        ),
        Row(
            "upstreams",
            group: """
                network {
                mode = "bridge"
                }
                service {
                port = "80"
                connect {
                sidecar_service {
                proxy {
                upstreams {
                destination_name = "a"
                local_bind_port = 8080
                }
                upstreams {
                destination_name = "b"
                local_bind_port = 8080 #! another upstream has
                mesh_gateway {
                mode = "x" #! invalid mesh gateway mode
                }
                }
                }
                }
                }
                }
                """),
        Row(
            "listener",
            group: """
                network {
                mode = "bridge"
                }
                service {
                connect {
                gateway {
                ingress {
                listener {
                port = 0 #! valid Port
                protocol = "udp" #! requires protocol
                service {
                name = "a"
                }
                }
                listener { #! one or more services
                port = 80
                }
                }
                }
                }
                }
                """),
        Row(
            "two gateways",
            group:
                "network {\nmode = \"bridge\"\n}\nservice {\nconnect {\ngateway { #! One Consul Gateway\nmesh {}\nterminating {\nservice {\nname = \"a\"\n}\n}\n}\n}\n}"
        ),
    ]

    static let tasks: [Row] = [
        Row("driver", driver: "").marking("task \"t\" {", "Missing task driver"),
        Row(
            "name",
            "job \"j\" {\ndatacenters = [\"dc1\"]\ngroup \"g\" {\ntask \"a/b\" { #! cannot include slashes\ndriver = \"d\"\n}\n}\n}"
        ),
        Row(
            "reserved name",
            "job \"j\" {\ndatacenters = [\"dc1\"]\ngroup \"g\" {\ntask \"alloc\" { #! is reserved\ndriver = \"d\"\n}\n}\n}"
        ),
        Row("times", task: "kill_timeout = \"-1s\" #! KillTimeout\nshutdown_delay = \"-1s\" #! ShutdownDelay"),
        Row("resources", task: "resources {\ncpu = 0 #! minimum CPU\nmemory = 5 #! minimum MemoryMB\n}"),
        Row("cores", task: "resources {\ncpu = 100\ncores = 1 #! not both\nmemory_max = 10 #! should be larger\n}"),
        Row("secrets memory", task: "resources {\nsecrets = 999 #! SecretsMB\n}"),
        Row("device", task: "resources {\ndevice \"a/b/c/d\" { #! vendor/type/model\ncount = 0 #! at least 1\n}\n}"),
        Row(
            "device rules",
            task:
                "resources {\ndevice \"gpu\" {\nconstraint { #! only possible at job\ndistinct_hosts = true\n}\naffinity {\nattribute = \"${device.model}\"\nvalue = \"x\"\nweight = 0 #! cannot be zero\n}\n}\n}"
        ),
        Row("numa", task: "resources {\ncores = 1\nnuma {\naffinity = \"x\" #! numa affinity\n}\n}"),
        Row("logs", task: "logs {\nmax_files = 0 #! minimum number\nmax_file_size = 0 #! minimum file size\n}"),
        Row("many logs", task: "logs { #! log storage\nmax_files = 100\n}"),
        Row(
            "hook", group: "task \"m\" {\ndriver = \"d\"\n}", task: "lifecycle {\nhook = \"midway\" #! invalid hook\n}"),
        Row("no main task", task: "lifecycle {\nhook = \"prestart\"\n}").marking("group \"g\" {", "no main task"),
        Row("payload", task: "dispatch_payload {\nfile = \"../../../x\" #! escapes\n}"),
        Row(
            "plugin",
            task:
                "csi_plugin { #! non-empty PluginID\ntype = \"x\" #! PluginType\nmount_dir = \"/csi\"\nstage_publish_base_dir = \"/csi/x\" #! subdirectory\n}"
        ),
        Row("scaling", task: "scaling \"cpu\" {\nmin = 5\nmax = 1 #! not be less than minimum\n}"),
        Row("action", task: "action \"a b\" { #! is invalid\ncommand = \"\" #! has no command\n}"),
        Row("actions", task: "action \"a\" {\ncommand = \"x\"\n}\naction \"a\" { #! used twice\ncommand = \"x\"\n}"),
        Row(
            "partition", group: "consul {\npartition = \"a\"\n}",
            task: "consul {\npartition = \"b\" #! must equal the group's\n}"),
        Row("schedule", task: "schedule { #! Enterprise\ncron {\nstart = \"x\"\nend = \"y\"\ntimezone = \"UTC\"\n}\n}"),
        Row("vault", task: "vault {\npolicies = [\"root\"] #! root\nchange_mode = \"x\" #! Unknown change mode\n}"),
        Row("vault of the job", job: "vault {\nchange_mode = \"x\" #! Unknown change mode\n}"),
        Row(
            "identities",
            task: """
                identity {
                ttl = "1h" #! not possible for the default
                }
                identity {
                name = "a b" #! must match regex
                aud = ["x"]
                filepath = "x" #! requires file
                change_mode = "x" #! invalid change_mode
                change_signal = "SIGHUP" #! only possible with
                }
                """),
        Row(
            "secret",
            task:
                "secret \"a b\" { #! letters, digits\nprovider = \"nomad\"\npath = \"x\"\nenv { #! cannot use the env block\na = \"b\"\n}\n}\nsecret \"v\" {\nprovider = \"vault\" #! requires a vault block\npath = \"\" #! path cannot be empty\n}\nsecret \"c\" {\nprovider = \"mine\"\npath = \"p\"\nconfig { #! cannot use the config\na = 1\n}\n}"
        ),
    ]

    static let files: [Row] = [
        Row(
            "artifact",
            task: """
                artifact {
                source = "x"
                }
                artifact { #! source must be
                mode = "folder" #! invalid artifact mode
                destination = "../../x" #! escapes
                options { #! unsupported checksum
                checksum = "crc:12"
                }
                }
                """),
        Row(
            "checksum",
            task: "artifact {\nsource = \"x\"\noptions { #! 32 hexadecimal digits\nchecksum = \"md5:12\"\n}\n}"),
        Row(
            "template",
            task:
                "template { #! source path or have & specify a destination\nchange_mode = \"explode\" #! Invalid change mode\nperms = \"rw-\" #! as octal\nsplay = \"-1s\" #! positive splay\n}"
        ),
        Row(
            "wait",
            task:
                "template {\ndata = \"x\"\ndestination = \"local/x\"\nwait { #! is greater than max\nmin = \"5s\"\nmax = \"1s\"\n}\n}"
        ),
        Row(
            "templates",
            task:
                "template {\ndata = \"x\"\ndestination = \"local/x\"\n}\ntemplate {\ndata = \"y\"\ndestination = \"local/x\" #! same destination\nchange_mode = \"script\" #! must specify change script\n}\ntemplate {\ndata = \"z\"\ndestination = \"../../../x\" #! escapes\nchange_mode = \"script\"\nchange_script { #! script path value\n}\n}"
        ),
    ]
}

// The recorded table of what a change of a running job does to its allocations: the job, and for each change its
// edits, the fate of the group's allocations and the words in the plan's difference.

enum RecordedUpdates {
    /// The job that runs, as it was registered.
    static let base = #"""
        {
          "ID": "base",
          "Name": "base",
          "Type": "service",
          "Priority": 50,
          "Datacenters": ["dc1"],
          "Meta": {
            "jm": "1"
          },
          "Constraints": [
            {
              "LTarget": "${attr.kernel.name}",
              "RTarget": "linux",
              "Operand": "="
            }
          ],
          "Affinities": [
            {
              "LTarget": "${meta.rack}",
              "RTarget": "r1",
              "Operand": "=",
              "Weight": 50
            }
          ],
          "Spreads": [
            {
              "Attribute": "${meta.rack}",
              "Weight": 50,
              "SpreadTarget": [
                {
                  "Value": "r1",
                  "Percent": 100
                }
              ]
            }
          ],
          "TaskGroups": [
            {
              "Name": "g",
              "Count": 2,
              "Meta": {
                "gm": "1"
              },
              "Networks": [
                {
                  "DynamicPorts": [
                    {
                      "Label": "http",
                      "To": 8080
                    }
                  ],
                  "ReservedPorts": []
                }
              ],
              "Services": [
                {
                  "Name": "svc",
                  "PortLabel": "http",
                  "Tags": [
                    "one"
                  ],
                  "Meta": {
                    "k": "v"
                  },
                  "Checks": [
                    {
                      "Name": "alive",
                      "Type": "tcp",
                      "Interval": 10000000000,
                      "Timeout": 2000000000
                    }
                  ]
                }
              ],
              "Update": {
                "MaxParallel": 1,
                "HealthCheck": "task_states",
                "MinHealthyTime": 1000000000,
                "HealthyDeadline": 20000000000,
                "ProgressDeadline": 40000000000
              },
              "RestartPolicy": {
                "Attempts": 1,
                "Interval": 60000000000,
                "Delay": 1000000000,
                "Mode": "fail"
              },
              "ReschedulePolicy": {
                "Unlimited": true,
                "Delay": 30000000000,
                "DelayFunction": "constant"
              },
              "Migrate": {
                "MaxParallel": 1,
                "HealthCheck": "task_states",
                "MinHealthyTime": 1000000000,
                "HealthyDeadline": 20000000000
              },
              "EphemeralDisk": {
                "SizeMB": 50,
                "Sticky": false,
                "Migrate": false
              },
              "Volumes": {
                "v": {
                  "Name": "v",
                  "Type": "host",
                  "Source": "scratch",
                  "ReadOnly": false
                }
              },
              "Tasks": [
                {
                  "Name": "t",
                  "Driver": "docker",
                  "Config": {
                    "image": "busybox:1.35",
                    "command": "sleep",
                    "args": [
                      "3600"
                    ],
                    "labels": [
                      {
                        "a": "b"
                      }
                    ]
                  },
                  "User": "",
                  "Env": {
                    "A": "1"
                  },
                  "Meta": {
                    "tm": "1"
                  },
                  "KillTimeout": 5000000000,
                  "LogConfig": {
                    "MaxFiles": 2,
                    "MaxFileSizeMB": 3
                  },
                  "Resources": {
                    "CPU": 50,
                    "MemoryMB": 32
                  },
                  "Templates": [
                    {
                      "EmbeddedTmpl": "x",
                      "DestPath": "local/x",
                      "ChangeMode": "noop"
                    }
                  ],
                  "VolumeMounts": [
                    {
                      "Volume": "v",
                      "Destination": "/v",
                      "ReadOnly": false,
                      "PropagationMode": "private"
                    }
                  ]
                }
              ]
            }
          ]
        }
        """#

    /// The change, its edits as JSON (path and value in turn), the fate ("" where the count decides), the words.
    static let rows: [(change: String, edits: String, fate: String, words: [String])] = [
        (
            "no change", #"[]"#,
            "", []
        ),
        (
            "task env value", #"["TaskGroups.0.Tasks.0.Env.A","2"]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "task env added", #"["TaskGroups.0.Tasks.0.Env.B","1"]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "docker image", #"["TaskGroups.0.Tasks.0.Config.image","busybox:1.36"]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "driver config args", #"["TaskGroups.0.Tasks.0.Config.args",["7200"]]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "driver",
            #"["TaskGroups.0.Tasks.0.Driver","raw_exec","TaskGroups.0.Tasks.0.Config",{"command": "/bin/sleep"}]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "count up", #"["TaskGroups.0.Count",3]"#,
            "in-place", ["forces create"]
        ),
        (
            "count down", #"["TaskGroups.0.Count",1]"#,
            "in-place", ["forces destroy"]
        ),
        (
            "count to zero", #"["TaskGroups.0.Count",0]"#,
            "", ["forces destroy"]
        ),
        (
            "count up and env", #"["TaskGroups.0.Count",3,"TaskGroups.0.Tasks.0.Env.A","2"]"#,
            "", ["forces create", "forces create/destroy update"]
        ),
        (
            "job meta", #"["Meta.jm","2"]"#,
            "destructive", []
        ),
        (
            "group meta", #"["TaskGroups.0.Meta.gm","2"]"#,
            "destructive", []
        ),
        (
            "task meta", #"["TaskGroups.0.Tasks.0.Meta.tm","2"]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "job priority", #"["Priority",60]"#,
            "in-place", []
        ),
        (
            "job constraint added", #"["Constraints.1",{"LTarget": "${meta.rack}","RTarget": "r1","Operand": "="}]"#,
            "in-place", []
        ),
        (
            "job constraint that the node fails",
            #"["Constraints.1",{"LTarget": "${meta.rack}","RTarget": "r9","Operand": "="}]"#,
            "", []
        ),
        (
            "group constraint added",
            #"["TaskGroups.0.Constraints",[{"LTarget": "${meta.rack}","RTarget": "r1","Operand": "="}]]"#,
            "in-place", []
        ),
        (
            "task constraint added",
            #"["TaskGroups.0.Tasks.0.Constraints",[{"LTarget": "${meta.rack}","RTarget": "r1","Operand": "="}]]"#,
            "in-place", ["forces in-place update"]
        ),
        (
            "job affinity weight", #"["Affinities.0.Weight",80]"#,
            "destructive", []
        ),
        (
            "job spread removed", #"["Spreads",[]]"#,
            "destructive", []
        ),
        (
            "group spread added", #"["TaskGroups.0.Spreads",[{"Attribute": "${node.class}","Weight": 10}]]"#,
            "destructive", []
        ),
        (
            "task cpu", #"["TaskGroups.0.Tasks.0.Resources.CPU",60]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "task memory", #"["TaskGroups.0.Tasks.0.Resources.MemoryMB",40]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "task memory_max", #"["TaskGroups.0.Tasks.0.Resources.MemoryMaxMB",64]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "group network port added", #"["TaskGroups.0.Networks.0.DynamicPorts.1",{"Label": "admin"}]"#,
            "destructive", []
        ),
        (
            "group network port to", #"["TaskGroups.0.Networks.0.DynamicPorts.0.To",9090]"#,
            "destructive", []
        ),
        (
            "group network mode", #"["TaskGroups.0.Networks.0.Mode","host"]"#,
            "destructive", []
        ),
        (
            "group network static port", #"["TaskGroups.0.Networks.0.ReservedPorts.0",{"Label": "st","Value": 28123}]"#,
            "destructive", []
        ),
        (
            "service name", #"["TaskGroups.0.Services.0.Name","svc2"]"#,
            "in-place", []
        ),
        (
            "service tags", #"["TaskGroups.0.Services.0.Tags",["one","two"]]"#,
            "in-place", []
        ),
        (
            "service meta", #"["TaskGroups.0.Services.0.Meta",{"k": "w"}]"#,
            "in-place", []
        ),
        (
            "service check interval", #"["TaskGroups.0.Services.0.Checks.0.Interval",20000000000]"#,
            "in-place", []
        ),
        (
            "service port label", #"["TaskGroups.0.Services.0.PortLabel","8080"]"#,
            "in-place", []
        ),
        (
            "service removed", #"["TaskGroups.0.Services",[]]"#,
            "in-place", []
        ),
        (
            "task service added", #"["TaskGroups.0.Tasks.0.Services",[{"Name": "tsvc","PortLabel": "http"}]]"#,
            "in-place", ["forces in-place update"]
        ),
        (
            "template data", #"["TaskGroups.0.Tasks.0.Templates.0.EmbeddedTmpl","y"]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "template change_mode", #"["TaskGroups.0.Tasks.0.Templates.0.ChangeMode","restart"]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "template added",
            #"["TaskGroups.0.Tasks.0.Templates.1",{"EmbeddedTmpl": "z","DestPath": "local/z","ChangeMode": "noop"}]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "artifact added", #"["TaskGroups.0.Tasks.0.Artifacts",[{"GetterSource": "https://example.org/a.tgz"}]]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "kill_timeout", #"["TaskGroups.0.Tasks.0.KillTimeout",9000000000]"#,
            "in-place", ["forces in-place update"]
        ),
        (
            "kill_signal", #"["TaskGroups.0.Tasks.0.KillSignal","SIGINT"]"#,
            "in-place", ["forces create/destroy update"]
        ),
        (
            "user", #"["TaskGroups.0.Tasks.0.User","nobody"]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "leader", #"["TaskGroups.0.Tasks.0.Leader",true]"#,
            "in-place", ["forces create/destroy update"]
        ),
        (
            "task shutdown_delay", #"["TaskGroups.0.Tasks.0.ShutdownDelay",2000000000]"#,
            "in-place", ["forces create/destroy update"]
        ),
        (
            "group shutdown_delay", #"["TaskGroups.0.ShutdownDelay",2000000000]"#,
            "in-place", []
        ),
        (
            "update max_parallel", #"["TaskGroups.0.Update.MaxParallel",2]"#,
            "in-place", []
        ),
        (
            "update canary", #"["TaskGroups.0.Update.Canary",1]"#,
            "in-place", []
        ),
        (
            "update canary and env", #"["TaskGroups.0.Update.Canary",1,"TaskGroups.0.Tasks.0.Env.A","2"]"#,
            "", ["forces create/destroy update"]
        ),
        (
            "update max_parallel and env", #"["TaskGroups.0.Update.MaxParallel",2,"TaskGroups.0.Tasks.0.Env.A","2"]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "restart policy", #"["TaskGroups.0.RestartPolicy.Attempts",3]"#,
            "in-place", ["forces in-place update"]
        ),
        (
            "reschedule policy", #"["TaskGroups.0.ReschedulePolicy.Delay",60000000000]"#,
            "in-place", []
        ),
        (
            "migrate block", #"["TaskGroups.0.Migrate.MaxParallel",2]"#,
            "in-place", []
        ),
        (
            "logs", #"["TaskGroups.0.Tasks.0.LogConfig.MaxFiles",3]"#,
            "in-place", ["forces in-place update"]
        ),
        (
            "ephemeral_disk size", #"["TaskGroups.0.EphemeralDisk.SizeMB",60]"#,
            "destructive", []
        ),
        (
            "ephemeral_disk sticky", #"["TaskGroups.0.EphemeralDisk.Sticky",true]"#,
            "destructive", []
        ),
        (
            "volume read_only", #"["TaskGroups.0.Volumes.v.ReadOnly",true]"#,
            "in-place", []
        ),
        (
            "volume_mount destination", #"["TaskGroups.0.Tasks.0.VolumeMounts.0.Destination","/w"]"#,
            "in-place", ["forces in-place update"]
        ),
        (
            "datacenters added", #"["Datacenters",["dc1","dc2"]]"#,
            "in-place", []
        ),
        (
            "datacenters replaced", #"["Datacenters",["dc2"]]"#,
            "in-place", []
        ),
        (
            "all_at_once", #"["AllAtOnce",true]"#,
            "in-place", []
        ),
        (
            "job name", #"["Name","renamed"]"#,
            "in-place", []
        ),
        (
            "group renamed", #"["TaskGroups.0.Name","g2"]"#,
            "", ["forces create", "forces destroy"]
        ),
        (
            "task renamed", #"["TaskGroups.0.Tasks.0.Name","t2"]"#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "task added",
            #"""
            [
              "TaskGroups.0.Tasks.1",
              {
                "Name": "side",
                "Driver": "docker",
                "Config": {
                  "image": "busybox:1.35"
                },
                "Resources": {
                  "CPU": 20,
                  "MemoryMB": 16
                },
                "LogConfig": {
                  "MaxFiles": 1,
                  "MaxFileSizeMB": 1
                }
              }
            ]
            """#,
            "destructive", ["forces create/destroy update"]
        ),
        (
            "group added",
            #"""
            [
              "TaskGroups.1",
              {
                "Name": "h",
                "Count": 2,
                "EphemeralDisk": {
                  "SizeMB": 20
                },
                "Tasks": [
                  {
                    "Name": "x",
                    "Driver": "docker",
                    "Config": {
                      "image": "busybox:1.35"
                    },
                    "Resources": {
                      "CPU": 20,
                      "MemoryMB": 16
                    },
                    "LogConfig": {
                      "MaxFiles": 1,
                      "MaxFileSizeMB": 1
                    }
                  }
                ]
              }
            ]
            """#,
            "in-place", ["forces create"]
        ),
        (
            "scaling block added",
            #"["TaskGroups.0.Scaling",{"Min": 1,"Max": 5,"Enabled": true,"Policy": {"a": "b"}}]"#,
            "in-place", []
        ),
        (
            "job stopped", #"["Stop",true]"#,
            "", []
        ),
    ]
}

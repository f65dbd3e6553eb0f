/// The job files that `job init` writes.
enum ExampleJob {
    static let names = ["batch", "connect", "service"]

    static func text(_ name: String, short: Bool) -> String? {
        let text: String
        switch name {
        case "service": text = service
        case "batch": text = batch
        case "connect": text = connect
        default: return nil
        }
        guard short else { return text }
        // Comments stand on lines of their own; blank lines that they leave behind collapse.
        var lines: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.drop(while: { $0 == " " }).hasPrefix("#") { continue }
            if line.isEmpty, lines.last.map({ $0.isEmpty || $0.hasSuffix("{") }) ?? true { continue }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }

    private static let service = """
        # A job is what users run: groups of tasks that are placed together on a node.
        job "example" {
          # Datacenters whose nodes may run it.
          datacenters = ["dc1"]

          # "service" jobs run until they are stopped; there are "batch" and "system" jobs too.
          type = "service"

          # A group is placed on one node; count says how often.
          group "cache" {
            count = 1

            # Ports of the group. Without "static" the node picks a free one; "to" is the port inside the task.
            network {
              port "db" {
                to = 6379
              }
            }

            # How often a task is started again on its node before it fails.
            restart {
              attempts = 2
              interval = "30m"
              delay    = "15s"
              mode     = "fail"
            }

            # Disk that the tasks of an allocation share.
            ephemeral_disk {
              size = 300
            }

            task "redis" {
              # What runs the task: "docker", "exec", "raw_exec", "java", "qemu".
              driver = "docker"

              # Options of the driver.
              config {
                image = "redis:7"
                ports = ["db"]
              }

              # Megahertz and mebibytes.
              resources {
                cpu    = 500
                memory = 256
              }
            }
          }
        }

        """

    private static let batch = """
        # A job that runs to its end.
        job "example-batch" {
          datacenters = ["dc1"]
          type        = "batch"

          group "work" {
            task "once" {
              driver = "docker"

              config {
                image   = "busybox:1.35"
                command = "echo"
                args    = ["hello"]
              }

              resources {
                cpu    = 100
                memory = 64
              }
            }
          }
        }

        """

    private static let connect = """
        # Two services; the dashboard reaches the API through the mesh.
        job "countdash" {
          datacenters = ["dc1"]

          group "api" {
            network {
              mode = "bridge"
            }

            service {
              name = "count-api"
              port = "9001"

              connect {
                sidecar_service {}
              }
            }

            task "web" {
              driver = "docker"

              config {
                image = "hashicorpdev/counter-api:v3"
              }
            }
          }

          group "dashboard" {
            network {
              mode = "bridge"

              port "http" {
                static = 9002
                to     = 9002
              }
            }

            service {
              name = "count-dashboard"
              port = "9002"

              connect {
                sidecar_service {
                  proxy {
                    upstreams {
                      destination_name = "count-api"
                      local_bind_port  = 8080
                    }
                  }
                }
              }
            }

            task "dashboard" {
              driver = "docker"

              env {
                COUNTING_SERVICE_URL = "http://${NOMAD_UPSTREAM_ADDR_count_api}"
              }

              config {
                image = "hashicorpdev/counter-dashboard:v3"
              }
            }
          }
        }

        """
}

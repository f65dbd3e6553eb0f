import Base
import Model

/// Nodes and a job to place, the same in every run.
enum BenchmarkCluster {
    static func nodes(_ count: Int) -> [Node] {
        (0..<count).map { number in
            var node = Node()
            node.id = NodeID(high: 0xBE, low: UInt64(number) + 1)
            (node.name, node.datacenter, node.status) = ("node-\(number)", "dc\(number % 3 + 1)", .ready)
            node.nodeClass = number % 4 == 0 ? "large" : "small"
            node.attributes = [
                "kernel.name": "linux", "cpu.arch": number % 10 == 0 ? "arm64" : "amd64", "driver.raw_exec": "1",
            ]
            node.meta = ["rack": "r\(number % 40)"]
            node.nodeResources.cpu.cpuShares = number % 4 == 0 ? 64_000 : 32_000
            node.nodeResources.memory.memoryMB = number % 4 == 0 ? 262_144 : 131_072
            node.nodeResources.disk.diskMB = 1_000_000
            var driver = DriverInfo()
            (driver.detected, driver.healthy) = (true, true)
            node.drivers = ["raw_exec": driver]
            node.computeClass()
            return node
        }
    }

    static func job(count: Int) -> Job {
        var task = TaskSpec()
        (task.name, task.driver, task.config) = ("main", "raw_exec", ["command": "/bin/sleep"])
        (task.resources.cpu, task.resources.memoryMB) = (100, 256)
        var group = GroupSpec()
        (group.name, group.count, group.tasks) = ("g", count, [task])
        group.ephemeralDisk.sizeMB = 100
        var job = Job()
        (job.id, job.name, job.datacenters, job.taskGroups) = ("bench", "bench", ["dc*"], [group])
        job.constraints = [
            Constraint(lTarget: "${attr.kernel.name}", operand: "=", rTarget: "linux"),
            Constraint(lTarget: "${attr.cpu.arch}", operand: "=", rTarget: "amd64"),
        ]
        return job
    }
}

/// A job file of about 200 lines, of the kind that people write.
enum BenchmarkJob {
    static let text: String = {
        var text = """
            variable "version" {
              type    = string
              default = "1.4.2"
            }

            locals {
              image = "registry.example/shop:${var.version}"
            }

            job "shop" {
              datacenters = ["dc1", "dc2"]
              type        = "service"

              constraint {
                attribute = "${attr.kernel.name}"
                value     = "linux"
              }

              update {
                max_parallel     = 2
                canary           = 1
                min_healthy_time = "20s"
                healthy_deadline = "3m"
              }


            """
        for name in ["front", "api", "search", "mail"] {
            text += """
                  group "\(name)" {
                    count = 3

                    network {
                      port "http" {
                        to = 8080
                      }
                    }

                    service {
                      name = "shop-\(name)"
                      port = "http"
                      tags = ["v${replace(var.version, ".", "-")}", "\(name)"]

                      check {
                        type     = "http"
                        path     = "/healthz"
                        interval = "10s"
                        timeout  = "2s"
                      }
                    }

                    task "server" {
                      driver = "docker"

                      config {
                        image = local.image
                        ports = ["http"]
                        args  = ["-listen", ":${NOMAD_PORT_http}"]
                      }

                      env {
                        VERSION = var.version
                        NODE    = "${node.unique.name}"
                      }

                      resources {
                        cpu    = 500
                        memory = 512
                      }
                    }
                  }


                """
        }
        return text + "}\n"
    }()
}

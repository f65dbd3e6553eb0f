import Base
import Glibc
import Testing

@testable import Drivers

/// The java driver, with the node's Java.
@Suite(.timeLimit(.minutes(5))) struct JavaTests {
    @Test func theProgramRuns() async throws {
        guard geteuid() == 0 else { return print("skipped: java needs root") }
        try await Workshop.run("java") { w in
            let driver = JavaDriver(settings: JavaSettings(), environment: w.environment)
            let found = await driver.fingerprint()
            guard found.healthy else { return print("skipped: \(found.description)") }
            #expect(found.attributes["driver.java"] == "true")
            #expect(found.attributes["driver.java.version"]?.isEmpty == false)
            // A source file is run as it is since Java 11.
            let task = try w.start(
                ["class": "/local/Hello.java", "jvm_options": ["-Xmx32m"], "args": ["you"]], memoryMB: 512)
            let program =
                "class Hello { public static void main(String[] a) { System.out.println(\"hello \" + a[0]); } }"
            try FileTree.write(Array(program.utf8), to: task.directories.local + "/Hello.java", mode: 0o644)
            let handle = try await driver.start(task).handle
            let exit = try await driver.wait(handle)
            let errors = try w.log(task, "stderr")
            if errors.contains("jdk.compiler") { return print("skipped: only the Java runtime is installed") }
            #expect(exit.isSuccess, "\(errors)")
            #expect(try w.log(task) == "hello you\n")
            try await driver.destroy(handle, force: false)
        }
    }

    static let lines: [(JSON, [String])] = [
        (["jar_path": "local/a.jar", "args": ["x"]], ["-jar", "local/a.jar", "x"]),
        (["class": "Main", "class_path": "a:b", "jvm_options": ["-Xmx1g"]], ["-Xmx1g", "-cp", "a:b", "Main"]),
    ]

    @Test(arguments: lines)
    func commandLines(config: JSON, line: [String]) throws {
        #expect(try JavaConfig(config).command("/usr/bin/java").arguments == line)
        #expect(try JavaConfig(config).command("/usr/bin/java").command == "/usr/bin/java")
    }

    @Test func nothingToRun() {
        let error = #expect(throws: DriverError.self) { try JavaConfig(["args": ["x"]]) }
        #expect(error?.message == "config of driver \"java\": jar_path: is missing, and so is class")
    }

    @Test func versions() {
        let text = "Picked up X\nopenjdk version \"17.0.1\" 2021\nOpenJDK Runtime (build 1)\nOpenJDK VM (mixed)\n"
        #expect(JavaVersion(text)?.version == "17.0.1")
        #expect(JavaVersion(text)?.machine == "OpenJDK VM (mixed)")
        #expect(JavaVersion("no java here") == nil)
    }
}

// swift-tools-version: 6.2
import PackageDescription

// The shells: everything that does I/O, and the executables. The pure half is Core/.

let lenient: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]
let strict = lenient + [.enableUpcomingFeature("MemberImportVisibility")]

/// `Commands` imports Foundation, Glibc and NIO, and the compiler gives `struct stat` to any of their C modules, another
/// one in debug and in release builds: no import satisfies both, so that room does without the check.
func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: name, dependencies: dependencies, swiftSettings: name == "Commands" ? lenient : strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.target(name: name)] + dependencies,
        swiftSettings: strict)
}

func product(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package)
}

/// Rooms of the Core package.
func core(_ names: String...) -> [Target.Dependency] { names.map { product($0, "Core") } }

let hummingbird = product("Hummingbird", "hummingbird")
let nio: [Target.Dependency] = [
    product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"),
    product("NIOHTTP1", "swift-nio"), product("NIOFoundationCompat", "swift-nio"),
]
let logging = product("Logging", "swift-log")
let lifecycle = product("ServiceLifecycle", "swift-service-lifecycle")

let package = Package(
    name: "caravan",
    products: [
        .executable(name: "caravan", targets: ["caravan"]),
        .executable(name: "caravan-shim", targets: ["caravan-shim"]),
        .library(name: "CaravanClient", targets: ["CaravanClient"]),
    ],
    dependencies: [
        .package(path: "Core"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.34.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
    ],
    targets: [
        room("Journal", core("Base", "Model", "State") + [product("GRDB", "GRDB.swift"), logging]),
        room(
            "Server",
            core("Base", "Model", "State", "Scheduling", "ControlPlane") + ["Journal", "CMalloc", logging, lifecycle]),
        room(
            "NodeLink",
            core("Base", "Model", "State", "ControlPlane", "AgentCore") + [
                "Server",
                product("GRPCCore", "grpc-swift-2"),
                product("GRPCNIOTransportHTTP2", "grpc-swift-nio-transport"), logging, lifecycle,
                product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"), product("NIOSSL", "swift-nio-ssl"),
                product("NIOCertificateReloading", "swift-nio-extras"),
            ]),
        room(
            "Drivers",
            core("Base", "Model", "AgentCore") + nio + [logging, product("AsyncHTTPClient", "async-http-client")]),
        room(
            "NodeAgent",
            core("Base", "Model", "AgentCore") + nio
                + [
                    "Drivers", product("GRDB", "GRDB.swift"), product("AsyncHTTPClient", "async-http-client"), logging,
                    lifecycle,
                ]),
        room(
            "HTTPAPI",
            core(
                "Base", "HCL", "Model", "JobSpec", "State", "AccessControl", "Scheduling", "ControlPlane", "AgentCore")
                + nio
                + [
                    "Server", logging, lifecycle, product("HummingbirdCore", "hummingbird"),
                    product("NIOWebSocket", "swift-nio"), product("NIOHTTPTypes", "swift-nio-extras"),
                    product("NIOHTTPTypesHTTP1", "swift-nio-extras"),
                    product("NIOHTTPCompression", "swift-nio-extras"), product("HTTPTypes", "swift-http-types"),
                    product("NIOSSL", "swift-nio-ssl"),
                    product("AsyncHTTPClient", "async-http-client"),
                ]),
        room(
            "CaravanClient",
            core("Base") + nio + [
                product("NIOWebSocket", "swift-nio"), product("NIOSSL", "swift-nio-ssl"),
                product("AsyncHTTPClient", "async-http-client"),
            ]),
        room(
            "Commands",
            core("Base", "HCL", "Model", "JobSpec", "State", "Scheduling", "ControlPlane", "AgentCore") + [
                "Journal", "Server", "NodeLink", "Drivers", "NodeAgent", "HTTPAPI",
                "CaravanClient", product("AsyncHTTPClient", "async-http-client"), logging, lifecycle,
            ]),
        .executableTarget(name: "caravan", dependencies: ["Commands"], swiftSettings: strict),
        .executableTarget(
            name: "caravan-bench",
            dependencies: core("Base", "Model", "JobSpec", "State", "Scheduling", "ControlPlane", "AgentCore") + [
                "Journal", "Server", "NodeLink", "HTTPAPI", "CaravanClient", logging, lifecycle,
            ],
            swiftSettings: strict),
        .target(name: "CShim"),
        .systemLibrary(name: "CMalloc"),
        .executableTarget(name: "caravan-shim", dependencies: ["CShim"], swiftSettings: strict),
        tests("Journal", core("Base", "Model", "State") + [product("GRDB", "GRDB.swift"), logging]),
        tests("Server", core("Base", "Model", "State", "ControlPlane") + ["Journal", logging]),
        tests(
            "NodeLink",
            core("Base", "Model", "State", "ControlPlane", "AgentCore") + [
                "Journal", "Server", "TestHost", lifecycle, logging,
            ]),
        tests("Drivers", core("Base", "Model", "AgentCore") + ["CShim", "TestHost"]),
        tests("NodeAgent", core("Base", "Model", "AgentCore") + ["Drivers", "TestHost"]),
        tests(
            "HTTPAPI",
            core("Base", "Model", "State", "AccessControl", "ControlPlane", "AgentCore") + ["Server", "Journal"]),
        tests("Commands", core("Base", "Model") + ["CaravanClient"]),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .testTarget(name: "EndToEndTests", dependencies: core("Base") + ["TestHost"], swiftSettings: strict),
        .target(name: "TestHost", path: "Tests/TestHost", swiftSettings: strict),
    ]
)

// swift-tools-version: 6.2
import PackageDescription

// The pure half of Caravan: values and state machines, no I/O, no clock, no randomness.
// The import table of docs/architecture.md is written down here and checked by the tidy test.

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.target(name: name)] + dependencies,
        swiftSettings: strict)
}

let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let hashTree = Target.Dependency.product(name: "HashTreeCollections", package: "swift-collections")

let package = Package(
    name: "Core",
    products: [
        .library(name: "Base", targets: ["Base"]),
        .library(name: "HCL", targets: ["HCL"]),
        .library(name: "Model", targets: ["Model"]),
        .library(name: "JobSpec", targets: ["JobSpec"]),
        .library(name: "State", targets: ["State"]),
        .library(name: "AccessControl", targets: ["AccessControl"]),
        .library(name: "Scheduling", targets: ["Scheduling"]),
        .library(name: "ControlPlane", targets: ["ControlPlane"]),
        .library(name: "AgentCore", targets: ["AgentCore"]),
        .library(name: "Simulation", targets: ["Simulation"]),
        .executable(name: "caravan-sim", targets: ["caravan-sim"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
    ],
    targets: [
        // Rounding of doubles is libm's; nothing else in Core would bring it to the linker.
        .target(name: "Base", swiftSettings: strict, linkerSettings: [.linkedLibrary("m")]),
        room("HCL", ["Base"]),
        room("Model", ["Base"]),
        room("JobSpec", ["Base", "HCL", "Model"]),
        room("State", ["Base", "Model", hashTree]),
        room("AccessControl", ["Base", "HCL", "Model", "State"]),
        room("Scheduling", ["Base", "Model", "State", collections]),
        room("ControlPlane", ["Base", "Model", "State", "AccessControl", "Scheduling", collections]),
        room("AgentCore", ["Base", "Model"]),
        room(
            "Simulation",
            ["Base", "HCL", "Model", "JobSpec", "State", "Scheduling", "ControlPlane", "AgentCore", collections]),
        .executableTarget(
            name: "caravan-sim", dependencies: ["Base", "Simulation"], swiftSettings: strict),
        tests("Base"),
        tests("HCL", ["Base"]),
        tests("Model", ["Base"]),
        tests("JobSpec", ["Base", "HCL", "Model"]),
        tests("State", ["Base", "Model"]),
        tests("AccessControl", ["Base", "Model", "State"]),
        tests("Scheduling", ["Base", "Model", "State"]),
        tests("ControlPlane", ["Base", "Model", "State", "AccessControl", "Scheduling"]),
        tests("AgentCore", ["Base", "Model"]),
        tests("Simulation", ["Base", "Model", "State", "ControlPlane", "AgentCore"]),
    ]
)

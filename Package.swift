// swift-tools-version: 6.2
// Tidemark: a stream processor for banks. Dependencies are C libraries of the distribution; there is no
// Swift package from outside the toolchain.
import PackageDescription

func isSet(_ name: String) -> Bool { Context.environment["TIDEMARK_\(name)"] != nil }

// Release builds are laid out by how often each piece of code is reached, as deploy/profile counts it. Code that counts
// (there, under a sanitizer, in the fuzzer) is another.
var counts: [SwiftSetting] = []
if isSet("COUNTING") {
    counts = [.define("COUNTING")]
} else if !isSet("SANITIZE") && !isSet("FUZZ") {
    let file = "\(Context.packageDirectory)/deploy/tidemark.profdata"
    counts = [
        .unsafeFlags(["-Xfrontend", "-ir-profile-use=\(file)"], .when(configuration: .release))
    ]
}

/// What every target is built with: warnings are errors, memory safety is strict, the coming language
/// features are on.
let house: [SwiftSetting] =
    [
        .treatAllWarnings(as: .error),
        .strictMemorySafety(),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableExperimentalFeature("Lifetimes"),
    ] + counts

// A sanitizer (deploy/sanitize) brings an allocator of its own, and two would free what the other has given.
let allocator: [Target.Dependency] =
    isSet("SANITIZE") ? [] : ["CJemalloc"]

let package = Package(
    name: "tidemark",
    products: [.executable(name: "tidemark", targets: ["tidemark"])],
    targets: [
        // C libraries of the distribution.
        .systemLibrary(
            name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(
            name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(
            name: "CMicroHTTPD", pkgConfig: "libmicrohttpd",
            providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(
            name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CSystem"),
        // The allocator of the program; linked before the C library it takes the place of its own.
        .target(name: "CJemalloc", linkerSettings: [.linkedLibrary("jemalloc")]),

        // What Swift has no name for: an instruction, and huge pages.
        .systemLibrary(name: "CMemory"),
        // Comparisons of sixteen bytes, for which its vectors are slow.
        .systemLibrary(name: "CVector"),

        // The rooms; dependencies point one way.
        .target(name: "Banking", swiftSettings: house),
        .target(name: "Formats", dependencies: ["Banking", "CVector"], swiftSettings: house),
        .target(name: "Engine", dependencies: ["Banking", "CMemory"], swiftSettings: house),
        .target(name: "Checkpoint", dependencies: ["Banking", "Engine"], swiftSettings: house),
        .target(
            name: "Kafka", dependencies: ["CMemory", "CRdKafka", "CSystem"], swiftSettings: house),
        .target(
            name: "Pipeline",
            dependencies: ["Banking", "Formats", "Engine", "Checkpoint", "Kafka"],
            swiftSettings: house),
        .target(
            name: "Operations",
            dependencies: [
                "Banking", "Formats", "Engine", "Kafka", "Pipeline", "CYAML", "CMicroHTTPD",
                "CSystemd",
            ],
            swiftSettings: house),
        .target(name: "Generator", dependencies: ["Banking"], swiftSettings: house),
        .executableTarget(
            name: "tidemark",
            dependencies: [
                "Banking", "Formats", "Engine", "Checkpoint", "Kafka", "Pipeline", "Operations",
                "Generator",
            ] + allocator,
            swiftSettings: house),

        // Tests.
        .testTarget(
            name: "SchemaTests",
            dependencies: ["Banking", "Engine", "Formats", "Operations", "Pipeline"],
            swiftSettings: house),
        .testTarget(
            name: "OperationsTests",
            dependencies: ["Banking", "Formats", "Engine", "Kafka", "Pipeline", "Operations"],
            swiftSettings: house),
        .testTarget(name: "BankingTests", dependencies: ["Banking"], swiftSettings: house),
        .testTarget(
            name: "FormatsTests", dependencies: ["Banking", "Formats"], swiftSettings: house),
        .testTarget(
            name: "CheckpointTests", dependencies: ["Banking", "Engine", "Checkpoint"],
            swiftSettings: house),
        // For runs under ThreadSanitizer; of use to every test in the one program that they become.
        .target(name: "SanitizerThreads", path: "Tests/SanitizerThreads"),
        .testTarget(
            name: "KafkaTests",
            dependencies: ["CRdKafka", "Kafka", "BrokerSupport", "SanitizerThreads"],
            swiftSettings: house),
        .testTarget(
            name: "PipelineTests",
            dependencies: [
                "Banking", "Formats", "Engine", "Checkpoint", "Kafka", "Pipeline", "SamplePolicy",
            ],
            swiftSettings: house),

        // The bank of tests that ask for nothing special.
        .target(
            name: "SamplePolicy", dependencies: ["Banking", "Engine"], path: "Tests/SamplePolicy",
            swiftSettings: house),

        // What random tests draw from, and the seeds they try.
        .target(name: "Randomness", path: "Tests/Randomness", swiftSettings: house),

        // Workers in a deterministic world that goes wrong at every step.
        .testTarget(
            name: "SimulatorTests",
            dependencies: [
                "Banking", "Formats", "Engine", "Checkpoint", "Kafka", "Pipeline", "Randomness",
                "SamplePolicy",
            ],
            swiftSettings: house),

        .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
        .testTarget(
            name: "PerformanceTests",
            dependencies: [
                "AllocationCounter", "Banking", "BrokerSupport", "Engine", "Formats", "Generator",
                "SamplePolicy",
            ],
            swiftSettings: house),

        // The data path without Kafka, for profilers and for counting instructions.
        .executableTarget(
            name: "Workload",
            dependencies: ["Banking", "Engine", "Formats", "Generator", "SamplePolicy"],
            path: "Tests/Workload", swiftSettings: house),

        // JSON as the tests read it, and cases in YAML.
        .target(
            name: "JSONSupport", dependencies: ["Operations"], path: "Tests/JSONSupport",
            swiftSettings: house),

        // The built program against a real Kafka.
        .target(
            name: "BrokerSupport", dependencies: ["CRdKafka"], path: "Tests/BrokerSupport",
            swiftSettings: house),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "Banking", "Formats", "Generator", "Operations", "Pipeline", "tidemark",
                "BrokerSupport",
            ],
            swiftSettings: house),

        // Single threads of the program that stand still.
        .target(name: "ThreadStop", path: "Tests/ThreadStop"),
        .testTarget(
            name: "BrokerTests",
            dependencies: [
                "Banking", "Formats", "Engine", "Kafka", "Operations", "Oracle", "BrokerSupport",
                "JSONSupport", "ThreadStop",
            ],
            swiftSettings: house),

        // The naive reference of the semantics, and what is compared with it.
        .target(
            name: "Oracle", dependencies: ["Banking", "Engine"], path: "Tests/Oracle",
            swiftSettings: house),
        .testTarget(
            name: "EngineTests",
            dependencies: ["Banking", "Engine", "Formats", "Oracle", "Randomness"],
            swiftSettings: house),
        .testTarget(
            name: "CaseTests",
            dependencies: [
                "Banking", "Engine", "Formats", "Pipeline", "Operations", "Oracle", "JSONSupport",
            ],
            swiftSettings: house),
    ]
)

// Its entry is libFuzzer's, so that only a build for the fuzzer (deploy/fuzz) can link it.
if isSet("FUZZ") {
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: ["Banking", "Checkpoint", "Engine", "Formats", "Operations"],
            path: "Tests/Fuzz", swiftSettings: house))
}

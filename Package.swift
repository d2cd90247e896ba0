// swift-tools-version: 6.2

import Foundation
import PackageDescription

/// The folder that holds libtorch's `lib` and `include`; `scripts/fetch-libtorch` fills the default one.
let libtorch = Context.environment["LIBTORCH"] ?? Context.packageDirectory + "/.libtorch"

/// Where libtorch has CUDA, so has what is built against it; `CUDA_HOME` then names the folder of CUDA's own headers.
let hasCUDA = FileManager.default.fileExists(atPath: libtorch + "/lib/libtorch_cuda.so")
let cudaHome = Context.environment["CUDA_HOME"] ?? "/usr/local/cuda"

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    // SE-0335, SE-0444, SE-0409
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let cSettings: [CSetting] = [.enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error)]
let cxxSettings: [CXXSetting] = [.enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error)]

/// Nobody looks at errno, for whose sake a square root wouldn't be vectorised; the package manager has no setting for it.
let withoutErrno = "-fno-math-errno"

let package = Package(
    name: "gand",
    products: [
        .executable(name: "gand", targets: ["gand"]),
        .executable(name: "gand-bench", targets: ["gand-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        // C libraries
        .target(
            name: "CMicroHTTPD", cSettings: cSettings,
            linkerSettings: [.linkedLibrary("microhttpd"), .linkedLibrary("gnutls")]),
        .target(name: "CSharedCores", cSettings: cSettings),
        .target(
            name: "CTorch",
            // Unsafe flags, since what pkg-config gives the package manager can't name system headers, which warn, nor an rpath.
            cxxSettings: cxxSettings + (hasCUDA ? [.define("GAND_CUDA")] : []) + [
                .unsafeFlags(
                    [
                        "-isystem", libtorch + "/include",
                        "-isystem", libtorch + "/include/torch/csrc/api/include",
                        "-fvisibility=hidden", withoutErrno,
                    ] + (hasCUDA ? ["-isystem", cudaHome + "/include"] : []))
            ],
            linkerSettings: [
                .linkedLibrary("torch"), .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
            ] + (hasCUDA ? [.linkedLibrary("torch_cuda"), .linkedLibrary("c10_cuda")] : []) + [
                .unsafeFlags(["-L" + libtorch + "/lib", "-Xlinker", "-rpath", "-Xlinker", libtorch + "/lib"])
            ]),
        .target(name: "CSampling", cSettings: cSettings + [.unsafeFlags([withoutErrno])]),
        .target(name: "CAllocationCount", cSettings: cSettings),
        .systemLibrary(name: "CSpng", providers: [.apt(["libspng-dev"])]),
        .systemLibrary(name: "CTurboJPEG", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CArchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CNettle", providers: [.apt(["nettle-dev"])]),
        .systemLibrary(name: "CCairo", providers: [.apt(["libcairo2-dev"])]),

        // The product, each line above what stands on it
        .target(
            name: "Codecs",
            dependencies: ["CSpng", "CTurboJPEG", "CArchive", "CZlib", "CCairo", "CNettle"],
            swiftSettings: swiftSettings),
        .target(name: "Torch", dependencies: ["CTorch", "Codecs"], swiftSettings: swiftSettings),
        .target(name: "Networks", dependencies: ["Torch"], swiftSettings: swiftSettings),
        .target(name: "Datasets", dependencies: ["Torch", "Codecs"], swiftSettings: swiftSettings),
        .target(
            name: "Adversarial", dependencies: ["CSampling", "Networks", "Datasets", "Torch", "Codecs"],
            swiftSettings: swiftSettings),
        .target(
            name: "Store",
            dependencies: [
                "Codecs", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "Jobs",
            dependencies: [
                "Adversarial", "Store", "Datasets", "Torch", "Codecs",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "HTTPServer",
            dependencies: ["CMicroHTTPD", .product(name: "Logging", package: "swift-log")],
            swiftSettings: swiftSettings),
        .target(
            name: "Service",
            dependencies: [
                "HTTPServer", "Jobs", "Store", "Adversarial", "Datasets", "Torch", "Codecs",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "gand",
            dependencies: [
                "Service", "HTTPServer", "Jobs", "Store", "Codecs", "Torch", "CSharedCores",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "gand-bench",
            dependencies: [
                "Adversarial", "Networks", "Datasets", "Store", "Torch", "Codecs", "CAllocationCount",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["peers"],
            swiftSettings: swiftSettings),

        // Tests mirror the targets
        .target(name: "TestSupport", dependencies: ["Codecs"], path: "Tests/TestSupport", swiftSettings: swiftSettings),
        .testTarget(name: "CSamplingTests", dependencies: ["CSampling"], swiftSettings: swiftSettings),
        .testTarget(
            name: "CodecsTests", dependencies: ["Codecs", "TestSupport"], resources: [.copy("Golden")],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "TorchTests", dependencies: ["Torch", "CTorch", "Codecs", "TestSupport"], swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "NetworksTests", dependencies: ["Networks", "Torch", "Codecs", "TestSupport"],
            resources: [.copy("Golden")], swiftSettings: swiftSettings),
        .testTarget(
            name: "DatasetsTests", dependencies: ["Datasets", "Torch", "Codecs", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "AdversarialTests",
            dependencies: ["Adversarial", "Networks", "Datasets", "Torch", "Codecs", "TestSupport"],
            resources: [.copy("Golden")], swiftSettings: swiftSettings),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Store", "Codecs", "TestSupport", .product(name: "Logging", package: "swift-log")],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "JobsTests",
            dependencies: [
                "Jobs", "Store", "Adversarial", "Datasets", "Torch", "Codecs", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "HTTPServerTests",
            dependencies: ["HTTPServer", "TestSupport", .product(name: "Logging", package: "swift-log")],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ServiceTests",
            dependencies: [
                "Service", "HTTPServer", "Jobs", "Store", "Adversarial", "Datasets", "Torch", "Codecs", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.copy("Golden")], swiftSettings: swiftSettings),
        .testTarget(
            name: "GandTests",
            dependencies: [
                "gand", "HTTPServer", "Store", "Codecs", "TestSupport", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
    ],
    cLanguageStandard: .gnu11,
    cxxLanguageStandard: .cxx20
)

// What scripts/sanitize and scripts/fuzz build differently: only some of the tests, and the fuzzers, which need libFuzzer.
if let wanted = Context.environment["GAND_TEST_TARGETS"]?.split(separator: " ").map(String.init) {
    package.targets.removeAll { $0.type == .test && !wanted.contains($0.name) }
}
if let libFuzzer = Context.environment["GAND_LIBFUZZER"] {
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "CFuzzer", "Service", "HTTPServer", "Store", "Adversarial", "Datasets", "Codecs", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Fuzz", exclude: ["CFuzzer", "Corpus"], swiftSettings: swiftSettings,
            linkerSettings: [.unsafeFlags([libFuzzer]), .linkedLibrary("stdc++")]),
    ]
}

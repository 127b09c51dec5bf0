// swift-tools-version: 6.2
import PackageDescription

// One language mode and one set of gates for every room: see "Settings" in docs/DEVELOPING.md.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
    .strictMemorySafety(),
    // Generic kernels are specialised across rooms only with this flag (measured: 8–16 ns a row without).
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

// The store's loops over columns touch properties of classes for every batch, and what reads sources
// does for every row; the check that no other access overlaps costs more than the loops there. Debug
// builds, and so the tests, keep it.
let storing =
    strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

// Tests keep the language gates, but not the memory-safety markers: they hold no raw pointers.
let testing: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
]

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")

let package = Package(
    name: "reportd",
    products: [.executable(name: "reportd", targets: ["reportd"])],
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    ],
    targets: [
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CXlsxwriter", pkgConfig: "xlsxwriter", providers: [.apt(["libxlsxwriter-dev"])]),
        .systemLibrary(
            name: "CPangoCairo", pkgConfig: "pangocairo",
            providers: [.apt(["libcairo2-dev", "libpango1.0-dev"])]),
        .systemLibrary(
            name: "CRsvg", pkgConfig: "librsvg-2.0", providers: [.apt(["librsvg2-dev"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // Loops over codes in C: only there the compiler makes a variant per processor generation
        // and chooses among them when the program starts.
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),

        // Lines of separated fields, written from columns of numbers and words.
        .target(name: "CCells", cSettings: [.unsafeFlags(["-O3"])]),

        // Every model as a table of SQLite, filled in batches by Store.
        .target(
            name: "CSQLTable", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])],
            linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(
            name: "Vocabulary", dependencies: [.product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        .target(
            name: "Store",
            dependencies: ["Vocabulary", "CKernels", "CSQLTable", "CZstd", grdb, sqlite],
            swiftSettings: storing),
        .target(
            name: "Ingest",
            dependencies: [
                "Vocabulary", "Store", "CLibpq",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], swiftSettings: storing),
        .target(name: "Analytics", dependencies: ["Vocabulary", "Store"], swiftSettings: strict),
        .target(
            name: "Reports",
            dependencies: [
                "Vocabulary", "CCells", "CXlsxwriter", "CPangoCairo", "CRsvg", "CZlib",
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "reportd",
            dependencies: [
                "Vocabulary", "Store", "Ingest", "Analytics", "Reports", "CCurl", grdb,
                sqlite,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            resources: [.embedInCode("Web/Assets")], swiftSettings: strict),
        // Speed as ratios to other programs; run by ‘make bench’ and part of no product.
        .executableTarget(
            name: "reportd-bench",
            dependencies: [
                "Vocabulary", "Store", "Ingest", "Analytics", "Reports", "CouchStandIn", "CZlib",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Tests/Bench",
            exclude: [
                "definitions", "peer.py", "cells.c", "cells.py", "mail.py", "paper.py", "weight.py",
            ],
            swiftSettings: strict),

        .executableTarget(
            name: "bare-server",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ], path: "Tests/BareServer", swiftSettings: strict),

        // Programs we did not write, which tests talk to and have our output read back by.
        .target(name: "Counterparts", path: "Tests/Counterparts", swiftSettings: testing),
        // A server that answers as CouchDB does, since no package of Debian holds the real one.
        .target(name: "CouchStandIn", path: "Tests/CouchStandIn", swiftSettings: testing),
        // The systems that we read: their tables, made and filled, and a server that holds them.
        .target(
            name: "SourceSystems", dependencies: ["Ingest", "Store", "Vocabulary"],
            path: "Tests/SourceSystems", exclude: ["Schemas"], swiftSettings: testing),
        .testTarget(name: "TidyTests", swiftSettings: testing),
        .testTarget(
            name: "VocabularyTests", dependencies: ["Vocabulary", "Counterparts"],
            swiftSettings: testing),
        .testTarget(
            name: "StoreTests", dependencies: ["Store", "Vocabulary", grdb], exclude: ["Golden"],
            swiftSettings: testing),
        .testTarget(
            name: "IngestTests",
            dependencies: [
                "Ingest", "Store", "Vocabulary", "CouchStandIn", "Counterparts", "SourceSystems",
            ], swiftSettings: testing),
        .testTarget(
            name: "PackTests",
            dependencies: [
                "Analytics", "Ingest", "Store", "Vocabulary", "Counterparts", "CouchStandIn",
                "SourceSystems",
            ], exclude: ["Foreign", "Oracles"], swiftSettings: testing),
        .testTarget(
            name: "AnalyticsTests",
            dependencies: ["Analytics", "Store", "Vocabulary", "Counterparts"],
            swiftSettings: testing),
        .testTarget(
            name: "ReportsTests", dependencies: ["Reports", "Vocabulary", "Counterparts"],
            swiftSettings: testing),
        .testTarget(
            name: "ReportdTests",
            dependencies: [
                "reportd", "Vocabulary", "Store", "Ingest", "Analytics", "Reports", "Counterparts",
                "CouchStandIn", "SourceSystems",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"), grdb,
            ], swiftSettings: testing),
    ]
)

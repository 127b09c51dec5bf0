import Foundation
import Store
import Vocabulary

@testable import Analytics

/// Numbers that are the same in every run of a seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// The folders of the repository that tests read.
enum Folders {
    private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    /// The product's own definitions.
    static let queries = here.appendingPathComponent("../../queries").standardized.path
}

/// A store in a folder of its own that disappears with it.
final class TestStore {
    let store: Store
    private let folder: URL

    init(schema: Schema, clock: WallClock) throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        store = try Store(path: folder.path + "/test.sqlite", schema: schema, clock: clock)
    }

    deinit {
        try? store.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Rows as cases write them.
    func add(_ model: String, _ table: String) throws {
        let node = try DefinitionNode(
            parsing: "rows: |\n"
                + table.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"),
            file: "rows.yaml")
        var batch = ChangeBatch()
        try CaseRows(model: try store.schema.model(model), schema: store.schema).add(
            CaseTable(try node.mapping(allowing: ["rows"]).required("rows")), to: &batch)
        try store.commit(batch)
    }
}

extension Definitions {
    /// The product's own definitions.
    static func shipped() throws -> Definitions { try read.get() }

    private static let read = Result {
        try Definitions(folder: Folders.queries, schema: try Schema(definitions: Folders.queries))
    }

    /// Definitions written in a test.
    static func written(
        _ metrics: String, dashboards: [String] = [], reports: [String] = []
    ) throws -> Definitions {
        try Definitions(
            metrics: [DefinitionNode(parsing: metrics, file: "metrics/m.yaml")],
            dashboards: dashboards.map {
                try DefinitionNode(parsing: $0, file: "dashboards/d.yaml")
            },
            reports: reports.map { try DefinitionNode(parsing: $0, file: "reports/r.yaml") },
            schema: try Schema(definitions: Folders.queries))
    }
}

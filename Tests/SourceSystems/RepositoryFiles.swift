import Foundation

/// The definitions of this repository.
let definitionsFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("queries").path

/// The tables of one of the systems that we read, as SQL.
func sourceTables(_ name: String) throws -> String {
    try String(
        contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Schemas/\(name).sql"), encoding: .utf8)
}

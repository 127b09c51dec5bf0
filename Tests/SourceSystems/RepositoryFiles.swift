import Foundation

let repositoryFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

/// The definitions of this repository.
let definitionsFolder = repositoryFolder + "/queries"

/// The tables of one of the systems that we read, as SQL.
func sourceTables(_ name: String) throws -> String {
    try String(
        contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Schemas/\(name).sql"), encoding: .utf8)
}

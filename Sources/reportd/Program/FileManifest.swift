import Crypto
import Foundation
import Reports
import Vocabulary

/// What is told about a CSV file in a JSON file beside it, by which whoever receives it can tell that
/// all of it has come: docs/FILES.md lists the fields.
///
/// Totals are the declared ones: the file would not exist if its rows did not add up to them.
struct FileManifest {
    private let document: ReportDocument
    private let table: ResultTable
    private let output: ReportOutput

    /// Bytes that are read at a time.
    private static let pieceSize = 1 << 20

    /// Prepares to tell of a file.
    ///
    /// - Throws: `Advice` when the output is no CSV file of one table.
    init(_ document: ReportDocument, _ output: ReportOutput) throws {
        guard output.format == .csv else {
            throw Advice(
                .request, "only a CSV file has a manifest",
                remedy: "choose the format csv, or leave the manifest out")
        }
        guard
            let table = document.tables.first(where: { $0.name == output.table })
                ?? (document.tables.count == 1 ? document.tables.first : nil)
        else {
            throw Advice(
                .request, "a manifest tells of one table",
                remedy: "choose a table: "
                    + document.tables.map(\.name).joined(separator: ", "))
        }
        self.document = document
        self.table = table
        self.output = output
    }

    /// Writes the manifest of a file that is complete.
    ///
    /// - Returns: The manifest's path.
    /// - Throws: `Advice` of kind `storage` when the file cannot be read or the manifest not written.
    @discardableResult
    func write(beside path: String) throws -> String {
        let target = path + ".manifest.json"
        do {
            let text = try json(of: path)
            try text.write(toFile: target, atomically: true, encoding: .utf8)
        } catch let error where !(error is Advice) {
            throw Advice(
                .storage, "the manifest \(target) cannot be written",
                remedy: "see that the disk has room and the folder can be written to",
                cause: "\(error)")
        }
        return target
    }

    private func json(of path: String) throws -> String {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        var hasher = SHA256()
        var bytes = 0
        while let piece = try handle.read(upToCount: Self.pieceSize), !piece.isEmpty {
            hasher.update(data: piece)
            bytes += piece.count
        }
        try handle.close()
        let provenance = document.provenance
        let period = provenance.period.flatMap { period in
            period.days > 0
                ? "{\"from\":\"\(period.start)\",\"to\":\"\(period.last)\"}" : nil
        }
        let fields = [
            ("file", JSONText.quoted(URL(fileURLWithPath: path).lastPathComponent)),
            ("bytes", "\(bytes)"),
            ("sha256", "\"\(hasher.finalize().hexadecimal)\""),
            ("report", JSONText.quoted(document.name)), ("table", JSONText.quoted(table.name)),
            ("profile", "\"\(output.profile.rawValue)\""), ("rows", "\(table.rowCount)"),
            ("totals", "[\(table.totals.map(total).joined(separator: ","))]"),
            ("period", period ?? "null"), ("companies", Self.list(provenance.companies)),
            ("zone", JSONText.quoted(provenance.zone.name)),
            ("basis", JSONText.quoted(provenance.basis)),
            ("filters", Self.list(provenance.filters)), ("commit", "\(provenance.commit)"),
            ("asOf", provenance.asOf.map { "\"\($0)\"" } ?? "null"),
            ("definition", JSONText.quoted(provenance.definition)),
        ]
        return "{\n" + fields.map { "  \"\($0.0)\": \($0.1)" }.joined(separator: ",\n") + "\n}\n"
    }

    private func total(_ total: ResultTotal) -> String {
        let sums = zip(table.columns, total.cells).compactMap { column, cell -> String? in
            guard column.isTotalled, let number = Self.number(cell) else { return nil }
            return "\(JSONText.quoted(column.name)): \"\(number)\""
        }
        let currency = total.currency.map { "\"\($0.code)\"" } ?? "null"
        return "{\"currency\": \(currency), \"sums\": {\(sums.joined(separator: ", "))}}"
    }

    private static func number(_ value: Value) -> ExactDecimal? {
        switch value {
        case .integer(let whole): ExactDecimal(unscaled: Int128(whole), scale: 0)
        case .decimal(let number): number
        case .money(let money): money.amount
        case .missing, .text, .boolean, .day, .instant: nil
        }
    }

    private static func list(_ words: [String]) -> String {
        "[" + words.map(JSONText.quoted).joined(separator: ", ") + "]"
    }
}

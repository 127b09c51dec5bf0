public import Vocabulary

/// The door of this room: makes a file of a report.
///
/// The same report and the same settings make the same bytes; all times in a file come from the
/// report's provenance. Before a file gets its name, the cells written are added up and compared
/// with the declared totals (DOMAIN §1, footing rule).
public struct ReportOutput: Sendable, Hashable {
    /// The format.
    public let format: ReportFormat
    /// How numbers, dates and words are written in XLSX and PDF.
    public let locale: ReportLocale
    /// The dialect of CSV.
    public let profile: CSVProfile
    /// Which table a CSV file shows, by name; nil when the report has only one.
    public let table: String?
    /// The program that a CSV file of a journal is meant for; nil for none.
    public let program: ImportProfile?

    /// Describes what is wanted.
    public init(
        _ format: ReportFormat, locale: ReportLocale, profile: CSVProfile = .machine,
        table: String? = nil, program: ImportProfile? = nil
    ) {
        self.format = format
        self.locale = locale
        self.profile = profile
        self.table = table
        self.program = program
    }

    /// Writes the file: to a temporary name in the same folder first, renamed when it is complete.
    ///
    /// `progress` is told how far the work is after each batch of rows; what it throws ends the work
    /// and passes through.
    ///
    /// - Throws: `Advice`: `damaged` when rows and totals disagree, `request` when the report does
    ///   not go into this format, `input` when a bank would refuse the payments (with one line of details
    ///   for each reason), `storage` when it cannot be written. The path is then untouched.
    public func write(
        _ document: ReportDocument, to path: String,
        progress: (@Sendable (ReportProgress) throws -> Void)? = nil
    ) throws {
        let document =
            try progress.map { try ReportWatch(tell: $0).watched(document, by: self) } ?? document
        let file = try ReportFile(path: path)
        switch format {
        case .xlsx:
            try XLSXWriter(locale: locale).write(document, toTemporary: file.temporaryPath)
        case .pdf:
            try PDFWriter(locale: locale).write(document, toTemporary: file.temporaryPath)
        case .csv:
            let (table, writer) = try csv(document)
            try file.write { sink in try writer.write(table, to: &sink) }
        case .json:
            try file.write { sink in try ReportJSON().write(document, to: &sink) }
        case .sepa, .earlierSEPA, .auditFile:
            try file.write { sink in try writeXML(document, to: sink) }
        }
        try file.commit()
    }

    /// The file's bytes, for mails and for answers that are small.
    ///
    /// - Throws: As `write(_:to:)`.
    public func bytes(_ document: ReportDocument) throws -> [UInt8] {
        switch format {
        case .xlsx:
            return try ReportFile.bytes(extension: "xlsx") { path in
                try XLSXWriter(locale: locale).write(document, toTemporary: path)
            }
        case .pdf:
            return try PDFWriter(locale: locale).bytes(of: document)
        case .csv, .json, .sepa, .earlierSEPA, .auditFile:
            let collected = CollectedBytes()
            try stream(document) { collected.bytes += $0 }
            return collected.bytes
        }
    }

    /// Hands the file to `receive` in pieces; CSV and JSON are made while they are handed out,
    /// XLSX and PDF are complete first.
    ///
    /// - Throws: As `write(_:to:)`; for CSV and JSON possibly after pieces were handed out, which
    ///   whoever receives must then discard.
    public func stream(
        _ document: ReportDocument, to receive: @escaping ([UInt8]) throws -> Void
    ) throws {
        switch format {
        case .xlsx, .pdf: try receive(try bytes(document))
        case .csv:
            let (table, writer) = try csv(document)
            try writer.write(table, to: receive)
        case .json: try ReportJSON().write(document, to: receive)
        case .sepa, .earlierSEPA, .auditFile: try writeXML(document, to: ByteSink(receive))
        }
    }

    /// What whoever makes the file must know that does not stand in it: of a payment file, names that were
    /// written in other letters, and references whose check digits do not fit.
    ///
    /// - Throws: As `write(_:to:)`.
    public func notices(of document: ReportDocument) throws -> [String] {
        switch format {
        case .sepa, .earlierSEPA: try PaymentList(document).notices
        case .csv, .xlsx, .pdf, .json, .auditFile: []
        }
    }

    private func writeXML(_ document: ReportDocument, to sink: ByteSink) throws {
        switch format {
        case .earlierSEPA: try SEPAWriter(version: .v03).write(document, to: sink)
        case .auditFile: try AuditFileWriter().write(document, to: sink)
        default: try SEPAWriter(version: .v09).write(document, to: sink)
        }
    }

    /// A name for the file: report, table where one was chosen, and period;
    /// `sales-register-2026-06.pdf`.
    public func fileName(for document: ReportDocument) -> String {
        var parts = [document.name]
        if format == .csv, let program { parts.append(program.name) }
        if format == .csv, let table, table != document.name { parts.append(table) }
        if let period = document.provenance.period {
            if let grain = period.wholeGrain, grain.next(after: period.start) == period.end {
                parts.append(grain.label(of: period.start))
            } else if period.days > 0 {
                parts.append(
                    period.days == 1 ? "\(period.start)" : "\(period.start)_\(period.last)")
            }
        }
        return parts.joined(separator: "-") + "." + format.fileExtension
    }

    func csv(_ document: ReportDocument) throws -> (ResultTable, CSVWriter) {
        let tables = document.tables
        let writer = CSVWriter(profile: profile, zone: document.provenance.zone)
        let names = tables.map(\.name)
        if let program { return (try program.table(of: document), writer) }
        if let table {
            guard let found = tables.first(where: { $0.name == table }) else {
                throw Advice(
                    .unknown, "report ‘\(document.name)’ has no table ‘\(table)’",
                    remedy: Spelling.remedy(for: table, legal: names))
            }
            return (found, writer)
        }
        guard let first = tables.first else {
            throw Advice(
                .request, "report ‘\(document.name)’ has no table, so it cannot become CSV",
                remedy: "choose xlsx, pdf or json")
        }
        guard tables.count == 1 else {
            throw Advice(
                .request,
                "report ‘\(document.name)’ has \(tables.count) tables, and a CSV file holds one",
                remedy: "choose a table: " + names.joined(separator: ", "))
        }
        return (first, writer)
    }
}

/// Bytes that a stream hands over, put together.
private final class CollectedBytes {
    var bytes: [UInt8] = []
}

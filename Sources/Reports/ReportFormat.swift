import Vocabulary

/// The formats of files that a report can become.
public enum ReportFormat: String, Sendable, Hashable, CaseIterable {
    /// Rows of one table, for programs and spreadsheets.
    case csv
    /// A workbook.
    case xlsx
    /// Pages.
    case pdf
    /// Everything, for programs.
    case json
    /// Orders of payment for a bank: ISO 20022 pain.001.001.09.
    case sepa
    /// The same in the version before, pain.001.001.03, for banks that ask for it.
    case earlierSEPA = "sepa-03"
    /// Bookkeeping entries as the Dutch audit file, XAF 3.2.
    case auditFile = "xaf"

    /// The formats that every report with tables goes into.
    public static let general: [ReportFormat] = [.csv, .xlsx, .pdf, .json]

    /// The formats that a report goes into: the general ones, and those that its tables are meant for.
    public static func formats(ofPayments hasPayments: Bool, entries hasEntries: Bool) -> [Self] {
        general + (hasPayments ? [.sepa, .earlierSEPA] : []) + (hasEntries ? [.auditFile] : [])
    }

    /// The media type for HTTP and mail.
    public var contentType: String {
        switch self {
        case .csv: "text/csv; charset=utf-8"
        case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        case .pdf: "application/pdf"
        case .json: "application/json"
        case .sepa, .earlierSEPA, .auditFile: "application/xml"
        }
    }

    /// The ending of file names, without a point.
    public var fileExtension: String {
        switch self {
        case .csv, .xlsx, .pdf, .json: rawValue
        case .sepa, .earlierSEPA: "xml"
        case .auditFile: "xaf"
        }
    }

    /// Finds a format by its name.
    ///
    /// - Throws: `Advice` that names the formats there are.
    public init(named name: String) throws {
        guard let format = Self(rawValue: name.lowercased()) else {
            throw Advice(
                .request, "‘\(name)’ is not a file format",
                remedy: Spelling.remedy(for: name, legal: Self.allCases.map(\.rawValue)))
        }
        self = format
    }
}

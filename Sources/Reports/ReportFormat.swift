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

    /// The media type for HTTP and mail.
    public var contentType: String {
        switch self {
        case .csv: "text/csv; charset=utf-8"
        case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        case .pdf: "application/pdf"
        case .json: "application/json"
        }
    }

    /// The ending of file names, without a point.
    public var fileExtension: String { rawValue }

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

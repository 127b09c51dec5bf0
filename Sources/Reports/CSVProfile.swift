/// The dialect of a CSV file (DOMAIN §9).
public enum CSVProfile: String, Sendable, Hashable, CaseIterable {
    /// For programs: comma, decimal point, no byte-order mark, column names, instants in UTC.
    case machine
    /// For a Danish Excel: semicolon, decimal comma, byte-order mark, headings for people.
    case excelDanish = "excel-da"
    /// For a Dutch Excel: as the Danish one.
    case excelDutch = "excel-nl"
    /// For an English Excel: comma, decimal point, byte-order mark, headings for people.
    case excelEnglish = "excel-en"

    /// The Excel profile for readers of a locale.
    public static func excel(for locale: ReportLocale) -> CSVProfile {
        switch locale.language {
        case .english, .swahili: .excelEnglish
        case .danish: .excelDanish
        case .dutch: .excelDutch
        }
    }

    var separator: UInt8 {
        switch self {
        case .machine, .excelEnglish: UInt8(ascii: ",")
        case .excelDanish, .excelDutch: UInt8(ascii: ";")
        }
    }

    var decimalPoint: UInt8 {
        switch self {
        case .machine, .excelEnglish: UInt8(ascii: ".")
        case .excelDanish, .excelDutch: UInt8(ascii: ",")
        }
    }

    /// Whether people read it: headings instead of names, local clock instead of UTC, and a
    /// byte-order mark, without which Excel takes UTF-8 for another encoding.
    var isForPeople: Bool { self != .machine }

    var locale: ReportLocale {
        switch self {
        case .machine, .excelEnglish: ReportLocale("en")
        case .excelDanish: ReportLocale("da")
        case .excelDutch: ReportLocale("nl")
        }
    }
}

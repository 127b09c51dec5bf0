import Crypto
import Foundation
import Reports
import Vocabulary

/// A file that somebody asked for, made in the background.
///
///     ask                 claim             the file is complete and in its place
///      ──────▶ waiting ──────────▶ running ──────────────────────────────▶ done
///                 ▲                 │  │ │                                   │
///                 │ the process     │  │ └──▶ failed: it cannot be made      │
///                 └── died or stops ┘  │                                     │
///                 └────────────────────┴──▶ cancelled        kept long enough,
///                          somebody gives it up              or taken away ──▶ removed
///
/// The claim is on disk before work begins. Whatever dies whenever, a file that is `done` is whole, and
/// one that is not is begun again from the same commit.
struct Export: Sendable, Hashable, Identifiable {
    /// How far an export has come.
    enum State: String, Sendable, Hashable, CaseIterable {
        /// Its turn has not come.
        case waiting
        /// A process makes it.
        case running
        /// Its file can be had.
        case done
        /// It could not be made; `reason` says why.
        case failed
        /// Somebody gave it up before it was done.
        case cancelled
        /// Its file is gone: its time was over, or somebody removed it.
        case removed

        /// Whether something still happens to it by itself.
        var isOpen: Bool { self == .waiting || self == .running }
    }

    /// The file that an export became.
    struct File: Sendable, Hashable {
        /// Its name for people: `sales-register-2026-06.csv`.
        let name: String
        let bytes: Int
        /// SHA-256 in hexadecimal digits.
        let sha256: String
    }

    /// 128 random bits in hexadecimal digits.
    let id: String
    /// Who asked, with their grants at that moment.
    let owner: Principal
    let request: ExportRequest
    /// What the figures rest on.
    let pin: ReportPin
    let state: State
    let asked: Instant
    let began: Instant?
    let ended: Instant?
    /// When the file is removed; nil while there is none.
    let expires: Instant?
    /// How often work on it began.
    let attempts: Int
    /// Rows that went into the file so far.
    let rows: Int
    /// Rows that it will have; nil before that is known.
    let rowsInAll: Int?
    /// The file; nil while there is none.
    let file: File?
    /// Why it failed or is gone; nil otherwise.
    let reason: String?

    /// Whole percent of the rows, 100 only when the file is there; nil while nothing is known.
    var percent: Int? {
        if state == .done { return 100 }
        guard let rowsInAll else { return nil }
        return rowsInAll == 0 ? 0 : min(99, rows * 100 / rowsInAll)
    }

    /// The name under which the file is kept.
    var storedName: String { "\(id).\(request.format.fileExtension)" }

    /// A new identifier, which nobody can guess.
    static func newID() -> String {
        unsafe SymmetricKey(size: .bits128).withUnsafeBytes { bytes in
            unsafe bytes.hexadecimal
        }
    }

    /// Whether a text has the form of an identifier.
    static func isID(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 32
            && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// The export as one JSON object.
    func json(links: [ExportLink] = []) -> String {
        func quoted(_ text: String?) -> String { text.map(JSONText.quoted) ?? "null" }
        func moment(_ instant: Instant?) -> String { instant.map { "\"\($0)\"" } ?? "null" }
        func number(_ number: Int?) -> String { number.map(String.init) ?? "null" }
        let fields = [
            "\"id\":\"\(id)\"", "\"report\":\(quoted(request.report))",
            "\"format\":\"\(request.format.rawValue)\"", "\"state\":\"\(state.rawValue)\"",
            "\"owner\":\(quoted(owner.name))", "\"asked\":\(moment(asked))",
            "\"began\":\(moment(began))", "\"ended\":\(moment(ended))",
            "\"expires\":\(moment(expires))", "\"attempts\":\(attempts)", "\"rows\":\(rows)",
            "\"rowsInAll\":\(number(rowsInAll))", "\"percent\":\(number(percent))",
            "\"fileName\":\(quoted(file?.name))", "\"bytes\":\(number(file?.bytes))",
            "\"sha256\":\(quoted(file?.sha256))", "\"commit\":\(pin.commit)",
            "\"definition\":\(quoted(pin.definition))",
            "\"companies\":[\(pin.companies.map(JSONText.quoted).joined(separator: ","))]",
            "\"choices\":\(request.choicesText)", "\"error\":\(quoted(reason))",
            "\"download\":"
                + (state == .done ? "\"/api/v1/exports/\(id)/download\"" : "null"),
            "\"links\":[\(links.map { $0.json() }.joined(separator: ","))]",
        ]
        return "{\(fields.joined(separator: ","))}"
    }
}

extension Principal {
    /// Whether an export exists for them: their own, or for administrators anybody's; never one with
    /// companies that they may not see now.
    func maySee(_ export: Export) -> Bool {
        guard mayExport, companies.isSuperset(of: export.pin.companies) else { return false }
        return role == .admin || (export.owner.name == name && export.owner.userKey == userKey)
    }
}

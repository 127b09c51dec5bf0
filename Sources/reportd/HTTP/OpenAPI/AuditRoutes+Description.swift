import Vocabulary

extension AuditRoutes {
    /// The audit log.
    static let chapter = APIChapter(
        "Audit",
        [
            APIOperation(
                .get, "/api/v1/audit", "The audit log.", takes: parameters,
                gives: .json(.object(["entries": .list(of: entry)]), "The entries, oldest first.")),
            APIOperation(
                .get, "/api/v1/audit.csv", "The audit log as a file.", takes: parameters,
                gives: .other(
                    ["text/csv; charset=utf-8"], "The entries.", headers: ["Content-Disposition"])),
        ])

    private static let entry = APISchema.object([
        "number": .integer(in: 1...), "time": .instant, "kind": .text, "who": .text,
        "address": APISchema.text.orNull, "subject": .text, "details": .map(of: .text),
        "hash": .sha256,
    ])

    /// What the log may be asked for.
    enum Name: String, CaseIterable {
        case kind, who, since, after, limit

        var parameter: APIParameter {
            switch self {
            case .kind:
                APIParameter(
                    name: rawValue, words: "Entries of this kind alone.",
                    schema: .word(of: AuditEvent.Kind.self))
            case .who: APIParameter(name: rawValue, words: "Entries of this user alone.")
            case .since:
                APIParameter(
                    name: rawValue, words: "Entries from this moment on.", schema: .instant)
            case .after:
                APIParameter(
                    name: rawValue, words: "Entries with greater numbers.", schema: .count)
            case .limit:
                APIParameter(
                    name: rawValue, words: "The newest so many; 100 without it.",
                    schema: .integer(in: 1...AuditRoutes.most))
            }
        }
    }

    private static let parameters = Name.allCases.map(\.parameter)
}

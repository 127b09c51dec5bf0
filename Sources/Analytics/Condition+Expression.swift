extension Condition {
    /// The condition as `init(parsing:)` reads it; one text per bound.
    public var expressions: [String] {
        switch test {
        case .among(let values): [path + "=" + Self.written(values)]
        case .notAmong(let values): [path + "!=" + Self.written(values)]
        case .missing: [path + " is missing"]
        case .present: [path + " is present"]
        case .within(let bounds): bounds.map { path + $0.relation.rawValue + $0.value }
        case .compared(let relation, let other): [path + relation.rawValue + "@" + other]
        }
    }

    private static func written(_ values: [String]) -> String {
        values.map { $0.contains(",") || $0.hasPrefix("@") ? "\"\($0)\"" : $0 }
            .joined(separator: ",")
    }
}

import Vocabulary

/// One of the five fields of a cron line, as the set of numbers it allows.
///
///     field = item {"," item}
///     item  = "*" | "*/" step | value | value "-" value ["/" step]
///     value = number | name
struct CronField: Sendable, Hashable {
    /// What a field may hold.
    struct Kind: Sendable {
        /// What messages call it.
        let title: String
        /// The legal numbers.
        let range: ClosedRange<Int>
        /// Names of the numbers from `range.lowerBound` on; empty when there are none.
        let names: [String]

        static let minute = Kind(title: "minute", range: 0...59, names: [])
        static let hour = Kind(title: "hour", range: 0...23, names: [])
        static let day = Kind(title: "day of the month", range: 1...31, names: [])
        static let month = Kind(
            title: "month", range: 1...12,
            names: [
                "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
            ])
        /// Sunday is 0 and also 7, so that `FRI-SUN` and `5-7` are ranges.
        static let weekday = Kind(
            title: "day of the week", range: 0...7,
            names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])
    }

    /// The numbers allowed, ascending.
    let values: [Int]
    /// Whether the field begins with `*`, that is, leaves the choice to the other day field.
    let isOpen: Bool
    /// The greatest number written as such or as the end of a range without a step; 0 if none.
    ///
    /// Only what somebody wrote moves to the end of a short month; `*/2` does not.
    let greatestWritten: Int

    /// Whether the field allows a number.
    func contains(_ value: Int) -> Bool { values.contains(value) }

    /// Reads a field.
    ///
    /// - Throws: `Advice` that quotes what was written.
    init(_ text: String, _ kind: Kind) throws {
        var allowed: Set<Int> = []
        var greatest = 0
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = item.split(separator: "/", omittingEmptySubsequences: false)
            let step = try halves.count == 1 ? nil : Self.step(halves, item, kind)
            let span = try Self.span(halves[0], hasStep: step != nil, kind)
            allowed.formUnion(
                stride(from: span.lowerBound, through: span.upperBound, by: step ?? 1))
            if step == nil, halves[0] != "*" { greatest = max(greatest, span.upperBound) }
        }
        if kind.range.upperBound == 7, allowed.remove(7) != nil { allowed.insert(0) }
        values = allowed.sorted()
        isOpen = text.hasPrefix("*")
        greatestWritten = greatest
    }

    private static func step(
        _ halves: [Substring], _ item: Substring, _ kind: Kind
    ) throws -> Int {
        guard halves.count == 2, let step = Int(halves[1]),
            (1...kind.range.upperBound).contains(step)
        else {
            throw Advice(
                .definition, "‘\(item)’ in the field \(kind.title) has no legal step",
                remedy: "write a step as */2 or 8-18/2")
        }
        return step
    }

    private static func span(
        _ text: Substring, hasStep: Bool, _ kind: Kind
    ) throws -> ClosedRange<Int> {
        // Of the two spellings of Sunday, `*` covers one.
        if text == "*" { return kind.range.lowerBound...min(kind.range.upperBound, greatest(kind)) }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let first = ends.first, let last = ends.last, ends.count <= 2 else {
            throw Advice(
                .definition, "‘\(text)’ in the field \(kind.title) is not a range",
                remedy: "write two values with a hyphen between them, as 9-17")
        }
        let from = try value(first, kind)
        if ends.count == 1 {
            guard !hasStep else {
                throw Advice(
                    .definition, "‘\(text)/…’ in the field \(kind.title) has a step but no range",
                    remedy: "write where it ends, as \(text)-\(greatest(kind))/5")
            }
            return from...from
        }
        var to = try value(last, kind)
        if to == 0, kind.range.upperBound == 7, from > 0 { to = 7 }
        guard from <= to else {
            throw Advice(
                .definition, "the range ‘\(text)’ in the field \(kind.title) runs backwards",
                remedy: "write two ranges: \(first)-\(greatest(kind)),\(kind.range.lowerBound)-"
                    + "\(last)")
        }
        return from...to
    }

    private static func greatest(_ kind: Kind) -> Int {
        kind.range.upperBound == 7 ? 6 : kind.range.upperBound
    }

    private static func value(_ text: Substring, _ kind: Kind) throws -> Int {
        if let index = kind.names.firstIndex(of: text.uppercased()) {
            return kind.range.lowerBound + index
        }
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
        if isNumber, let number = Int(text), kind.range.contains(number) { return number }
        let range = "a number from \(kind.range.lowerBound) to \(kind.range.upperBound)"
        guard !isNumber, let nearest = Spelling.nearest(to: String(text), in: kind.names) else {
            throw Advice(
                .definition, "‘\(text)’ is not a \(kind.title)",
                remedy: kind.names.first.map { "use \(range), or names such as \($0)" }
                    ?? "use \(range)")
        }
        throw Advice(
            .definition, "‘\(text)’ is not a \(kind.title)", remedy: "did you mean ‘\(nearest)’?")
    }
}

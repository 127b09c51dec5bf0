import Store
import Vocabulary

/// The members of an answer in their order, with those beyond the limit put together.
struct Ranking {
    /// The named members, in order, and what they are called.
    let named: [(number: Int, members: [Member])]
    /// The members that are put together as “Other”; empty without a limit.
    let others: [Int]
}

extension Ranking {
    private struct Entry {
        let number: Int
        let weight: Fraction?
        var members: [Member] = []
    }

    /// Orders members by a figure or by name, ties by name and then by the store's own order.
    ///
    /// Members are numbered as in `keys`; `weight` tells the figure over all steps of each. Names
    /// are read only of members that may come to be named: of a hundred thousand customers, the top
    /// ten and those that equal the tenth.
    init(
        _ plan: MetricPlan, keys: [PlanResult.Key], weight: (Int) throws -> Fraction?,
        naming: ([PlanResult.Key]) throws -> [PlanResult.Key: [Member]]
    ) throws {
        let limit = plan.limit ?? .max
        var entries: [Entry]
        var rest: [Entry] = []
        let precedes: (Entry, Entry) -> Bool
        switch plan.order {
        case .metric(_, let isDescending):
            entries = try keys.indices.map { Entry(number: $0, weight: try weight($0)) }
            precedes = { Self.isBefore($0.weight, $1.weight, isDescending) }
            if entries.count > limit {
                entries.sort(by: precedes)
                let last = entries[limit - 1]
                let end = entries.firstIndex { precedes(last, $0) } ?? entries.count
                rest = Array(entries[end...])
                entries = Array(entries[..<end])
            }
        case .dimension(let index, let isDescending):
            entries = keys.indices.map { Entry(number: $0, weight: nil) }
            precedes = { Self.isBefore($0.members[index], $1.members[index], isDescending) }
        }
        let names = try naming(entries.map { keys[$0.number] })
        for index in entries.indices {
            entries[index].members = names[keys[entries[index].number]] ?? []
        }
        entries.sort { left, right in
            if precedes(left, right) { return true }
            if precedes(right, left) { return false }
            for (index, (first, second)) in zip(left.members, right.members).enumerated()
            where first.label != second.label {
                // Bands and parts of the calendar have an order of their own.
                if plan.dimensions[index].labels != nil, case .number(let one)? = first.cell,
                    case .number(let two)? = second.cell
                {
                    return one < two
                }
                return first.label.utf8.lexicographicallyPrecedes(second.label.utf8)
            }
            return Self.precedes(keys[left.number], keys[right.number])
        }
        named = entries.prefix(limit).map { ($0.number, $0.members) }
        others = entries.dropFirst(limit).map(\.number) + rest.map(\.number)
    }

    /// Members without a value come last either way.
    private static func isBefore(
        _ left: Fraction?, _ right: Fraction?, _ isDescending: Bool
    ) -> Bool {
        guard let left else { return false }
        guard let right else { return true }
        return isDescending ? right < left : left < right
    }

    private static func isBefore(_ left: Member, _ right: Member, _ isDescending: Bool) -> Bool {
        if left.kind == .none || right.kind == .none {
            return left.kind != .none
        }
        switch (left.cell, right.cell) {
        // Numbers, days, no before yes, bands.
        case (.number(let first)?, .number(let second)?):
            return isDescending ? second < first : first < second
        default:
            let (first, second) = (left.label.utf8, right.label.utf8)
            return isDescending
                ? second.lexicographicallyPrecedes(first) : first.lexicographicallyPrecedes(second)
        }
    }

    private static func precedes(_ left: PlanResult.Key, _ right: PlanResult.Key) -> Bool {
        for (first, second) in zip(left, right) where first != second {
            switch (first, second) {
            case (.reference(let one), .reference(let two)): return one < two
            case (.number(let one), .number(let two)): return one < two
            case (.text(let one), .text(let two)):
                return one.utf8.lexicographicallyPrecedes(two.utf8)
            case (.missing, _): return true
            default: return false
            }
        }
        return false
    }
}

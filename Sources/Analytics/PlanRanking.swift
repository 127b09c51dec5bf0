import Store
import Vocabulary

/// The members of an answer in their order, with those beyond the limit put together.
struct Ranking {
    /// The named members, in order.
    let keys: [PlanResult.Key]
    /// The members that are put together as “Other”; empty without a limit.
    let others: [PlanResult.Key]
}

extension Ranking {
    /// Orders members by a figure or by name, ties by name and then by the store's own order.
    ///
    /// `sums` holds the tally of all steps of a member, `labels` the words shown for each of its
    /// dimensions; amounts in `currency` decide when there are several.
    init(
        _ evaluation: PlanEvaluation, sums: [PlanResult.Key: Tally],
        labels: [PlanResult.Key: [Member]], currency: Currency?
    ) throws {
        let plan = evaluation.plan
        var weights: [PlanResult.Key: Fraction] = [:]
        var isDescending = false
        var dimension: Int?
        switch plan.order {
        case .metric(let index, let descending):
            isDescending = descending
            for (key, tally) in sums {
                let metric = plan.metrics[index]
                weights[key] = try evaluation.value(
                    metric, tally, metric.isPerCurrency ? currency : nil)
            }
        case .dimension(let index, let descending):
            isDescending = descending
            dimension = index
        }
        let sorted = labels.keys.sorted { left, right in
            let (leftMembers, rightMembers) = (labels[left] ?? [], labels[right] ?? [])
            if let dimension {
                let (first, second) = (leftMembers[dimension], rightMembers[dimension])
                if let isBefore = Self.isBefore(first, second, isDescending) { return isBefore }
            } else {
                // Members without a value come last either way.
                switch (weights[left], weights[right]) {
                case (.some(let first), .some(let second)) where first != second:
                    return isDescending ? second < first : first < second
                case (.some, nil): return true
                case (nil, .some): return false
                default: break
                }
            }
            for (first, second) in zip(leftMembers, rightMembers) where first.label != second.label
            {
                return first.label.utf8.lexicographicallyPrecedes(second.label.utf8)
            }
            return Self.precedes(left, right)
        }
        guard let limit = plan.limit, sorted.count > limit else {
            keys = sorted
            others = []
            return
        }
        keys = Array(sorted.prefix(limit))
        others = Array(sorted.dropFirst(limit))
    }

    private static func isBefore(_ left: Member, _ right: Member, _ isDescending: Bool) -> Bool? {
        if left.kind == .none || right.kind == .none {
            return left.kind == right.kind ? nil : right.kind == .none
        }
        switch (left.value, right.value) {
        case (.integer(let first), .integer(let second)) where first != second:
            return isDescending ? second < first : first < second
        case (.day(let first), .day(let second)) where first != second:
            return isDescending ? second < first : first < second
        default:
            if left.label == right.label { return nil }
            let precedes = left.label.utf8.lexicographicallyPrecedes(right.label.utf8)
            return isDescending ? !precedes : precedes
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

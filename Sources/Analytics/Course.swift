import Store
import Vocabulary

/// What a metric says of rows that are followed over time, instead of what they hold.
///
/// Every course comes down to facts (see `Fact`): a day, a member of the dimensions, perhaps a
/// number. The facts of a step are counted, added up or ranked as the rows of a scan are.
enum Course: Sendable, Hashable {
    /// Those who entered in the period and reached a step.
    case funnel(Funnel, step: Int, isSpan: Bool)
    /// Those who first came in the period: whether they came back.
    case retention(Retention)
    /// Stays in a value of a column whose history is kept.
    case stay(Stay)
    /// Changes of a column whose history is kept.
    case move(Move)
    /// What members' values became between the ends of steps.
    case movement(Movement, MovementPart, isCount: Bool)

    /// Whether the days of its facts are those on which rows entered.
    var followsEntries: Bool {
        switch self {
        case .funnel, .retention: true
        case .stay, .move, .movement: false
        }
    }

    /// Whether its figures of several steps, or of several members, are those of them together.
    var isMergeable: Bool {
        if case .movement = self { return false }
        return true
    }

    /// The column whose values are followed.
    var column: String? {
        switch self {
        case .stay(let stay): stay.column
        case .move(let move): move.column
        case .funnel, .retention, .movement: nil
        }
    }

    /// What it follows, in words.
    func words(_ model: String) -> String {
        switch self {
        case .funnel(let funnel, let step, let isSpan):
            let steps = [funnel.entry] + funnel.steps.map(\.name)
            if isSpan { return "days from ‘\(steps[step - 1].label)’ to ‘\(steps[step].label)’" }
            return step == 0
                ? "\(model) rows that entered"
                : "entries that reached ‘\(steps[step].label)’, of the \(model) rows that entered"
        case .retention(let retention):
            return "first-comers who had \(model) rows \(retention.grain.rawValue) "
                + "\(retention.after) after, of the rows of those"
        case .stay(let stay): return "stays in \(model).\(stay.column)"
        case .move(let move):
            return "changes of \(model).\(move.column)"
                + (move.isLasting ? " after which nothing has changed again" : "")
        case .movement(let movement, let part, _):
            return "\(part.rawValue) of ‘\(movement.name)’ between the ends of steps, from "
                + "\(model) rows and their history"
        }
    }

    /// Whether it speaks of what is, whatever the period.
    var isOfToday: Bool {
        if case .stay(let stay) = self { return stay.isPresent }
        return false
    }
}

/// Rows or members that enter, and the steps that they reach afterwards.
///
/// Steps are reached in order: each at its first occurrence at or after the step before. Without
/// an occurrence the later steps are not reached either.
struct Funnel: Sendable, Hashable {
    let name: String
    let label: String
    /// What the first step is called.
    let entry: FunnelName
    /// The reference whose first row enters; nil where each row enters.
    let member: String?
    /// The column that says when a row enters.
    let date: String
    /// How many days after the day of entry a step still counts; nil for any time until today.
    let window: Int?
    /// The steps after the first.
    let steps: [FunnelStep]
}

/// A step's name in metrics, and for people.
struct FunnelName: Sendable, Hashable {
    let name: String
    let label: String
}

/// A step after the first, and by what it is known to be reached.
struct FunnelStep: Sendable, Hashable {
    enum Sign: Sendable, Hashable {
        /// The row has a value in an instant or day column: it is reached then.
        case moment(String)
        /// The row meets conditions; when it came to do so is not known.
        case conditions([Condition])
        /// A column with history came to hold one of some words.
        case change(column: String, to: [Cell])
        /// Another row refers to the row, or to the member.
        case row(model: String, by: String, date: String, conditions: [Condition])
    }

    let name: FunnelName
    let sign: Sign
}

/// Members by the step of time in which they first came, and whether they came again later.
struct Retention: Sendable, Hashable {
    let member: String
    let date: String
    let grain: Grain
    /// How many steps after the first.
    let after: Int
}

/// Stays in values of a column; coming back begins a stay of its own.
struct Stay: Sendable, Hashable {
    let column: String
    /// The values; nil for any.
    let values: [Cell]?
    /// Whether it is about stays that last, rather than those that ended.
    let isPresent: Bool
    /// The moment at which the first stay of a row begins, if that is before it was recorded.
    let since: String?
}

/// Changes of a column.
struct Move: Sendable, Hashable {
    let column: String
    /// The values before; nil for any, also for none.
    let from: [Cell]?
    /// The values after; nil for any, also for none.
    let to: [Cell]?
    /// Whether only changes count after which nothing has changed again.
    let isLasting: Bool
}

/// Members' values at the ends of steps.
struct Movement: Sendable, Hashable {
    /// The value of a row that counts.
    enum Worth: Sendable, Hashable {
        /// A number or amount of the row.
        case column(String)
        /// A number for each word of a column, in minor units of the currency or scaled digits.
        case prices(column: String, [String: Int64])
        /// Each row is worth one.
        case one
    }

    let name: String
    /// The reference that is followed; nil for each row apart.
    let member: String?
    /// The column that says since when a row is there.
    let date: String
    let worth: Worth
    /// The currency of amounts that no column names.
    let currency: Currency?
}

/// Parts of what values became between the end of the step before and the end of a step.
enum MovementPart: String, Sendable, Hashable, CaseIterable {
    case opening, new, expansion, contraction, churn, reactivation, closing
}

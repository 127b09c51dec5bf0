import Store
import Vocabulary

/// What is told of each row or member that a figure follows.
extension Course {
    /// The reference whose members are followed; nil where rows are.
    var member: String? {
        switch self {
        case .funnel(let funnel, _, _): funnel.member
        case .retention(let retention): retention.member
        case .movement(let movement, _, _): movement.member
        case .stay, .move: nil
        }
    }

    /// The columns that tell what became of a row, in the order of its cells.
    ///
    /// They are called `row_…`, for the columns of the row itself may stand beside them.
    func columns(
        _ metric: Metric, _ model: Model, _ definitions: Definitions
    ) throws -> [Register.Column] {
        func shown(
            _ name: String, _ label: String, _ type: ColumnType, currency: ColumnPath? = nil
        ) -> Register.Column {
            Register.Column(
                path: ColumnPath("row_" + name), type: type,
                result: ResultColumn(
                    name: "row_" + name, label: label, kind: Register.Column.kind(of: type)),
                currency: currency)
        }
        /// A value that the followed column had.
        func value(_ name: String, _ words: String, of column: String) -> Register.Column {
            let followed = model.column(column)
            let type = followed?.type ?? .text
            var currency: ColumnPath?
            if case .money = type { currency = Self.currency }
            return shown(name, (followed?.label ?? column) + words, type, currency: currency)
        }
        let days = shown("days", "Days", .decimal(scale: Self.scaleOfDays))
        switch self {
        case .funnel(let funnel, let step, _):
            let entered = shown("entered", funnel.entry.label, .day)
            if step == 0 { return [entered] }
            return [
                entered, shown("reached", funnel.steps[step - 1].name.label, .day),
                shown("days", "Days since the step before", .decimal(scale: Self.scaleOfDays)),
            ]
        case .retention:
            return [
                shown("entered", "First came", .day), shown("came_back", "Came back", .boolean),
            ]
        case .stay(let stay) where stay.isPresent:
            return [
                value("stays", "", of: stay.column), shown("began", "Since", .instant), days,
            ]
        case .stay(let stay):
            return [
                value("from", "", of: stay.column), value("to", " after", of: stay.column),
                shown("began", "Began", .instant), shown("ended", "Ended", .instant), days,
            ]
        case .move(let move):
            return [
                value("from", " before", of: move.column), value("to", " after", of: move.column),
                shown("changed", "Changed", .instant),
            ]
        case .movement(let movement, _, _):
            // Values of members that are counted are told by the metric of amounts.
            let amounts = try definitions.metric(
                "\(movement.name)_\(MovementPart.opening.rawValue)")
            guard case .base(let base) = amounts.source else {
                preconditionFailure("movements have metrics of amounts")
            }
            var (type, currency) = (ColumnType.integer, ColumnPath?.none)
            switch base.content {
            case .money, .amount:
                (type, currency) = (.money(currency: "row_currency"), Self.currency)
            case .number(let scale) where scale > 0: type = .decimal(scale: scale)
            case .number, .duration, .other: break
            }
            return [
                shown("before", "Before", type, currency: currency),
                shown("after", "After", type, currency: currency),
                shown("movement", "Movement", .text),
                shown("value", metric.label, type, currency: currency),
            ]
        }
    }

    /// Where the currency of amounts among the cells stands: after all columns.
    private static let currency = ColumnPath("row_currency")

    /// Decimals of lengths in days: about a minute and a half.
    static let scaleOfDays = 3

    /// A length in microseconds as digits of days with their decimals, rounded half up.
    static func days(_ length: Int64?) -> Cell {
        guard let length else { return .missing }
        let digits = ExactDecimal.divide(
            Int128(length) * ExactDecimal.powerOfTen(scaleOfDays), Int128(Occasion.perDay))
        return .number(Int64(clamping: digits))
    }

    /// Whether the last of its columns adds up to the figure.
    func isAddedUp(_ base: BaseMetric) -> Bool {
        if case .movement = self { return base.aggregate == .sum }
        return false
    }
}

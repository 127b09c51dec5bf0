import CKernels
import Vocabulary

/// Multiplying the numbers of a batch by the values of tables (see `Valuation`).
extension CompanyScan {
    /// Writes the valued numbers of the selected rows to `made`.
    func makeValued(_ index: Int, _ selected: Int, of count: Int) throws {
        let valuation = plan.valuations[index]
        if let number = valuation.number {
            try expand(number, selected, of: count, into: buffers.made)
        } else {
            buffers.made.fill(1, upTo: selected)
        }
        for (place, factor) in valuation.factors.enumerated() {
            let (keys, days) = (buffers.starts, buffers.numbers)
            var constant: Int?
            switch factor.key {
            case .operand(let operand, _): try expand(operand, selected, of: count, into: keys)
            case .word(let word): constant = factor.table.number(of: word) ?? -1
            case .companies(let words):
                constant = words[company].flatMap { factor.table.number(of: $0) } ?? -1
            }
            if let operand = factor.days {
                try expand(operand, selected, of: count, into: days)
            } else {
                days.fill(Int64(LocalDay.latest.number), upTo: selected)
            }
            let name = ValueCursor.Name(valuation: index, factor: place)
            var cursor = cursors.removeValue(forKey: name) ?? ValueCursor(factor.table)
            for at in 0..<selected where buffers.made[at] != NumberVector.missing {
                let series =
                    constant ?? cursor.series(of: keys[at]) { word($0, factor.key) }
                buffers.made[at] =
                    cursor.ratio(series, on: days[at])?.applied(to: buffers.made[at])
                    ?? NumberVector.missing
            }
            cursors[name] = cursor
        }
    }

    /// The word that a number of a key stands for.
    private func word(_ number: Int64, _ key: ScanPlan.PlannedFactor.Key) -> String? {
        guard case .operand(let operand, let meaning) = key else { return nil }
        if case .category(let column) = meaning {
            return snapshot.state.dictionaries[column]?.text(of: number)
        }
        return lanes.words[operand].text(of: number)
    }
}

/// Finds the values of one table, row after row.
struct ValueCursor {
    /// Which multiplication of a question it is for.
    struct Name: Hashable {
        let valuation: Int
        let factor: Int
    }

    private let table: ValueTable
    /// The series of each word that was looked up, by the word's number; −1 where there is none.
    private var known: [Int] = []
    /// The entry that was found last, by series; rows lie by day more often than not.
    private var last: [Int]

    private static let unknown = -2

    init(_ table: ValueTable) {
        self.table = table
        last = Array(repeating: 0, count: table.lists.count)
    }

    /// The series of a word by the word's number; −1 when there is none.
    mutating func series(of number: Int64, word: (Int64) -> String?) -> Int {
        guard number != NumberVector.missing, let place = Int(exactly: number), place >= 0 else {
            return -1
        }
        while known.count <= place { known.append(Self.unknown) }
        if known[place] == Self.unknown {
            known[place] = word(number).flatMap { table.number(of: $0) } ?? -1
        }
        return known[place]
    }

    /// The value of a series on a day; nil when there is none.
    mutating func ratio(_ series: Int, on day: Int64) -> ValueTable.Ratio? {
        guard series >= 0, day != NumberVector.missing else { return nil }
        let entries = table.lists[series]
        let found = last[series]
        if entries.indices.contains(found), Int64(entries[found].from.number) <= day,
            found + 1 == entries.count || Int64(entries[found + 1].from.number) > day
        {
            return entries[found].ratio
        }
        let place = (0..<entries.count).firstPlace { Int64(entries[$0].from.number) <= day }
        if place == 0 { return nil }
        last[series] = place - 1
        return entries[place - 1].ratio
    }
}

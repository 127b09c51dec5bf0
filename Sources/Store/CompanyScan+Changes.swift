import CKernels
import Vocabulary

/// Bringing kept totals up to date by the rows that came and went.
extension CompanyScan {
    /// Brings kept totals up to date; false when they must be made anew.
    ///
    /// Rows that began are added before those that ended are taken out, so that a row replaced by one
    /// with the same extreme leaves it in place.
    func advance(added: Piece, removed: Piece) throws -> Bool {
        change = TotalsChange()
        if totals.knownLeaders != nil {
            change?.leading = ([], [Int64](repeating: 0, count: totals.stride))
        }
        sign = 1
        try add(added)
        sign = -1
        try add(removed)
        sign = 1
        defer { change = nil }
        guard let change, !change.isImpossible else { return false }
        if change.movesExtremes { totals.renew() }
        totals.note(changed: change.groups)
        if let leading = change.leading {
            totals.noteLeading(leading.groups, by: shift(of: leading))
        }
        return totals.settleNumbers(with: change.came, without: change.numbers)
    }

    /// Takes note of the groups that the selected rows are about to change.
    func noteGroups(_ selected: Int) {
        if plan.dimensions.isEmpty {
            change?.groups.append(0)
            return
        }
        for at in 0..<selected { change?.groups.append(groups[at]) }
        guard change?.leading != nil else { return }
        for at in 0..<selected {
            guard change?.leading?.groups.insert(groups[at]).inserted == true else { continue }
            let record = Int(groups[at]) * totals.stride
            for slot in 0..<totals.stride {
                change?.leading?.sums[slot] &+= totals.records[record + slot]
            }
        }
    }

    /// What a change has added to the slots of all groups.
    private func shift(of leading: (groups: Set<UInt32>, sums: [Int64])) -> [Int64] {
        var shift = leading.sums.map { 0 &- $0 }
        for group in leading.groups {
            let record = Int(group) * totals.stride
            for slot in shift.indices { shift[slot] &+= totals.records[record + slot] }
        }
        return shift
    }

    /// Whether the groups and values of the selected rows are among those that the totals have room
    /// for.
    func fits(_ selected: Int, of count: Int) throws -> Bool {
        let space = totals.space
        for (index, dimension) in space.dimensions.enumerated() {
            let limit: Int64
            switch dimension.mapping {
            case .constant, .band, .numbered: continue
            case .affine(let low): limit = Int64(dimension.count) - 1 + low
            case .table(let low, let codes): limit = Int64(codes.count) - 1 + low
            case .novelty(let low, let codes, let firsts):
                guard case .novelty(_, let time, _, _) = plan.dimensions[index],
                    try isWithin(
                        time, low..<(low + Int64(codes.count) - 1), selected, of: count)
                else { return false }
                limit = Int64(firsts.count) - 1
                if try !isWithin(dimension.operand, 0..<limit, selected, of: count) { return false }
                continue
            }
            let low: Int64
            switch dimension.mapping {
            case .affine(let least), .table(let least, _): low = least
            default: low = 0
            }
            if try !isWithin(dimension.operand, low..<limit, selected, of: count) { return false }
        }
        for (index, measure) in plan.measures.enumerated() {
            guard let operand = measure.operand else { continue }
            switch measure.kind {
            case .sum, .countPresent:
                if totals.slots[index].present > 0 { continue }
                var lane = unsafe try lanes.lane(operand)
                unsafe rk_expand(&lane, list(selected, of: count), Int64(selected), numbers.pointer)
                for at in 0..<selected where numbers[at] == NumberVector.missing { return false }
            case .distinct:
                guard case .counts(_, let row) = totals.slots[index].distinct else { return false }
                if try !isWithin(operand, 0..<Int64(row), selected, of: count) { return false }
            default: break
            }
        }
        return true
    }

    private func isWithin(
        _ operand: Int, _ range: Range<Int64>, _ selected: Int, of count: Int
    ) throws -> Bool {
        var lane = unsafe try lanes.lane(operand)
        unsafe rk_expand(&lane, list(selected, of: count), Int64(selected), numbers.pointer)
        for at in 0..<selected
        where numbers[at] != NumberVector.missing && !range.contains(numbers[at]) {
            return false
        }
        return true
    }

    func changeExtremes(
        _ index: Int, _ direction: Int32, _ selected: Int, _ extremes: KernelBuffer<Int64>
    ) {
        for at in 0..<selected where numbers[at] != NumberVector.missing {
            let group = plan.dimensions.isEmpty ? 0 : Int(groups[at])
            let number = TotalsChange.Number(
                measure: index, group: UInt32(group), number: numbers[at])
            if sign > 0 {
                change?.added.insert(number)
                let isBeyond =
                    direction < 0
                    ? numbers[at] < extremes[group] : numbers[at] > extremes[group]
                if isBeyond {
                    extremes[group] = numbers[at]
                    change?.movesExtremes = true
                }
            } else if numbers[at] == extremes[group], change?.added.contains(number) != true {
                // Which number is the extreme now, only the other rows can tell.
                change?.isImpossible = true
            }
        }
    }
}

/// What comes up while kept totals are changed.
struct TotalsChange {
    struct Number: Hashable {
        let measure: Int
        let group: UInt32
        let number: Int64
    }

    /// Numbers that added rows bring to measures of extremes.
    var added: Set<Number> = []
    /// Groups of the rows that came and went, each as often as it has such rows.
    var groups: [UInt32] = []
    /// The groups without repetition, and the sum of each slot over them as it was before; only where
    /// somebody wants to know.
    var leading: (groups: Set<UInt32>, sums: [Int64])?
    /// Numbers that come to measures of percentiles without groups.
    var came: [Int: [Int64]] = [:]
    /// Numbers that leave the measures of percentiles, and how often.
    var numbers: [Number: Int] = [:]
    /// Whether an extreme became another one.
    var movesExtremes = false
    /// Whether the totals must be made anew.
    var isImpossible = false
}

import CKernels
import Vocabulary

/// Adding the measures of a batch to the totals.
extension CompanyScan {
    /// The least day of each member, without groups and counts.
    func addFirsts(_ selected: Int, of count: Int) throws {
        guard let operand = plan.measures[0].operand, let extremes = totals.slots[0].extremes else {
            preconditionFailure("first rows have a day")
        }
        var members = unsafe try lanes.lane(totals.space.dimensions[0].operand)
        if try hasStepRuns(operand) {
            let runs = try makeDayRuns(operand, count)
            unsafe rk_first_runs(
                &members, buffers.runEnds.pointer, buffers.starts.pointer, Int64(runs),
                list(selected, of: count), Int64(selected), extremes.pointer)
            return
        }
        var days = unsafe try lanes.lane(operand)
        if unsafe days.width != 8 {
            unsafe rk_expand(&days, nil, Int64(count), numbers.pointer)
        }
        unsafe rk_first(
            &members,
            days.width == 8
                ? days.codes.assumingMemoryBound(to: Int64.self) : UnsafePointer(numbers.pointer),
            list(selected, of: count), Int64(selected), extremes.pointer)
    }

    /// Counts the rows of each group and adds every measure; the first plain sum goes along with the
    /// counting, since both touch the same record.
    func countAndAdd(_ selected: Int, of count: Int) throws {
        var fused: Int?
        if let groupList = unsafe groupList {
            for index in plan.measures.indices {
                let measure = plan.measures[index]
                guard case .sum = measure.kind, totals.slots[index].present == 0,
                    let operand = measure.operand
                else { continue }
                var lane = unsafe try lanes.lane(operand)
                guard unsafe lane.width > 0, unsafe lane.has_missing == 0 || lane.width == 8,
                    totals.makeRoom(
                        index, count: selected, magnitude: unsafe lane.magnitude(count))
                else { continue }
                unsafe rk_count_add(
                    &lane, list(selected, of: count), groupList, Int64(selected), sign,
                    totals.records.pointer, Int64(totals.stride), Int64(totals.groupCount),
                    Int64(totals.slots[index].sum))
                fused = index
                break
            }
        }
        if fused == nil {
            unsafe rk_count(
                groupList, Int64(selected), sign, totals.records.pointer, Int64(totals.stride),
                Int64(totals.groupCount))
        }
        for index in plan.measures.indices where index != fused {
            try add(index, selected, of: count)
        }
    }

    /// Adds one measure for the selected rows.
    func add(_ index: Int, _ selected: Int, of count: Int) throws {
        let measure = plan.measures[index]
        if measure.operand == nil, measure.valuation == nil { return }
        // Not the slots as a whole: a second owner would make their lists be copied.
        let (present, sum) = (totals.slots[index].present, totals.slots[index].sum)
        if case .countPresent = measure.kind, present == 0 { return }
        // Attributes, elapsed times and valued numbers are made for the selected rows only.
        var plain: Int?
        if measure.start == nil, measure.valuation == nil, let operand = measure.operand {
            plain = operand
            if case .attribute = plan.operands[operand] { plain = nil }
        }
        let isMade = plain == nil
        if isMade { try make(measure, selected, of: count) }
        var lane =
            unsafe try plain.map { unsafe try lanes.lane($0) } ?? LaneReader.lane(buffers.made)
        let list = unsafe isMade ? nil : list(selected, of: count)
        let size = Int64(selected)
        switch measure.kind {
        case .count: break
        case .countPresent:
            unsafe rk_count_present(
                &lane, list, groupList, size, sign, totals.records.pointer, Int64(totals.stride),
                Int64(present))
        case .sum:
            let span = isMade ? selected : count
            guard totals.makeRoom(index, count: selected, magnitude: unsafe lane.magnitude(span))
            else {
                unsafe rk_expand(&lane, list, size, numbers.pointer)
                addWide(index, selected)
                return
            }
            unsafe rk_add(
                &lane, list, groupList, size, sign, totals.records.pointer, Int64(totals.stride),
                present == 0 ? -1 : Int64(present), Int64(sum))
        case .least, .greatest:
            guard let extremes = totals.slots[index].extremes else { return }
            var direction: Int32 = 1
            if case .least = measure.kind { direction = -1 }
            if change != nil {
                unsafe rk_expand(&lane, list, size, numbers.pointer)
                changeExtremes(index, direction, selected, extremes)
                return
            }
            unsafe rk_extreme(&lane, list, groupList, size, direction, extremes.pointer)
        case .distinct: unsafe addDistinct(index, lane, list, selected)
        case .percentile:
            // Percentiles of one quantity share its numbers.
            guard totals.slots[index].source == index else { return }
            if isMade {
                addNumbers(index, selected, from: buffers.made)
            } else {
                unsafe rk_expand(&lane, list, size, numbers.pointer)
                addNumbers(index, selected, from: numbers)
            }
        }
    }

    private func addNumbers(_ index: Int, _ selected: Int, from source: KernelBuffer<Int64>) {
        if sign < 0 {
            for at in 0..<selected where source[at] != NumberVector.missing {
                let group = plan.dimensions.isEmpty ? 0 : groups[at]
                change?.numbers[
                    TotalsChange.Number(measure: index, group: group, number: source[at]),
                    default: 0] += 1
            }
            return
        }
        guard plan.dimensions.isEmpty else {
            for at in 0..<selected where source[at] != NumberVector.missing {
                totals.slots[index].numbers.append(source[at])
                totals.slots[index].groups.append(groups[at])
            }
            return
        }
        let found = unsafe Int(rk_compress(source.pointer, Int64(selected), numbers.pointer))
        if change != nil {
            unsafe change?.came[index, default: []].append(
                contentsOf: UnsafeBufferPointer(start: numbers.pointer, count: found))
            return
        }
        unsafe totals.slots[index].numbers.append(
            contentsOf: UnsafeBufferPointer(start: numbers.pointer, count: found))
    }

    /// Writes the numbers of an attribute, an elapsed time or a valuation of the selected rows to
    /// `made`.
    func make(
        _ measure: ScanPlan.PlannedMeasure, _ selected: Int, of count: Int
    ) throws {
        // Several measures of one quantity share it.
        if let made, made == (measure.operand, measure.start, measure.valuation) { return }
        made = (measure.operand, measure.start, measure.valuation)
        if let valuation = measure.valuation {
            try makeValued(valuation, selected, of: count)
            return
        }
        guard let operand = measure.operand else { return }
        try expand(operand, selected, of: count, into: buffers.made)
        if let start = measure.start {
            try expand(start, selected, of: count, into: buffers.starts)
            unsafe rk_elapse(buffers.starts.pointer, buffers.made.pointer, Int64(selected))
        }
    }

    func expand(
        _ operand: Int, _ selected: Int, of count: Int, into target: KernelBuffer<Int64>
    ) throws {
        var lane = unsafe try lanes.lane(operand)
        unsafe rk_expand(&lane, list(selected, of: count), Int64(selected), target.pointer)
        guard case .attribute = plan.operands[operand] else { return }
        let table = try lanes.attributeTable(operand)
        unsafe table.withLane { lane in
            var lane = unsafe lane
            unsafe rk_look_up(&lane, Int64(table.count), Int64(selected), target.pointer)
        }
    }

    /// Adds the numbers at hand in 128 bits.
    private func addWide(_ index: Int, _ selected: Int) {
        for at in 0..<selected where numbers[at] != NumberVector.missing {
            let group = plan.dimensions.isEmpty ? 0 : Int(groups[at])
            totals.slots[index].high[group, default: 0] += Int128(sign) * Int128(numbers[at])
            if totals.slots[index].present > 0 {
                totals.records[group * totals.stride + totals.slots[index].present] += sign
            }
        }
    }

    private func addDistinct(
        _ index: Int, _ lane: rk_lane, _ list: UnsafePointer<UInt32>?, _ selected: Int
    ) {
        var lane = unsafe lane
        let size = Int64(selected)
        switch totals.slots[index].distinct {
        case .bits(let bits, let row):
            unsafe rk_mark(&lane, list, groupList, size, UInt64(row), bits.pointer)
        case .counts(let counts, let row):
            if change == nil {
                unsafe rk_tick(&lane, list, groupList, size, UInt64(row), counts.pointer)
                return
            }
            unsafe rk_expand(&lane, list, size, numbers.pointer)
            totals.countDistinct(index)
            for at in 0..<selected where numbers[at] != NumberVector.missing {
                let group = plan.dimensions.isEmpty ? 0 : Int(groups[at])
                let place = group * row + Int(numbers[at])
                // A count that reached its limit no longer tells how many there are.
                if counts[place] == .max { change?.isImpossible = true }
                if sign > 0, counts[place] == 0 { totals.slots[index].distinctCounts[group] += 1 }
                counts[place] = sign > 0 ? counts[place] &+ 1 : counts[place] &- 1
                if sign < 0, counts[place] == 0 { totals.slots[index].distinctCounts[group] -= 1 }
            }
        case .pairs(var values, var pairs, var perGroup):
            unsafe rk_expand(&lane, list, size, numbers.pointer)
            totals.slots[index].distinct = nil
            for at in 0..<selected where numbers[at] != NumberVector.missing {
                let group = plan.dimensions.isEmpty ? 0 : Int(groups[at])
                let pair = Int64(group) << 32 | Int64(values.code(of: numbers[at]))
                guard pairs.insert(pair) else { continue }
                while perGroup.count <= group { perGroup.append(0) }
                perGroup[group] += 1
            }
            totals.slots[index].distinct = .pairs(
                values: values, pairs: pairs, perGroup: perGroup)
        case nil: break
        }
    }

    // MARK: Runs of equal steps

    /// Adds a measure run by run; false when it cannot be.
    func addRuns(_ index: Int, runs: Int, count: Int) throws -> Bool {
        let measure = plan.measures[index]
        let (present, sum) = (totals.slots[index].present, totals.slots[index].sum)
        switch measure.kind {
        case .count: return true
        case .countPresent where present == 0: return true
        case .sum:
            guard let operand = measure.operand, measure.start == nil, measure.valuation == nil,
                case .column = plan.operands[operand]
            else { return false }
            var lane = unsafe try lanes.lane(operand)
            guard totals.makeRoom(index, count: count, magnitude: unsafe lane.magnitude(count))
            else { return false }
            unsafe rk_run_add(
                &lane, mask.pointer, buffers.runEnds.pointer, buffers.runGroups.pointer,
                Int64(runs),
                totals.records.pointer, Int64(totals.stride),
                present == 0 ? -1 : Int64(present), Int64(sum))
            return true
        default: return false
        }
    }
}

extension rk_lane {
    /// How far from 0 the numbers of a lane may be.
    func magnitude(_ count: Int) -> UInt64 {
        if unsafe width == 0 {
            return unsafe base == NumberVector.missing ? 0 : base.magnitude
        }
        if unsafe width < 8 {
            let top = unsafe (UInt64(1) << UInt64(width * 8)) - 1
            let (span, overflow) = unsafe step.magnitude.multipliedReportingOverflow(by: top)
            let (sum, carry) = unsafe base.magnitude.addingReportingOverflow(span)
            return overflow || carry ? .max : sum
        }
        return unsafe rk_magnitude(codes.assumingMemoryBound(to: Int64.self), Int64(count))
    }
}

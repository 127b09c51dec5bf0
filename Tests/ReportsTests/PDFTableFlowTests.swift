import Testing
import Vocabulary

@testable import Reports

/// Page breaks of many tables, drawn by random numbers that are the same in each run.
@Suite("PDF page breaks") struct PDFTableFlowTests {
    private struct Numbers {
        var state: UInt64

        /// SplitMix64.
        mutating func next(_ range: ClosedRange<Int>) -> Int {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            mixed ^= mixed >> 31
            return range.lowerBound + Int(mixed % UInt64(range.count))
        }
    }

    private static let top = 58.0
    private static let bottom = 500.0

    private struct Sample {
        let flow: PDFTableFlow
        let plan: PDFTablePlan
        let start: Double
        let rows: Int
    }

    private func sample(_ numbers: inout Numbers) -> Sample {
        let rows = numbers.next(0...160)
        let currencies = numbers.next(0...3)
        let column = ResultColumn(name: "a", label: "A", kind: .money, isTotalled: true)
        let totals = ["DKK", "EUR", "KES"].prefix(currencies).map {
            ResultTotal(currency: Currency($0), cells: [.missing])
        }
        let table = ResultTable(
            name: "t", title: "T", columns: [column], rowCount: rows, totals: totals
        ) { _ in }
        var groups: [PDFTableSurvey.Group] = []
        if numbers.next(0...2) > 0 {
            var row = 0
            while row < rows {
                groups.append(.init(start: row, lines: numbers.next(0...currencies)))
                row += numbers.next(1...(numbers.next(0...1) == 0 ? 3 : 60))
            }
        }
        let lines =
            numbers.next(0...1) == 0 ? [] : (0..<rows).map { _ in UInt8(numbers.next(1...3)) }
        let plan = PDFTablePlan(
            columns: [], size: 8.5, carriedLines: currencies, groupIndex: groups.isEmpty ? nil : 0)
        return Sample(
            flow: PDFTableFlow(table, groups: groups, lines: lines, cutCells: numbers.next(0...1)),
            plan: plan, start: Double(numbers.next(58...300)), rows: rows)
    }

    @Test("pages hold what stands on them, and nothing stands alone")
    func invariants() {
        var numbers = Numbers(state: 1)
        var (breaks, withinGroups) = (0, 0)
        for number in 0..<3000 {
            let sample = sample(&numbers)
            let (flow, plan) = (sample.flow, sample.plan)
            let (segments, end) = flow.segments(
                plan, from: sample.start, top: Self.top, bottom: Self.bottom)
            #expect(segments.last?.isLast == true && segments.filter(\.isLast).count == 1)
            var next = 0
            for (index, segment) in segments.enumerated() {
                #expect(segment.rows.lowerBound == next)
                next = segment.rows.upperBound
                #expect(!segment.rows.isEmpty || sample.rows == 0, "totals stand alone: \(number)")
                let height = height(of: segment, isFirst: index == 0, sample)
                #expect(
                    height <= Self.bottom + 0.001 || segment.rows.count == 1,
                    "page \(index) of \(number) ends at \(height)")
                if segment.isLast { #expect(abs(height - end) < 0.001) }
                breaks += segment.isLast ? 0 : 1
                for (place, group) in flow.groups.enumerated()
                where segment.rows.contains(group.start) {
                    let isEnd = place + 1 < flow.groups.count
                    let size = (isEnd ? flow.groups[place + 1].start : sample.rows) - group.start
                    let here = segment.rows.upperBound - group.start
                    #expect(
                        here >= min(2, size) || segment.rows.lowerBound == group.start,
                        "a heading stands with \(here) of \(size) rows: \(number)")
                    withinGroups += here < size ? 1 : 0
                }
            }
            #expect(next == sample.rows)
        }
        #expect(breaks > 3000 && withinGroups > 500)
    }

    /// Where a page ends, told by adding up what the brush draws on it.
    private func height(
        of segment: PDFTableFlow.Segment, isFirst: Bool, _ sample: Sample
    ) -> Double {
        let (flow, plan) = (sample.flow, sample.plan)
        func group(of row: Int) -> Int { flow.groups.lastIndex { $0.start <= row } ?? -1 }
        var y = (isFirst ? sample.start : Self.top) + plan.headerHeight
        let carried = Double(plan.carriedLines) * plan.rowHeight
        if let first = segment.rows.first, !isFirst {
            y += carried
            let place = group(of: first)
            if place >= 0, flow.groups[place].start < first {
                y += plan.groupHeight + Double(flow.groups[place].lines) * plan.rowHeight
            }
        }
        if sample.rows == 0 { y += plan.rowHeight }
        for row in segment.rows {
            let place = group(of: row)
            if place >= 0, flow.groups[place].start == row { y += plan.groupHeight }
            y += flow.height(of: row, plan)
            if place >= 0, flow.isEnd(row, of: place) {
                y += Double(flow.groups[place].lines) * plan.rowHeight
            }
        }
        guard !segment.isLast else { return y + flow.totalsHeight(plan) }
        let place = segment.rows.last.map(group) ?? -1
        if let last = segment.rows.last, place >= 0, !flow.isEnd(last, of: place) {
            y += Double(flow.groups[place].lines) * plan.rowHeight
        }
        return y + carried
    }
}

import CKernels
import Vocabulary

/// The order of rows in a segment: by company, then by the local day and value of the model's time
/// column, then as they were given.
struct SegmentOrder {
    /// For each row of the segment, which of the given rows it is; empty for rows that were put in
    /// order before.
    private(set) var order: [UInt32]
    /// Whether the rows were given in order.
    private(set) var isIdentity: Bool
    let runs: [CompanyRun]
    /// The position of the model's time column.
    let timePosition: Int?
    /// Its values in order; empty when there is none.
    let times: [Int64]
    /// Their local days (of a day column, the values themselves).
    let days: [Int64]

    init(_ rows: SegmentRows, layout: ModelLayout, zones: [Int: Zone]) {
        self.init(CompanyOrder(rows.companies), layout: layout, zones: zones) { position in
            if case .numbers(let numbers) = rows.columns[position] { numbers } else { nil }
        }
    }

    /// Sorts rows by the numbers of the time column, which its last argument hands out by position.
    init(
        _ byCompany: CompanyOrder, layout: ModelLayout, zones: [Int: Zone],
        numbers: (_ position: Int) -> [Int64]?
    ) {
        var order = byCompany.order
        let runs = byCompany.runs
        let position = layout.model.timeColumn.flatMap(layout.model.index(of:))
        var times: [Int64] = []
        var days: [Int64] = []
        if let position, let numbers = numbers(position) {
            let isInstant = layout.model.columns[position].type == .instant
            func lookAgain() {
                times = numbers.ordered(by: order)
                days =
                    isInstant
                    ? LocalDayCode.days(of: times, runs: runs, zones: zones) : times
            }
            lookAgain()
            let unsorted = runs.filter { !Self.ascends($0.rows, days, times) }
            var scratch = [UInt32](repeating: 0, count: unsorted.isEmpty ? 0 : order.count)
            if !unsorted.isEmpty {
                for run in unsorted { Self.sort(&order, run.rows, by: numbers, &scratch) }
                lookAgain()
            }
            // Where clocks go back over midnight, a later instant can have an earlier day.
            let backward = unsorted.filter { !Self.ascends($0.rows, days, times) }
            if !backward.isEmpty {
                var dayOfGiven = days
                for (row, given) in order.enumerated() { dayOfGiven[Int(given)] = days[row] }
                for run in backward { Self.sort(&order, run.rows, by: dayOfGiven, &scratch) }
                lookAgain()
            }
        }
        self.order = order
        isIdentity = order.indices.allSatisfy { Int(order[$0]) == $0 }
        self.runs = runs
        timePosition = position
        self.times = times
        self.days = days
    }

    /// The order of the same rows once they have been put into it.
    var inPlace: SegmentOrder {
        var order = self
        (order.order, order.isIdentity) = ([], true)
        return order
    }

    private static func ascends(_ rows: Range<Int>, _ days: [Int64], _ times: [Int64]) -> Bool {
        var isAscending = true
        for row in rows.dropFirst() {
            isAscending =
                isAscending
                && (days[row - 1] < days[row]
                    || days[row - 1] == days[row] && times[row - 1] <= times[row])
        }
        return isAscending
    }

    private static func sort(
        _ order: inout [UInt32], _ part: Range<Int>, by keys: [Int64], _ scratch: inout [UInt32]
    ) {
        CompanyOrder.sort(&order, part, by: keys, &scratch)
    }
}

/// Rows in the order of their companies, and otherwise as they were given.
struct CompanyOrder {
    let order: [UInt32]
    let runs: [CompanyRun]

    /// Counts the rows of each company and puts them in their places; company numbers are small.
    init(_ companies: [Int]) {
        var ends: [Int] = []
        for company in companies {
            while ends.count <= company { ends.append(0) }
            ends[company] += 1
        }
        var runs: [CompanyRun] = []
        var start = 0
        for (company, count) in ends.enumerated() where count > 0 {
            runs.append(CompanyRun(company: company, rows: start..<(start + count)))
            ends[company] = start
            start += count
        }
        order = unsafe [UInt32](unsafeUninitializedCapacity: companies.count) { target, filled in
            for (row, company) in companies.enumerated() {
                unsafe target[ends[company]] = UInt32(row)
                ends[company] += 1
            }
            filled = companies.count
        }
        self.runs = runs
    }

    /// Sorts a part of an order by keys of the given rows; equal ones keep their places.
    static func sort(
        _ order: inout [UInt32], _ part: Range<Int>, by keys: [Int64], _ scratch: inout [UInt32]
    ) {
        unsafe order.withUnsafeMutableBufferPointer { order in
            guard let start = order.baseAddress else { return }
            unsafe rk_sort(keys, start + part.lowerBound, part.count, &scratch)
        }
    }
}

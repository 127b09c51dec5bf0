public import Store
public import Vocabulary

/// A reconciliation with its lines, all of one snapshot.
public struct ReconciliationAnswer: Sendable {
    /// The definition.
    public let reconciliation: Reconciliation
    /// The days that are told of.
    public let period: Period
    /// Documents and entries, the exceptions first, in the order of `MatchKind`.
    public let lines: [ReconciliationLine]
    /// Remarks that its reader must see.
    public let remarks: [String]
    /// Whether lines of several companies stand together.
    let hasCompanies: Bool

    /// The lines that somebody has to look at.
    public var exceptions: [ReconciliationLine] { lines.filter { $0.kind != .matched } }

    /// The currencies of its amounts, in alphabetical order.
    public var currencies: [Currency] {
        Set(lines.flatMap { [$0.expected?.currency, $0.found?.currency] }.compactMap { $0 })
            .sorted { $0.code < $1.code }
    }
}

extension Definitions {
    /// Holds the two lists of a reconciliation against each other.
    ///
    /// Each company is told of by itself. Days are those of the company's clock, and a period that is
    /// not over ends today.
    ///
    /// - Parameters:
    ///   - name: The reconciliation.
    ///   - period: The days that are told of.
    ///   - snapshot: The state of the store and the companies that are asked about.
    ///   - now: The present moment.
    /// - Returns: Every document and entry that the period touches, on one line each.
    /// - Throws: `Advice` when the reconciliation does not exist.
    public func reconcile(
        _ name: String, period: PeriodName, on snapshot: Snapshot, now: Instant
    ) throws -> ReconciliationAnswer {
        let definition = try reconciliation(name)
        let companies = snapshot.companies
        let today = try Self.zone(of: companies).day(of: now)
        let days = try FiscalCalendar.days(of: period, today: today, companies)
        var lines: [ReconciliationLine] = []
        var remarks: [String] = []
        for company in companies {
            let asked = AskedDays(days, today: company.zone.day(of: now))
            let sides = try ReconciliationSides(
                definition, company: company, schema: schema, asked: asked,
                snapshot: snapshot.narrowed(to: [company.code]))
            lines +=
                ReconciliationMatching(definition, sides: sides, company: company, asked: asked)
                .lines
            for remark in sides.remarks where !remarks.contains(remark) { remarks.append(remark) }
        }
        // The lines of a kind stay in the order in which they were found.
        let sorted = MatchKind.allCases.flatMap { kind in lines.filter { $0.kind == kind } }
        return ReconciliationAnswer(
            reconciliation: definition, period: days, lines: sorted, remarks: remarks,
            hasCompanies: companies.count > 1)
    }
}

extension Definitions {
    /// The same for a part of a dashboard or report, whose reader may have narrowed it.
    func reconcile(
        _ name: String, query: MetricQuery, on snapshot: Snapshot, now: Instant
    ) throws -> ReconciliationAnswer {
        if let filter = query.filters.first {
            throw Advice(
                .request, "a reconciliation is not narrowed, as by ‘\(filter.description)’",
                remedy: "narrow the figures on other pages; what does not match has no members")
        }
        return try reconcile(name, period: query.period, on: snapshot, now: now)
    }
}

extension CollectedProvenance {
    /// Adds what a reconciliation says of its origin.
    mutating func add(_ answer: ReconciliationAnswer) {
        add(
            basis: answer.reconciliation.basis, currencies: answer.currencies.map(\.code),
            remarks: answer.remarks)
    }
}

extension ReconciliationAnswer {
    /// What agrees, how many exceptions there are, and what no exception explains.
    ///
    /// All that was found less all that is expected is the sum of the differences of the exceptions,
    /// and this one unexplained difference: what agreeing amounts differ by within the tolerance.
    public var figures: [Figure] {
        func values(_ value: (ReconciliationLine) -> Money?) -> [Value] {
            let lines = lines.filter { $0.kind == .matched || $0.kind == .late }
            return currencies.map { currency in
                let sum = lines.compactMap(value).filter { $0.currency == currency }
                    .reduce(Int128(0)) { $0 + $1.minorUnits }
                return .money(Money(minorUnits: sum, currency: currency))
            }
        }
        return [
            Figure(
                name: "matched", label: "Matched", kind: .money, values: values(\.found)),
            Figure(
                name: "exceptions", label: "Exceptions", kind: .integer,
                values: [.integer(Int64(exceptions.count))], riseIsGood: false),
            Figure(
                name: "unexplained", label: "Unexplained difference", kind: .money,
                values: values(\.difference), riseIsGood: nil),
        ]
    }

    /// How many lines of each kind there are, and their amounts, per currency.
    public func summary(name: String, title: String) -> ResultTable {
        struct Place: Hashable {
            let kind: MatchKind
            let code: String
        }
        struct Sums {
            var count: Int64 = 0
            var expected: Money?
            var found: Money?
            var difference: Money?
        }
        func sum(_ left: Money?, _ right: Money?) -> Money? {
            guard let left, let right else { return left ?? right }
            return left.adding(right)
        }
        var sums: [Place: Sums] = [:]
        for line in lines {
            let code = line.difference?.currency.code ?? ""
            let place = Place(kind: line.kind, code: code)
            var own = sums[place] ?? Sums()
            own.count += 1
            own.expected = sum(own.expected, line.expected)
            own.found = sum(own.found, line.found)
            own.difference = sum(own.difference, line.difference)
            sums[place] = own
        }
        let columns = [
            ResultColumn(name: "match", label: "Match", kind: .text),
            ResultColumn(name: "count", label: "Number", kind: .integer, isTotalled: true),
            ResultColumn(name: "expected", label: "Expected", kind: .money, isTotalled: true),
            ResultColumn(name: "found", label: "Found", kind: .money, isTotalled: true),
            ResultColumn(name: "difference", label: "Difference", kind: .money, isTotalled: true),
        ]
        let codes = [""] + currencies.map(\.code)
        let rows = MatchKind.allCases.flatMap { kind in
            codes.compactMap { code in
                sums[Place(kind: kind, code: code)].map { sums -> [Value] in
                    [
                        .text(kind.label), .integer(sums.count), Self.value(sums.expected),
                        Self.value(sums.found), Self.value(sums.difference),
                    ]
                }
            }
        }
        return Self.table(name: name, title: title, columns: columns, rows: rows)
    }

    /// Every exception with what it is called on both sides, its day, age and amounts.
    public func exceptionTable(name: String, title: String) -> ResultTable {
        var columns = [
            ResultColumn(name: "match", label: "Match", kind: .text),
            ResultColumn(name: "expected_reference", label: "Document", kind: .identifier),
            ResultColumn(name: "found_reference", label: "Entry", kind: .identifier),
            ResultColumn(name: "day", label: "Day", kind: .day),
            ResultColumn(name: "age", label: "Days", kind: .integer),
            ResultColumn(name: "expected", label: "Expected", kind: .money, isTotalled: true),
            ResultColumn(name: "found", label: "Found", kind: .money, isTotalled: true),
            ResultColumn(name: "difference", label: "Difference", kind: .money, isTotalled: true),
        ]
        if hasCompanies {
            columns.insert(ResultColumn(name: "company", label: "Company", kind: .text), at: 0)
        }
        let rows = exceptions.map { line -> [Value] in
            (hasCompanies ? [Value.text(line.company)] : []) + [
                .text(line.kind.label), line.document.map(Value.text) ?? .missing,
                line.entry.map(Value.text) ?? .missing, .day(line.day), .integer(Int64(line.age)),
                Self.value(line.expected), Self.value(line.found), Self.value(line.difference),
            ]
        }
        return Self.table(name: name, title: title, columns: columns, rows: rows)
    }

    private static func value(_ money: Money?) -> Value { money.map(Value.money) ?? .missing }

    private static func table(
        name: String, title: String, columns: [ResultColumn], rows: [[Value]]
    ) -> ResultTable {
        var footing = ResultFooting(columns: columns)
        for row in rows { footing.add(row) }
        return ResultTable(
            name: name, title: title, columns: columns, rows: rows, totals: footing.totals)
    }
}

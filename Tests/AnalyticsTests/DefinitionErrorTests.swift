import Testing
import Vocabulary

@testable import Analytics

/// Each mistake is reported with its place, what was written, and what would be legal.
@Suite struct DefinitionErrorTests {
    private static let revenue = """
        metrics:
          revenue:
            description: net
            model: sale
            kind: sum
            column: net
            date: sold_at

        """

    private func refusal(
        _ metrics: String, dashboards: [String] = [], reports: [String] = []
    ) throws -> String {
        try #require(throws: Advice.self) {
            try Definitions.written(metrics, dashboards: dashboards, reports: reports)
        }.description
    }

    @Test(arguments: [
        (
            "description: x\n    model: sales\n    kind: count",
            "metrics/m.yaml:4:12: there is no model ‘sales’; did you mean ‘sale’?"
        ),
        (
            "description: x\n    model: sale\n    kind: summ\n    column: net",
            "metrics/m.yaml:5:11: ‘summ’ is not a kind of metric; did you mean ‘sum’?"
        ),
        (
            "description: x\n    model: sale\n    kind: sum\n    column: nett",
            "metrics/m.yaml:6:13: model ‘sale’ has no column ‘nett’; did you mean ‘net’?"
        ),
        (
            "description: x\n    model: sale\n    kind: sum\n    column: status",
            "metrics/m.yaml:6:13: column ‘status’ holds category, which has no sum; use one of: "
                + "gross, net, number_in_series, quoted, tax, tax_rate"
        ),
        (
            "description: x\n    model: sale\n    kind: sum",
            "metrics/m.yaml:3:5: ‘column’ is missing here; add a line ‘column: …’"
        ),
        (
            "model: sale\n    kind: count",
            "metrics/m.yaml:3:5: ‘description’ is missing here; add a line ‘description: …’"
        ),
        (
            "description: x\n    model: sale\n    kind: count\n    date: sold_on",
            "metrics/m.yaml:6:11: ‘sold_on’ is not an instant or day column of model ‘sale’; "
                + "did you mean ‘sold_at’?"
        ),
        (
            "description: x\n    model: sale\n    kind: percentile\n    column: net\n    percent: 101",
            "metrics/m.yaml:7:14: ‘101’ is no percentage; write a number from 0 to 100, as 90"
        ),
        (
            "description: x\n    model: sale\n    kind: median\n    column: net\n    percent: 50",
            "metrics/m.yaml:7:14: ‘percent’ goes with kind percentile; remove the line"
        ),
        (
            "description: x\n    model: bill\n    kind: average\n"
                + "    elapsed: {from: issued_on, to: marked_paid_at}",
            "metrics/m.yaml:6:14: ‘issued_on’ is day and ‘marked_paid_at’ is instant; measure from "
                + "instant to instant, or from day to day"
        ),
        (
            "description: x\n    model: sale\n    kind: count\n    accumulate: always",
            "metrics/m.yaml:6:17: rows are added up by their day, and this metric has none; add "
                + "‘date’"
        ),
        (
            "description: x\n    model: sale\n    kind: median\n    column: net\n    date: sold_at\n"
                + "    accumulate: year",
            "metrics/m.yaml:8:17: only sums and counts are added up over time; remove ‘accumulate’, "
                + "or use kind sum or count"
        ),
        (
            "description: x\n    model: sale\n    kind: count\n    where: {net: {above: 5}}",
            "metrics/m.yaml:6:13: ‘net’ holds amounts of any currency, and 5 is not the same in all; "
                + "hold amounts against 0"
        ),
        (
            "description: x\n    model: sale\n    kind: count\n    where: {sold_at: {before: end}}",
            "metrics/m.yaml:6:13: ‘end’ is not a day; write 2026-06-30, today, period-start or "
                + "period-end, with + 7 or - 7 for days after or before"
        ),
        (
            "description: x\n    model: sale\n    kind: count\n    wher: {}",
            "metrics/m.yaml:6:5: ‘wher’ is not known here; did you mean ‘where’?"
        ),
        (
            "description: x\n    model: sale\n    kind: count\n    where: {statsu: PAID}",
            "metrics/m.yaml:6:13: model ‘sale’ has no column ‘statsu’; did you mean ‘status’?"
        ),
        (
            "description: x\n    model: sale\n    kind: count\n    where: {customer.kin: B2B}",
            "metrics/m.yaml:6:13: model ‘customer’, to which ‘customer’ refers, has no column ‘kin’; "
                + "did you mean ‘kind’?"
        ),
        (
            "description: x\n    model: service\n    kind: count\n    where: {active: maybe}",
            "metrics/m.yaml:6:13: column ‘active’ holds yes or no, and ‘maybe’ is none; "
                + "write true or false"
        ),
        (
            "description: x\n    model: sale\n    kind: count\n    where: {status: {is: there}}",
            "metrics/m.yaml:6:26: ‘there’ is not a state of a value; use one of: missing, present"
        ),
        (
            "description: x\n    model: sale\n    kind: sum\n    column: net\n    unit: ratio",
            "metrics/m.yaml:7:11: the value is an amount, not a ratio; write ‘unit: money’ or leave "
                + "the line out"
        ),
        (
            "description: x\n    model: sale\n    kind: count\n    rise: nice",
            "metrics/m.yaml:6:11: ‘nice’ is not a meaning of a rise; use one of: bad, good, neutral"
        ),
    ]) func baseMetric(_ body: String, _ expected: String) throws {
        #expect(try refusal("metrics:\n  m:\n    \(body)") == expected)
    }

    @Test(arguments: [
        (
            "days-since: {bill: due_on}, bands: [0, 30, 30]",
            "metrics/m.yaml:2:52: bands are 1 to 99 numbers that rise; write them as [0, 30, 60, 90]"
        ),
        (
            "days-since: {bill: amount}, bands: [0]",
            "metrics/m.yaml:2:36: ‘amount’ holds money(currency), not days; use one of: "
        ),
        (
            "of: {sale: net}, bands: [0]",
            "metrics/m.yaml:2:28: ‘net’ holds money(currency), which has no bands; "
        ),
        (
            "of: {lead: score}, bands: [0.5]",
            "metrics/m.yaml:2:28: 0.5 has more decimals than ‘score’; use 0 decimals"
        ),
        (
            "of: {lead: score}, bands: [1], labels: [low]",
            "metrics/m.yaml:2:56: 1 bands need 2 different labels; the last is for all above"
        ),
        (
            "bands: [1]", "metrics/m.yaml:2:6: a dimension has one of ‘days-since’ and ‘of’; "
        ),
    ]) func dimensions(_ fields: String, _ expected: String) throws {
        let found = try refusal("dimensions:\n  x: {label: X, \(fields)}\n")
        #expect(found.hasPrefix(expected), "\(found)")
    }

    @Test func formulas() throws {
        func formula(_ text: String, _ more: String = "") -> String {
            Self.revenue + "  ratio_of:\n    description: x\n    formula: \(text)\n\(more)"
        }
        #expect(
            try refusal(formula("revenu / 2"))
                == "metrics/m.yaml:10:14: there is no metric ‘revenu’; did you mean ‘revenue’?")
        #expect(
            try refusal(formula("revenue * (2"))
                == "metrics/m.yaml:10:24: this parenthesis is not closed; add ‘)’")
        #expect(
            try refusal(formula("revenue + 2"))
                == "metrics/m.yaml:10:14: the formula adds an amount and a number; use amounts on "
                + "both sides, or numbers on both sides")
        #expect(
            try refusal(formula("revenue / revenue"))
                == "metrics/m.yaml:9:5: ‘unit’ is missing here; add ‘unit: ratio’, ‘unit: number’ "
                + "or ‘unit: count’")
        #expect(
            try refusal(formula("revenue / revenue", "    unit: count"))
                == "metrics/m.yaml:11:11: the formula's values need not be whole; use ‘unit: "
                + "number’ or ratio")
        #expect(
            try refusal(formula("2 + 2"))
                == "metrics/m.yaml:10:14: the formula names no metric; name at least one")
        #expect(
            try refusal(formula("ratio_of * 2"))
                == "metrics/m.yaml:10:14: metric ‘ratio_of’ is defined by itself: ratio_of → "
                + "ratio_of; break the circle")
        #expect(
            try refusal(
                """
                metrics:
                  a: {description: x, formula: b + 1, unit: number}
                  b: {description: x, formula: c + 1, unit: number}
                  c: {description: x, formula: a + 1, unit: number}
                """)
                == "metrics/m.yaml:4:32: metric ‘a’ is defined by itself: a → b → c → a; break the "
                + "circle")
    }

    @Test func namesAndDuplicates() throws {
        #expect(
            try refusal("metrics:\n  net-sales: {description: x, model: sale, kind: count}")
                == "metrics/m.yaml:2:3: ‘net-sales’ cannot be named in a formula, where - means "
                + "minus; write ‘net_sales’")
        let file = try DefinitionNode(parsing: Self.revenue, file: "metrics/a.yaml")
        let again = try DefinitionNode(parsing: Self.revenue, file: "metrics/b.yaml")
        let error = try #require(throws: Advice.self) {
            try Definitions(
                metrics: [file, again], schema: try Definitions.shipped().schema)
        }
        #expect(
            error.description
                == "metrics/b.yaml:2:3: metric ‘revenue’ is also defined at metrics/a.yaml:2:3; "
                + "remove one")
    }

    @Test(arguments: [
        (
            "type: figures\n    metrics: [revenu]",
            "dashboards/d.yaml:7:15: there is no metric ‘revenu’; did you mean ‘revenue’?"
        ),
        (
            "type: pie\n    metrics: [revenue]",
            "dashboards/d.yaml:6:11: ‘pie’ is not a type of card; did you mean ‘line’?"
        ),
        (
            "type: line\n    metrics: [revenue]",
            "dashboards/d.yaml:5:5: a line needs a grain, and splits by one dimension at most; add "
                + "‘grain: month’, or use type bar or table"
        ),
        (
            "type: bar\n    metrics: [revenue]\n    by: custumer",
            "dashboards/d.yaml:5:5: model ‘sale’ has no column ‘custumer’; did you mean ‘customer’?"
        ),
        (
            "type: bar\n    metrics: [revenue]\n    by: net",
            "dashboards/d.yaml:5:5: figures cannot be split by ‘net’, which holds quantities; use "
                + "one of: company, customer, service, rep, status, payment_status, source, "
                + "tax_category, currency, number_series"
        ),
        (
            "type: bar\n    metrics: [revenue]\n    by: status\n    compare: last-yaer",
            "dashboards/d.yaml:9:14: ‘last-yaer’ is not a comparison; did you mean ‘last-year’?"
        ),
        (
            "type: table\n    metrics: [revenue]\n    by: status\n    order: -net",
            "dashboards/d.yaml:5:5: the query cannot be ordered by ‘net’, which is not part of it; "
                + "use one of: revenue, status"
        ),
        (
            "type: figures\n    metrics: [revenue]\n    period: this-mouth",
            "dashboards/d.yaml:8:13: ‘this-mouth’ is not a period; did you mean ‘this-month’?"
        ),
    ]) func cards(_ card: String, _ expected: String) throws {
        let dashboard =
            "dashboard: d\ntitle: D\nperiod: this-month\ncards:\n  - name: c\n    \(card)"
        #expect(try refusal(Self.revenue, dashboards: [dashboard]) == expected)
    }

    @Test(arguments: [
        (
            "columns: [{column: customer}]",
            "reports/r.yaml:9:24: ‘customer’ refers to rows of ‘customer’; show one of their "
                + "columns, as ‘customer.name’"
        ),
        (
            "columns: [{column: status, total: true}]",
            "reports/r.yaml:9:15: ‘status’ cannot be added up; remove ‘total’"
        ),
        (
            "columns: [{column: net, as: day}]",
            "reports/r.yaml:9:15: a column of type money(currency) cannot be shown as day; remove "
                + "‘as’"
        ),
        (
            "columns: [{column: net}, {column: net}]",
            "reports/r.yaml:9:30: column ‘net’ stands twice; remove one"
        ),
        (
            "columns: [{column: net, total: true}, {column: service.base_price}]",
            "reports/r.yaml:9:14: amounts of this list take their currencies from different columns "
                + "(currency, service.currency); leave one of them out, or remove the totals"
        ),
        (
            "columns: [{column: net}]\n    order: [soldat]",
            "reports/r.yaml:10:13: model ‘sale’ has no column ‘soldat’; did you mean ‘sold_at’?"
        ),
        (
            "columns: [{column: number}, {column: customer.name}]\n    group: status",
            "reports/r.yaml:10:12: the list has no column ‘status’ to group by; add it to "
                + "‘columns’, or group by one of: number, customer_name"
        ),
        (
            "columns: [{column: status}, {column: net}]\n    order: [number, status]\n    group: "
                + "status",
            "reports/r.yaml:11:12: rows are grouped by ‘status’ but not ordered by it; let ‘order’ "
                + "begin with ‘status’, so that each group stands together"
        ),
        (
            "columns: [{column: status}, {column: net}]\n    order: [net]\n    group: net",
            "reports/r.yaml:11:12: ‘net’ is an amount, and no two rows need have the same one; "
                + "group by a column of words, days or numbers"
        ),
    ]) func registers(_ body: String, _ expected: String) throws {
        let report = """
            report: r
            title: R
            period: this-month
            blocks:
              - name: rows
                type: rows
                title: Rows
                model: sale
                \(body)
            """
        #expect(try refusal(Self.revenue, reports: [report]) == expected)
    }
}

@Suite struct DefinitionHashTests {
    private func hash(_ text: String) throws -> String {
        try Definitions.written(text).metric("m").hash
    }

    @Test func doesNotDependOnLayoutButOnContent() throws {
        let plain = try hash(
            "metrics:\n  m:\n    description: x\n    model: sale\n    kind: sum\n    column: net\n")
        let other = try hash(
            """
            # A remark.
            metrics:
              m: {"kind": 'sum', column: net, model: "sale",
                  description: x}   # another
            """)
        #expect(plain == other)
        #expect(plain.count == 32)
        let changed = try hash(
            "metrics:\n  m:\n    description: x\n    model: sale\n    kind: sum\n    column: tax\n")
        #expect(plain != changed)
    }

    @Test func followsWhatTheDefinitionDependsOn() throws {
        func text(_ column: String) -> String {
            """
            metrics:
              base: {description: x, model: sale, kind: sum, column: \(column)}
              m: {description: x, formula: base * 2}
            """
        }
        #expect(try hash(text("net")) != hash(text("tax")))
    }

    @Test func isTheKnownFunction() {
        // FNV-1a of 128 bits: the published value of "foobar" is 343e1662793c64bf6f0d3597ba446f18;
        // ours goes on with the byte that ends each piece.
        var state: UInt128 = 0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18
        state = (state ^ 0xff) &* (1 << 88 | 0x13b)
        #expect(DefinitionHash.of(["foobar"]) == String(state, radix: 16))
        #expect(DefinitionHash.of(["ab", "c"]) != DefinitionHash.of(["a", "bc"]))
    }

    @Test func showsADefinitionAsYamlThatReadsBackTheSame() throws {
        for path in DefinitionFolder.files(in: "metrics", of: Folders.queries)
            + DefinitionFolder.files(in: "reports", of: Folders.queries)
        {
            let node = try DefinitionNode(contentsOf: path)
            let again = try DefinitionNode(parsing: try node.yamlText(), file: "again.yaml")
            #expect(try again.canonicalText() == node.canonicalText())
        }
    }
}

import Analytics
import Foundation
import Store
import Vocabulary

@testable import SourceSystems

extension PackWorld {
    private static let grains: [String?] = [nil, nil, "day", "week", "month", "quarter", "year"]

    /// Asks random questions of each metric, both ways; the differences, in words.
    func differences(
        rounds: Int, seed: UInt64
    ) throws -> (asked: Int, differences: [String]) {
        let (companies, span) = (oracle.companies, oracle.span)
        var random = SeededRandom(seed: seed)
        var differences: [String] = []
        var asked = 0
        for (metric, sql) in oracle.queries {
            for _ in 0..<rounds {
                let company = companies.randomElement(using: &random) ?? companies[0]
                let definition = try definitions.metric(metric)
                let grain =
                    definition.isDated ? Self.grains.randomElement(using: &random) ?? nil : nil
                let days = grain == "day" ? 40 : span.days
                let from = span.start.adding(days: Int.random(in: 0..<span.days, using: &random))
                let until = from.adding(days: Int.random(in: 1...days, using: &random))
                let own = try harness.schema.companies.company(company)
                let question = PackOracle.Question(
                    company: company, country: own.country, zone: own.zone.name, from: from,
                    until: until, grain: grain, today: own.zone.day(of: now))
                asked += 1
                let found: String?
                do {
                    found = try difference(metric, sql, question)
                } catch {
                    found = "\(error)"
                }
                if let found { differences.append("\(metric) of \(question): \(found)") }
            }
        }
        return (asked, differences)
    }

    /// What both ways say otherwise; nil if they agree.
    private func difference(
        _ metric: String, _ sql: String, _ question: PackOracle.Question
    ) throws -> String? {
        let answer = try definitions.answer(
            MetricQuery(
                metrics: [metric],
                period: PeriodName("\(question.from)..\(question.until.adding(days: -1))"),
                grain: question.grain.flatMap { Grain(rawValue: $0) }, currency: oracle.currency),
            on: harness.store.snapshot(Scope(companies: [question.company])), now: now)
        let wanted = try harness.sql(question.statement(sql))
        for row in answer.rows {
            let start = row.step?.start ?? question.from
            if let found = Self.difference(row.cells[0], wanted, start, question) { return found }
        }
        let starts = Set(answer.rows.compactMap { $0.step.map { "\($0.start)" } })
        if question.grain != nil, starts != Set(wanted.compactMap { $0[0] }) {
            return "steps \(starts.sorted().prefix(2)), not those of date_trunc"
        }
        return nil
    }
}

extension PackWorld {
    /// Asks each metric once of all companies, split by company; each part has to be what the source
    /// says of that company alone.
    func differencesOfSplits(seed: UInt64) throws -> [String] {
        var random = SeededRandom(seed: seed &+ 500)
        let companies = try oracle.companies.map { try harness.schema.companies.company($0) }
        let snapshot = try harness.store.snapshot(Scope(companies: Set(oracle.companies)))
        var differences: [String] = []
        for (metric, sql) in oracle.queries {
            // A share of the total is another question of one company than of all.
            if try definitions.metric(metric).definition.contains("total(") { continue }
            let from = oracle.span.start.adding(
                days: Int.random(in: 0..<oracle.span.days, using: &random))
            let until = from.adding(days: Int.random(in: 1...oracle.span.days, using: &random))
            let answer: MetricAnswer
            do {
                answer = try definitions.answer(
                    MetricQuery(
                        metrics: [metric],
                        period: PeriodName("\(from)..\(until.adding(days: -1))"),
                        by: ["company"], currency: oracle.currency), on: snapshot, now: now)
            } catch let advice as Advice
                where advice.happened.contains("too much to be split further")
            {
                // Three things tell its members apart already.
                continue
            }
            for company in companies {
                let question = PackOracle.Question(
                    company: company.code, country: company.country, zone: company.zone.name,
                    from: from, until: until, grain: nil, today: answer.provenance.zone.day(of: now)
                )
                let row = answer.rows.first { $0.members[0].label == company.name }
                let found = Self.difference(
                    row?.cells[0] ?? [], try harness.sql(question.statement(sql)), from, question)
                if let found {
                    differences.append("\(metric) by company, \(question): \(found)")
                }
            }
        }
        return differences
    }

    /// What the cells of a step say otherwise than the lines of the source; nil if they agree.
    private static func difference(
        _ cells: [MetricAnswer.Cell], _ wanted: [[String?]], _ start: LocalDay,
        _ question: PackOracle.Question
    ) -> String? {
        // Of days to come nothing needs to be known; balances of them have no rows yet.
        let isToCome = max(start, question.from) > question.today
        var expected: [String: ExactDecimal?] = [:]
        for line in wanted where line[0] == "\(start)" && line[3] == "f" {
            expected[line[1] ?? ""] = .some(line[2].flatMap { ExactDecimal($0) })
        }
        for cell in cells {
            let own = expected.removeValue(forKey: cell.currency?.code ?? "")
            switch (cell.value.number, own) {
            case (let number?, .some(.some(let value))):
                if value.rounded(toScale: number.scale) != number,
                    !(isToCome && number == ExactDecimal(0))
                {
                    return "\(start) is \(number), not \(value)"
                }
            case (nil, .some(nil)), (nil, nil): break
            case (nil, .some(.some(let value))):
                if !isToCome { return "\(start) is missing, not \(value)" }
            case (let number?, nil), (let number?, .some(nil)):
                if number != ExactDecimal(0) { return "\(start) is \(number), not missing" }
            }
        }
        for case (let currency, let value?) in expected
        where value != ExactDecimal(0) && !isToCome {
            return "\(start) has no \(currency) \(value)"
        }
        return nil
    }
}

extension Value {
    fileprivate var number: ExactDecimal? {
        switch self {
        case .integer(let number): ExactDecimal(Int(number))
        case .decimal(let number): number
        case .money(let money): money.amount
        default: nil
        }
    }
}

import Store
import Testing
import Vocabulary

@testable import Analytics

/// Members that are found before their figures are read: the same answers as when all are read.
///
/// Those answers are held against naive ones by `OracleTests`.
@Suite struct LeadersTests {
    @Test(arguments: UInt64(1)...10) func leadersGiveTheSameAnswers(_ seed: UInt64) throws {
        let scene = try OracleScene(seed: seed)
        let (now, definitions) = (scene.now, scene.definitions)
        var random = SplitMix(seed: seed &* 31)
        var found = 0
        for number in 0..<60 {
            guard let snapshot = try scene.snapshot(leavingOut: 4, &random) else { continue }
            let query = try Self.query(&random)
            let all = ScanReader(snapshot, fewMembers: .max)
            // So few at first that often more have to be looked for.
            let leading = ScanReader(snapshot, fewMembers: 0, leaders: [3, 5, 64])
            let wanted = try definitions.answer(query, with: all, now: now)
            let answer = try definitions.answer(query, with: leading, now: now)
            #expect(
                answer == wanted,
                """
                seed \(seed), question \(number): \(query)
                \(answer.rows.filter { !wanted.rows.contains($0) })
                \(wanted.rows.filter { !answer.rows.contains($0) })
                """)
            let plan = try MetricPlan(
                query, definitions: definitions,
                today: try Definitions.zone(of: snapshot.companies).day(of: now),
                companies: snapshot.companies)
            let currency = wanted.provenance.notes.compactMap {
                $0.wholeMatch(of: #/ordered by amounts in ([A-Z]+)/#).map { String($0.output.1) }
            }.first.flatMap { Currency($0) }
            let leaders = try plan.leaders(on: leading) {
                currency ?? wanted.rows.first?.cells[0].first?.currency
            }
            if let leaders, let limit = query.limit {
                found += 1
                #expect(leaders.members.count >= limit)
            }
        }
        // Some worlds have hardly any rows.
        #expect(found > (scene.world.deals.count > 100 ? 5 : -1), "of 60 questions, \(found)")
    }

    private static func query(_ random: inout SplitMix) throws -> MetricQuery {
        var query = try OracleTests.query(&random)
        let undated = ["open_value", "overdue"]
        let deciding = ["total", "deals", "amount", "vip_deals", "won"]
        query.metrics.removeAll(where: deciding.contains)
        query.metrics.insert(deciding.randomElement(using: &random) ?? "total", at: 0)
        // What is added up over time is left to the other way.
        if Int.random(in: 0..<4, using: &random) > 0 {
            query.metrics.removeAll {
                NaiveAnswer.accumulating.contains($0) || undated.contains($0)
            }
        }
        query.by = ["customer"]
        query.order = nil
        query.limit = Int.random(in: 1...6, using: &random)
        return query
    }
}

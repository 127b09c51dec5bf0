import Store
import Testing

@testable import reportd

/// When open pages are told of commits, with moments that the tests make up.
@Suite struct NewsPaceTests {
    /// Milliseconds from a moment to each of some turns that are taken at it.
    private func turns(
        _ count: Int, of pace: NewsPace, at moment: ContinuousClock.Instant
    ) -> [Double] {
        (0..<count).map {
            (pace.turn(of: scope($0), now: moment) - moment) / .milliseconds(1)
        }
    }

    /// What only one reader sees.
    private func scope(_ number: Int) -> Scope { Scope(companies: ["c\(number)"]) }

    /// A pace that has seen many answers of one cost, on two processors.
    private func pace(costing cost: Duration) -> NewsPace {
        let pace = NewsPace(processors: 2)
        for _ in 0..<500 {
            pace.noteQuestion()
            pace.note(cost: cost)
        }
        return pace
    }

    @Test func pagesAreToldOneAfterTheOtherAsFastAsTheyAreAnswered() {
        // Half of two processors make an answer of 20 ms every 20 ms.
        let all = turns(100, of: pace(costing: .milliseconds(20)), at: .now + .seconds(1))
        #expect(all.prefix(3).allSatisfy { $0 == 0 }, "a few at once are no burden: \(all)")
        #expect(all == all.sorted())
        let steps = zip(all.dropFirst(4), all.dropFirst(3)).map { $0 - $1 }
        #expect(steps.allSatisfy { abs($0 - 20) < 0.1 }, "\(steps)")
        #expect(abs((all.last ?? 0) - (99 * 20 - 50)) < 1, "\(all)")
    }

    @Test func whoeverComesWhenThereIsTimeNeverWaits() {
        let pace = pace(costing: .milliseconds(20))
        let start = ContinuousClock.now + .seconds(1)
        for number in 0..<1000 {
            let moment = start + .milliseconds(20) * number
            #expect(pace.turn(of: scope(number), now: moment) == moment)
        }
        // What was not taken is not saved up either.
        let later = start + .seconds(3600)
        #expect(turns(50, of: pace, at: later).count { $0 == 0 } == 3)
    }

    @Test func whoSeesTheSameSharesTurnsThatAreNoBurden() {
        let pace = pace(costing: .milliseconds(20))
        let moment = ContinuousClock.now + .seconds(1)
        // Five readers of each of twenty companies, in no order.
        let taken = (0..<100).map { number in
            let own = number * 7 % 20
            return (own, (pace.turn(of: scope(own), now: moment) - moment) / .milliseconds(1))
        }
        let turns = Dictionary(grouping: taken.filter { $0.1 > 0 }, by: \.1)
        #expect(turns.values.allSatisfy { Set($0.map(\.0)).count == 1 }, "each of one company")
        // 50 ms of work at the same moment are two answers of 20 ms.
        #expect(turns.values.allSatisfy { $0.count <= 2 })
        #expect(turns.values.contains { $0.count == 2 })
        // All of it takes as long as one after the other.
        let next = (pace.turn(of: scope(100), now: moment) - moment) / .milliseconds(1)
        #expect(abs(next - 1950) < 1)
    }

    @Test func answersAtHandCostNothing() {
        let pace = pace(costing: .milliseconds(20))
        for number in 0..<1000 {
            pace.noteQuestion()
            if number % 10 == 0 { pace.note(cost: .milliseconds(20)) }
        }
        let last = turns(100, of: pace, at: .now + .seconds(1)).last ?? 0
        #expect((50...400).contains(last), "a tenth of the cost, more or less: \(last)")
    }
}

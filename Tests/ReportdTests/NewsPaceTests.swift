import Store
import Testing

@testable import reportd

/// When open pages are told of commits, with moments that the tests make up.
@Suite struct NewsPaceTests {
    /// What a reader sees whose answers are paced.
    private let scope = Scope(companies: ["c01"])

    /// Milliseconds from a moment to each of some turns that are taken at it.
    private func turns(
        _ count: Int, of pace: NewsPace, at moment: ContinuousClock.Instant
    ) -> [Double] {
        (0..<count).map { _ in (pace.turn(of: scope, now: moment) - moment) / .milliseconds(1) }
    }

    /// A pace that has seen many answers of one cost, on five processors.
    private func pace(costing cost: Duration) -> NewsPace {
        let pace = NewsPace(processors: 5)
        for _ in 0..<500 {
            pace.noteQuestion(of: scope)
            pace.note(cost: cost, of: scope)
        }
        return pace
    }

    @Test func pagesAreToldOneAfterTheOtherAsFastAsTheyAreAnswered() {
        // Four tenths of five processors make an answer of 40 ms every 20 ms.
        let all = turns(100, of: pace(costing: .milliseconds(40)), at: .now + .seconds(1))
        #expect(all.prefix(3).allSatisfy { $0 == 0 }, "a few at once are no burden: \(all)")
        #expect(all == all.sorted())
        let steps = zip(all.dropFirst(4), all.dropFirst(3)).map { $0 - $1 }
        #expect(steps.allSatisfy { abs($0 - 20) < 0.1 }, "\(steps)")
        #expect(abs((all.last ?? 0) - (99 * 20 - 50)) < 1, "\(all)")
    }

    @Test func whoeverComesWhenThereIsTimeNeverWaits() {
        let pace = pace(costing: .milliseconds(40))
        let start = ContinuousClock.now + .seconds(1)
        for number in 0..<1000 {
            let moment = start + .milliseconds(20) * number
            #expect(pace.turn(of: scope, now: moment) == moment)
        }
        // What was not taken is not saved up either.
        let later = start + .seconds(3600)
        #expect(turns(50, of: pace, at: later).count { $0 == 0 } == 3)
    }

    @Test func theMoreAnAnswerCostsTheLaterTheNextOneIsTold() {
        let pace = pace(costing: .milliseconds(40))
        let all = Scope(companies: (1...50).map { "c\($0)" })
        for _ in 0..<500 {
            pace.noteQuestion(of: all)
            pace.note(cost: .milliseconds(400), of: all)
        }
        let moment = ContinuousClock.now + .seconds(1)
        _ = turns(10, of: pace, at: moment)
        let long = (pace.turn(of: all, now: moment) - moment) / .milliseconds(1)
        let next = turns(2, of: pace, at: moment)
        #expect(abs(next[0] - long - 200) < 0.1, "\(long), \(next)")
        #expect(abs(next[1] - next[0] - 20) < 0.1, "\(next)")
    }

    @Test func answersAtHandCostNothing() {
        let pace = pace(costing: .milliseconds(40))
        for number in 0..<1000 {
            pace.noteQuestion(of: scope)
            if number % 10 == 0 { pace.note(cost: .milliseconds(40), of: scope) }
        }
        let last = turns(100, of: pace, at: .now + .seconds(1)).last ?? 0
        #expect((50...400).contains(last), "a tenth of the cost, more or less: \(last)")
    }
}

import Analytics
import Store
import Vocabulary

/// A question for what changed of a report or metric between two states of the store.
///
/// The later state is that of `known-at`, which means here what it means everywhere; the earlier one is
/// `since`. `from` and `to` stay what they are in every other question: days of the period.
struct RestatementQuestion: Sendable {
    /// The earlier state.
    enum Since: Sendable, Hashable {
        /// A moment or commit.
        case moment(Moment)
        /// The state at which the period was closed.
        case close
    }

    let name: String
    let choices: ViewChoices
    let since: Since

    /// Reads a moment, the number of a commit, or `close`.
    ///
    /// - Throws: `Advice` when there is none, or it is something else.
    static func since(_ text: String?) throws -> Since {
        guard let text, !text.isEmpty else {
            throw Advice(
                .request, "it is not said since when changes are asked for",
                remedy: "give ‘since’: a moment as 2026-03-05T09:00:00Z, a commit, or ‘close’")
        }
        return text == "close" ? .close : .moment(try ViewChoices.moment(text))
    }
}

extension AnswerDesk {
    /// What changed between two states, as a document.
    ///
    /// - Throws: `Advice` when a state is not known any more, or they stand the wrong way round.
    func restatement(_ question: RestatementQuestion, scope: Scope) throws -> ReportDocument {
        let choices = question.choices
        let definitions = shelf.current.analytics
        let later = try store.snapshot(
            scope, of: try choices.selection(), at: try choices.moment())
        let now = clock.now()
        let earlier: Snapshot
        switch question.since {
        case .moment(let moment): earlier = try store.snapshot(later.scope, at: moment)
        case .close:
            let period = try choices.periodName() ?? definitions.reports[question.name]?.period
            guard let period, let close = try close(covering: period, later.companies, now) else {
                throw Advice(
                    .unknown, "no closed period covers what is asked for",
                    remedy: "name one company and a period within a closed one; "
                        + "‘reportd close --list’ shows them")
            }
            earlier = try store.snapshot(later.scope, at: .commit(close.commit))
        }
        guard earlier.commit.number <= later.commit.number else {
            throw Advice(
                .request,
                "the earlier state, of \(earlier.commit.time), is the later of the two",
                remedy: "exchange ‘since’ and ‘known-at’")
        }
        return try definitions.restatementDocument(
            of: question.name, try choices.request(), from: earlier, to: later, now: now)
    }
}

import Synchronization

/// What all readers have seen, added up.
final class OpenRecord: Sendable {
    /// What there is since the last look.
    struct Figures: Sendable {
        /// Milliseconds from asking for fresh figures to having them all, by what was asked for.
        var waitsByKind: [String: [Double]] = [:]
        /// The same of all.
        var waits: [Double] { waitsByKind.values.flatMap(\.self) }
        /// Milliseconds from the commit of the oldest change that an answer brought to its being shown.
        var delays: [Double] = []
        /// Answers that had nothing new.
        var unchanged = 0
        /// Bytes of answers, as they came.
        var bytes = 0
        /// Events that came.
        var events = 0
    }

    /// Mistakes that are told; all are counted.
    private static let told = 5

    private let figures = Mutex(Figures())
    private let mistakes = Mutex<(count: Int, first: [String])>((0, []))

    func add(_ change: (inout Figures) -> Void) { figures.withLock { change(&$0) } }

    /// Notes something that must not be.
    func mistake(_ words: String) {
        mistakes.withLock { mistakes in
            mistakes.count += 1
            if mistakes.first.count < Self.told { mistakes.first.append(words) }
        }
    }

    /// What there is, and begins anew.
    func take() -> Figures {
        figures.withLock { figures in
            defer { figures = Figures() }
            return figures
        }
    }

    /// How many mistakes there were, and the first of them.
    var found: (count: Int, first: [String]) { mistakes.withLock { $0 } }
}

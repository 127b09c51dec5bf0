import Vocabulary

/// What the tables of one reader share: the snapshot, its limits, and what went wrong.
final class SQLSession {
    let snapshot: Snapshot
    let limits: SQLLimits
    /// The error behind SQLite's next error code, when it was ours.
    var failure: (any Error)?
    /// What the statement wanted to do and may not.
    var refused: String?
    /// When the running statement must end.
    var deadline: ContinuousClock.Instant?
    /// Whether whoever asked has gone away.
    var isCancelled: () -> Bool = { false }
    /// Bytes that lookups hold.
    private var lookupBytes = 0
    private var words: [WordList: TextMemory] = [:]

    /// A list of words that codes stand for.
    enum WordList: Hashable {
        /// The category dictionary of a column, by its number.
        case category(Int)
        case companies
        case origins
    }

    init(_ snapshot: Snapshot, limits: SQLLimits) {
        self.snapshot = snapshot
        self.limits = limits
    }

    /// Makes ready for a statement.
    func begin(isCancelled: @escaping () -> Bool) {
        failure = nil
        refused = nil
        lookupBytes = 0
        deadline = .now + .seconds(limits.seconds)
        self.isCancelled = isCancelled
    }

    /// The texts of a list, which live as long as the session.
    func texts(of list: WordList) -> TextMemory {
        if let known = words[list] { return known }
        let state = snapshot.state
        let made: TextMemory
        switch list {
        case .category(let column): made = TextMemory(state.dictionaries[column]?.texts ?? [])
        case .companies: made = Self.texts(state.companies)
        case .origins: made = Self.texts(state.origins)
        }
        words[list] = made
        return made
    }

    private static func texts(_ numbers: [String: Int]) -> TextMemory {
        let made = TextMemory(count: (numbers.values.max() ?? -1) + 1)
        for (text, number) in numbers { made.set(number, text) }
        return made
    }

    /// - Throws: `Advice` when the statement was cancelled or has run too long.
    func check() throws {
        if isCancelled() {
            throw Advice(.request, "the query was cancelled")
        }
        if let deadline, ContinuousClock.now > deadline {
            throw Advice(
                .request, "the query did not end within \(limits.seconds) seconds",
                remedy: "restrict it by company and day, or use a metric")
        }
    }

    /// Counts memory of a lookup.
    ///
    /// - Throws: `Advice` when it is more than a statement may use.
    func reserve(_ bytes: Int, for table: String) throws {
        lookupBytes += bytes
        guard lookupBytes <= limits.joinBytes else {
            throw Advice(
                .request,
                "joining ‘\(table)’ takes more memory than the \(limits.joinBytes >> 20) MiB a "
                    + "query may use",
                remedy: "join fewer columns, or restrict the query to fewer companies")
        }
    }

    /// Runs work for SQLite, which knows only codes; the error itself is kept.
    func guarded(_ work: () throws -> Void) -> Bool {
        do {
            try work()
            return true
        } catch {
            if failure == nil { failure = error }
            return false
        }
    }
}

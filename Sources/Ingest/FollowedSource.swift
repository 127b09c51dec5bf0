/// A source that is read into the store by itself: all rows once, then what changes.
///
/// Safe from any thread. One of `catchUp` and `run` at a time.
public protocol FollowedSource: Sendable {
    /// The source's definition.
    var definition: SourceDefinition { get }
    /// How the source is doing.
    var status: SourceStatus { get }

    /// Checks every requirement on the server, changing nothing.
    ///
    /// - Returns: What was found, problems first; each with the statement that mends it.
    /// - Throws: `Advice` when the server cannot be asked.
    func check() async throws -> [Finding]

    /// Reads up to the server's present state.
    ///
    /// - Parameter reloading: Reads all rows again; only differences are committed.
    /// - Throws: `Advice`; `CancellationError` when the task is cancelled.
    func catchUp(reloading: Bool) async throws

    /// Reads until the task is cancelled; then it returns.
    ///
    /// - Parameter reloading: Reads all rows again first; only differences are committed.
    /// - Throws: `Advice` when a person has to act.
    func run(reloading: Bool) async throws
}

extension PostgresSource: FollowedSource {}

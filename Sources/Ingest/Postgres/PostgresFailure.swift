import Vocabulary

/// What libpq or the server says went wrong.
struct PostgresFailure: Error, Equatable {
    /// The five-character SQLSTATE; empty when the connection itself failed.
    let state: String
    let message: String
    let detail: String

    /// A connection that broke off; trying again may help.
    static func broken(_ message: String) -> PostgresFailure {
        PostgresFailure(state: "", message: message, detail: "")
    }

    /// Beginnings of states that say that the server cannot do it now: no room on its disk, no memory,
    /// files that it cannot read, a statement that somebody cancelled, a shutdown, a deadlock, an idle
    /// transaction that was ended, and what the server calls internal.
    private static let passing = ["53", "57", "58", "XX", "40", "25P03"]

    /// Whether a table, column or type is not what the statement takes it for; a right that is
    /// missing is something else.
    var isOfDefinition: Bool { state.hasPrefix("42") && state != "42501" }

    /// Whether a pool refused a connection for replication; servers know that word.
    var isOfPool: Bool {
        message.contains("startup parameter") && message.contains("replication")
    }

    /// How to come past a pool.
    static let pastPool =
        "name the address and port of the database server itself (at Supabase "
        + "db.PROJECT.supabase.co and port 5432, at Neon the host without ‘-pooler’)"

    /// What it means for whoever operates the source.
    func advice(source: String, target: String) -> Advice {
        let cause = detail.isEmpty ? "\(state) \(message)" : "\(state) \(message) (\(detail))"
        let server = "source ‘\(source)’ (\(target))"
        if isOfPool {
            return Advice(
                .denied,
                "\(server) is reached through a pool of connections (such as PgBouncer), which "
                    + "cannot replicate",
                remedy: Self.pastPool + PollingPreflight.instead(of: source), cause: cause)
        }
        switch state {
        case "":
            let refused = [
                "authentication failed", "no password supplied", "no pg_hba.conf entry",
                "does not exist", "permission denied",
            ]
            if refused.contains(where: message.contains) {
                return Advice(
                    .denied, "\(server) refuses the connection: \(message)",
                    remedy: "check user, password and database in the connection string",
                    cause: cause)
            }
            return Advice(
                .unreachable, "cannot reach \(server): \(message)",
                remedy: "check that the server runs and the connection string is right",
                cause: cause)
        case "55006":
            return Advice(
                .busy, "another process already follows \(server)",
                remedy: "stop the other reportd, or wait until the server notices it is gone",
                cause: cause)
        case "55P03":
            return Advice(
                .busy, "\(server) keeps a table locked: \(message)",
                remedy: "it is tried again by itself", cause: cause)
        case "42501":
            return Advice(
                .denied, "\(server) denies a right: \(message)",
                remedy: "run reportd doctor, which prints the statement that grants it",
                cause: cause)
        case let state where Self.passing.contains(where: state.hasPrefix):
            return Advice(
                .unreachable, "\(server) is not able to answer: \(message)",
                remedy: "it is tried again by itself", cause: cause)
        case let state where state.hasPrefix("08"):
            return Advice(
                .unreachable, "the connection to \(server) broke: \(message)",
                remedy: "it is tried again by itself", cause: cause)
        case let state where state.hasPrefix("28"):
            return Advice(
                .denied, "\(server) refuses the connection: \(message)",
                remedy: "check user and password in the connection string", cause: cause)
        default:
            return Advice(
                .input, "\(server) answered with an error: \(message)",
                remedy: "run reportd doctor to check what the source needs", cause: cause)
        }
    }
}

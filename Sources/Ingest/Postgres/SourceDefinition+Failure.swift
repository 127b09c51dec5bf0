import Vocabulary

extension SourceDefinition {
    /// What an error means for whoever operates the source, which is at `target`.
    func advice(for error: any Error, target: String) -> Advice {
        switch error {
        case let advice as Advice: return advice
        case let failure as PostgresFailure: return failure.advice(source: name, target: target)
        case let end as StreamEnded:
            // Whatever it was, the next start looks at all requirements again.
            return Advice(
                .unreachable,
                "the server of source ‘\(name)’ (\(target)) ended the stream of changes"
                    + (end.failure.map { ": " + $0.message } ?? ""),
                remedy: "it is tried again by itself; if this repeats, look into the server's log",
                cause: end.failure.map { "\($0.state) \($0.message) \($0.detail)" })
        case let changed as SchemaChanged:
            return Advice(
                .busy, "table ‘\(changed.table)’ of source ‘\(name)’ has changed: \(changed.what)",
                remedy: "it is read again by itself; if this repeats, change the mapping and run "
                    + "reportd ingest --reload \(name)")
        case let mistake as ProtocolMistake:
            return Advice(
                .unreachable, "source ‘\(name)’ sent something unexpected",
                remedy: "it is tried again by itself; if this repeats, report it",
                cause: mistake.problem)
        case let malformed as PostgresType.Malformed:
            return Advice(
                .unreachable, "source ‘\(name)’ sent something unexpected",
                remedy: "it is tried again by itself; if this repeats, report it",
                cause: "\(malformed.length) bytes for \(malformed.type)")
        default:
            return Advice(
                .input, "source ‘\(name)’ could not be read",
                remedy: "it is tried again at the next start; if this repeats, report it",
                cause: "\(error)")
        }
    }
}

extension Duration {
    /// The length in seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}

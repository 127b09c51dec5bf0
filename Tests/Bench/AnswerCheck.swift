import Vocabulary

/// Whether two sides gave the same answer; without that, no speed is believed.
enum AnswerCheck {
    /// Compares sorted lines.
    ///
    /// - Throws: `Advice` of kind `damaged` that names the first difference.
    static func equal(_ ours: [String], _ theirs: [String], of peer: String, case name: String)
        throws
    {
        guard ours != theirs else {
            // An answer without rows would be equal to any other of its kind.
            precondition(!ours.isEmpty, "case \(name) asks for nothing")
            return
        }
        let difference = zip(ours, theirs).first { $0 != $1 }
        throw Advice(
            .damaged, "case \(name): \(peer) answers otherwise than our store",
            remedy: "find out who is wrong before any speed is believed",
            cause: difference.map { "ours \($0), theirs \($1)" }
                ?? "ours has \(ours.count) rows, theirs \(theirs.count)")
    }
}

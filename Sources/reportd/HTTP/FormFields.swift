import Foundation
import Vocabulary

/// What a form sent, in its order.
struct FormFields: Sendable {
    var pairs: [(name: String, value: String)] = []

    /// The last value of each name.
    var last: [String: String] { Dictionary(pairs.map { ($0.name, $0.value) }) { $1 } }

    /// The last value of a name, without spaces around it; empty when there is none.
    func text(_ name: String) -> String {
        (last[name] ?? "").trimmingCharacters(in: .whitespaces)
    }

    /// All values of a name.
    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }
}

extension FormFields {
    /// A password that somebody chose, typed twice alike.
    ///
    /// - Throws: `Advice` when it may not be chosen, or is not the same.
    func newPassword() throws -> String {
        let password = last["password"] ?? ""
        try PasswordHash.check(password)
        guard password == last["again"] else {
            throw Advice(
                .request, "the two passwords are not the same", remedy: "type it twice alike")
        }
        return password
    }
}

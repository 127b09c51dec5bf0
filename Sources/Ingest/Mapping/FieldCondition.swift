import Vocabulary

/// A condition on one field of a source row.
struct FieldCondition: Sendable, Hashable {
    enum Test: Sendable, Hashable {
        case present
        case missing
        case words(Set<String>)
        /// None of these; a field without a value passes.
        case noneOf(Set<String>)
        /// One of these patterns.
        case like([TextPattern])
    }

    /// The field, as an index into `TableMapping.fields`; negative when the source lacks it.
    let field: Int
    let test: Test

    /// Whether a database can be asked it in the same words.
    var isSimple: Bool {
        if case .like = test { false } else { true }
    }

    /// Whether it holds; nil when the source did not send the field.
    func holds(for values: [SourceValue]) -> Bool? {
        let value = values.field(field)
        if case .unchanged = value { return nil }
        let text = value.text
        switch test {
        case .present: return text != nil
        case .missing: return text == nil
        case .words(let words): return text.map { words.contains($0) } ?? false
        case .noneOf(let words): return text.map { !words.contains($0) } ?? true
        case .like(let patterns):
            return text.map { text in
                patterns.contains { $0.taken(from: text) != nil }
            } ?? false
        }
    }

    /// All that decides whether it holds, always in the same order.
    var fingerprint: String {
        switch test {
        case .present: "\(field) present"
        case .missing: "\(field) missing"
        case .words(let words): "\(field) in \(words.sorted())"
        case .noneOf(let words): "\(field) not \(words.sorted())"
        case .like(let patterns): "\(field) like \(patterns.map(\.text))"
        }
    }
}

extension [FieldCondition] {
    /// Whether all hold; nil when that cannot be told, because a field was not sent.
    func hold(for values: [SourceValue]) -> Bool? {
        var isKnown = true
        for condition in self {
            switch condition.holds(for: values) {
            case false?: return false
            case nil: isKnown = false
            case true?: break
            }
        }
        return isKnown ? true : nil
    }
}

extension [SourceValue] {
    /// The value of a field; nothing where the source lacks the field.
    func field(_ index: Int) -> SourceValue { index < 0 ? .null : self[index] }
}

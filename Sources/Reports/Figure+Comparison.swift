import Vocabulary

extension Figure {
    /// The value that one is compared with, unless nothing is known of it.
    func knownPrevious(at index: Int) -> Value? {
        let value = previous.element(at: index)
        return value == .missing ? nil : value
    }

    /// Green for good news, red for bad news, grey for neither.
    func ink(at index: Int) -> Ink {
        guard let riseIsGood, case .decimal(let change)? = self.change.element(at: index),
            change != .zero
        else { return .muted }
        return (change > .zero) == riseIsGood ? .good : .bad
    }
}

public import Vocabulary

/// The text of a dashboard’s definition, to which cards are added and from which they are taken.
///
/// Everything else in it stays as it was written, notes and order included. What is understood is a list
/// of cards with a line for each field, as people write them and as this type does. Invariant: a text
/// that a change returns says what the text before said, but for that card; where it would not, the
/// change is refused.
public struct DashboardText: Sendable, Hashable {
    /// The text.
    public let text: String
    /// The file’s name as its reader would write it.
    public let file: String

    /// Takes a text as it stands in a file.
    public init(_ text: String, file: String) {
        self.text = text.replacing("\r\n", with: "\n")
        self.file = file
    }

    /// Begins a dashboard.
    ///
    /// - Parameters:
    ///   - name: Its name, an identifier.
    ///   - title: Its heading.
    ///   - period: The period shown when none is asked for.
    ///   - card: The lines of its first card.
    ///   - file: The name of the file that it is going to be.
    public init(
        beginning name: String, titled title: String, period: PeriodName, card: String,
        file: String
    ) {
        self.init(
            "dashboard: \(name)\ntitle: \(JSONText.quoted(title))\n"
                + "period: \(JSONText.quoted(period.description))\ncompare: none\ncards:\n" + card,
            file: file)
    }

    /// The text with one more card, the last.
    ///
    /// - Parameters:
    ///   - card: Its lines, as `Exploration.card` writes them.
    ///   - definitions: What it may name.
    /// - Returns: The text to write.
    /// - Throws: `Advice` for a card that cannot be answered, or a text that is written otherwise.
    public func adding(_ card: String, _ definitions: Definitions) throws -> DashboardText {
        let before = try definitions.dashboard(reading: self)
        let layout = try layout()
        let added = card.split(separator: "\n").map { "\(layout.indent)\($0)" }
        var lines = layout.lines
        lines.insert(contentsOf: added, at: layout.end)
        let after = with(lines)
        guard try definitions.dashboard(reading: after).isLonger(than: before) else {
            throw otherwise
        }
        return after
    }

    /// The text without a card.
    ///
    /// - Returns: The text to write.
    /// - Throws: `Advice` when there is no such card, or no other, or the text is written otherwise.
    public func removing(_ name: String, _ definitions: Definitions) throws -> DashboardText {
        let before = try definitions.dashboard(reading: self)
        guard let index = before.cards.firstIndex(where: { $0.name == name }) else {
            throw Advice(
                .unknown, "there is no card ‘\(name)’",
                remedy: Spelling.remedy(for: name, legal: before.cards.map(\.name)))
        }
        guard before.cards.count > 1 else {
            throw Advice(
                .request, "‘\(before.cards[0].title)’ is the only card of the dashboard",
                remedy: "remove the dashboard as a whole")
        }
        let layout = try layout()
        let next = index + 1 < layout.starts.count ? layout.starts[index + 1] : layout.end
        // Notes above the next card are about that one.
        let end = layout.lastLine(before: next)
        var lines = layout.lines
        lines.removeSubrange(layout.starts[index]..<end)
        let after = with(lines)
        guard try definitions.dashboard(reading: after).lacks(index, of: before) else {
            throw otherwise
        }
        return after
    }

    // MARK: Lines

    private struct Layout {
        let lines: [String]
        /// What stands before the dash of each card.
        let indent: String
        /// The line of each card’s dash, from 0.
        let starts: [Int]
        /// The line after the last card.
        var end: Int

        /// The line after the last one before `line` that says something.
        func lastLine(before line: Int) -> Int {
            var end = line
            while end > 0 {
                let words = lines[end - 1].trimmingPrefix { $0 == " " }
                guard words.isEmpty || words.hasPrefix("#") else { break }
                end -= 1
            }
            return end
        }
    }

    private var otherwise: Advice {
        Advice(
            .request, "\(file) is written in a way that this page cannot change",
            remedy: "change it by hand, or begin each card with ‘- ’ on a line of its own")
    }

    private func layout() throws -> Layout {
        let node = try DefinitionNode(parsing: text, file: file)
        let entries = try node.entries()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let index = try entries.firstIndex(where: { try $0.key.string() == "cards" }) else {
            throw otherwise
        }
        let starts = try entries[index].value.sequence().map { $0.place.line - 1 }
        let next = entries.dropFirst(index + 1).first.map { $0.key.place.line - 1 } ?? lines.count
        guard let first = starts.first, starts.allSatisfy({ lines.indices.contains($0) }),
            starts.allSatisfy({ lines[$0].trimmingPrefix { $0 == " " }.hasPrefix("-") })
        else { throw otherwise }
        var layout = Layout(
            lines: lines, indent: String(lines[first].prefix { $0 == " " }), starts: starts,
            end: next)
        layout.end = layout.lastLine(before: next)
        return layout
    }

    private func with(_ lines: [String]) -> DashboardText {
        let text = lines.joined(separator: "\n")
        return DashboardText(text.hasSuffix("\n") ? text : text + "\n", file: file)
    }
}

extension Definitions {
    /// Reads a dashboard as a file of the folder would be read.
    ///
    /// - Throws: `Advice` with line and nearest legal name.
    public func dashboard(reading text: DashboardText) throws -> Dashboard {
        try Dashboard(DefinitionNode(parsing: text.text, file: text.file), definitions: self)
    }
}

extension Dashboard {
    private func isOtherwiseLike(_ other: Dashboard) -> Bool {
        name == other.name && title == other.title && description == other.description
            && position == other.position && period == other.period
            && comparison == other.comparison && currency == other.currency
    }

    /// Whether one card more is all that has changed.
    fileprivate func isLonger(than before: Dashboard) -> Bool {
        isOtherwiseLike(before) && cards.dropLast() == before.cards[...]
    }

    /// Whether one card less is all that has changed.
    fileprivate func lacks(_ index: Int, of before: Dashboard) -> Bool {
        var rest = before.cards
        rest.remove(at: index)
        return isOtherwiseLike(before) && cards == rest
    }
}

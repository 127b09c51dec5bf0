import Analytics
import Foundation
import Store
import Vocabulary

/// Dashboards that are made on the page where questions are put together: cards are kept there, taken
/// out again, and whole dashboards removed.
///
/// A dashboard is a file of `OwnDefinitions`, read by the same reader as any other before it is written,
/// and put in force at once. A card keeps a question, not figures: whoever opens it sees their own rows.
struct OwnDashboards: Sendable {
    /// What a form says of a card that is to be kept.
    struct Wish: Sendable, Hashable {
        /// Heading of the card.
        var title = ""
        /// The dashboard that it goes to; empty for a new one.
        var dashboard = ""
        /// Name of the new one; empty for one made of its title.
        var name = ""
        /// Title of the new one.
        var heading = ""
    }

    /// One that can be changed.
    struct Entry: Sendable {
        let dashboard: Dashboard
        /// How its file is told of.
        let file: String
        /// Stands for the state of its file.
        let version: String
    }

    /// Letters of a title, and of a name.
    static let (mostTitle, mostName) = (120, 60)

    let desk: AnswerDesk
    let audit: AuditLog

    private var shelf: DefinitionShelf { desk.shelf }

    private func folder() throws -> OwnDefinitions {
        guard let own = shelf.own else {
            throw Advice(
                .request, "this program keeps no definitions of its own",
                remedy: "write the card into a file")
        }
        return own
    }

    // MARK: What there is

    /// The dashboards that were made here and have something to show to somebody, in order.
    func entries(for principal: Principal) throws -> [Entry] {
        guard let own = shelf.own else { return [] }
        let snapshot = try desk.store.snapshot(principal.scope(in: desk.store.schema))
        return shelf.current.analytics.dashboards(withDataIn: snapshot).compactMap { dashboard in
            let file = own.shown(.dashboards, dashboard.name)
            guard dashboard.place.file == file else { return nil }
            return Entry(
                dashboard: dashboard, file: file,
                version: OwnDefinitions.version(own.text(.dashboards, dashboard.name)))
        }
    }

    /// The text of a dashboard that was made here.
    ///
    /// - Throws: `Advice` that names the file of one that is the operator’s.
    private func text(
        of name: String, for principal: Principal
    ) throws -> (text: DashboardText, version: String) {
        let own = try folder()
        let snapshot = try desk.store.snapshot(principal.scope(in: desk.store.schema))
        let visible = shelf.current.analytics.dashboards(withDataIn: snapshot)
        guard let dashboard = visible.first(where: { $0.name == name }) else {
            throw Advice(
                .unknown, "there is no dashboard ‘\(name)’",
                remedy: Spelling.remedy(for: name, legal: visible.map(\.name)))
        }
        guard dashboard.place.file == own.shown(.dashboards, name) else {
            throw Advice(
                .request, "‘\(name)’ was not made on these pages",
                remedy: "change \(dashboard.place.file), or choose another dashboard")
        }
        guard let text = own.text(.dashboards, name) else {
            throw Advice(
                .request, "‘\(name)’ has been removed since you opened the page",
                remedy: "open it again")
        }
        return (
            DashboardText(text, file: own.shown(.dashboards, name)), OwnDefinitions.version(text)
        )
    }

    // MARK: Changes

    /// Keeps a question as a card.
    ///
    /// - Returns: The dashboard that it is on.
    /// - Throws: `Advice` for a card or name that is not well; nothing is changed then.
    func keep(
        _ asked: Exploration, _ choices: ViewChoices, as wish: Wish, for principal: Principal
    ) async throws -> String {
        try principal.must(.definitions)
        guard choices.knownAt == nil || choices.knownAt == ViewChoices.present else {
            throw Advice(
                .request, "a card shows figures as they are now, not as known at a moment",
                remedy: "leave the moment out of the address")
        }
        let title = try Self.title(wish.title, of: "card")
        let isNew = wish.dashboard.isEmpty
        let (after, seen) = try await desk.aside { () throws -> (DashboardText, String) in
            try isNew
                ? (begun(asked, choices, wish, title), "")
                : extended(asked, choices, wish.dashboard, title, for: principal)
        }
        let definitions = shelf.current.analytics
        let dashboard = try definitions.dashboard(reading: after)
        let name = dashboard.name
        guard let card = dashboard.cards.last, card.title == title else {
            throw Advice(.request, "the title cannot be kept", remedy: "choose plainer words")
        }
        try await put(
            name, after.text, over: seen, for: principal,
            ["change": isNew ? "made" : "card-kept", "card": card.name]
        ) { $0.dashboards[name]?.cards.contains(card) == true }
        return name
    }

    /// Takes a card out; `seen` is the version that was seen.
    ///
    /// - Throws: `Advice` when the dashboard is another by now; nothing is changed then.
    func takeOut(
        _ card: String, of name: String, seen: String, for principal: Principal
    ) async throws {
        try principal.must(.definitions)
        let after = try text(of: name, for: principal).text
            .removing(card, shelf.current.analytics)
        try await put(
            name, after.text, over: seen, for: principal,
            ["change": "card-taken-out", "card": card]
        ) { $0.dashboards[name]?.cards.contains { $0.name == card } == false }
    }

    /// Removes a dashboard; `seen` is the version that was seen.
    ///
    /// - Throws: `Advice` when the dashboard is another by now; nothing is changed then.
    func remove(_ name: String, seen: String, for principal: Principal) async throws {
        try principal.must(.definitions)
        _ = try text(of: name, for: principal)
        try await put(name, nil, over: seen, for: principal, ["change": "removed"]) {
            $0.dashboards[name] == nil
        }
    }

    private func put(
        _ name: String, _ text: String?, over seen: String, for principal: Principal,
        _ details: [String: String], _ isDone: (Definitions) -> Bool
    ) async throws {
        let own = try folder()
        try await desk.aside { try own.put(.dashboards, name, text, over: seen) }
        var details = details
        if let text { details["sha256"] = OwnDefinitions.version(text) }
        try await audit.enter(
            AuditEvent(kind: .dashboard, who: principal.name, subject: name, details: details))
        try await desk.aside { [shelf] in shelf.reload() }
        guard isDone(shelf.current.analytics) else {
            throw Advice(
                .request, "it is saved, but not in force: the definitions have a mistake",
                remedy: shelf.problem?.description ?? "see the program’s log")
        }
    }

    // MARK: The text

    private func begun(
        _ asked: Exploration, _ choices: ViewChoices, _ wish: Wish, _ title: String
    ) throws -> DashboardText {
        let heading = try Self.title(wish.heading, of: "new dashboard")
        let name = try newName(wish.name.isEmpty ? Self.name(of: heading) ?? "" : wish.name)
        let period = try choices.periodName() ?? AnswerDesk.explored
        return DashboardText(
            beginning: name, titled: heading, period: period,
            card: try card(asked, choices, title, like: (period, nil, nil), besides: []),
            file: try folder().shown(.dashboards, name))
    }

    private func extended(
        _ asked: Exploration, _ choices: ViewChoices, _ name: String, _ title: String,
        for principal: Principal
    ) throws -> (DashboardText, String) {
        let definitions = shelf.current.analytics
        let (before, version) = try text(of: name, for: principal)
        let dashboard = try definitions.dashboard(reading: before)
        let card = try card(
            asked, choices, title,
            like: (dashboard.period, dashboard.comparison, dashboard.currency),
            besides: dashboard.cards.map(\.name))
        return (try before.adding(card, definitions), version)
    }

    /// The lines of a card.
    ///
    /// It says only what its dashboard does not, so that the dashboard’s pickers move it as the others.
    private func card(
        _ asked: Exploration, _ choices: ViewChoices, _ title: String,
        like whole: (period: PeriodName, comparison: Comparison?, currency: ReportingCurrency?),
        besides names: [String]
    ) throws -> String {
        let period = try choices.periodName() ?? AnswerDesk.explored
        let comparison =
            choices.compare == "none" ? nil : choices.compare.flatMap { Comparison(rawValue: $0) }
        _ = try choices.comparison()
        let base = Self.name(of: title) ?? "card"
        let name = (1...).lazy.map { $0 == 1 ? base : "\(base)-\($0)" }
            .first { !names.contains($0) }
        let currency = try choices.reportingCurrency()
        return try shelf.current.analytics.settled(asked).card(
            named: name ?? base, titled: title, period: period == whole.period ? nil : period,
            conditions: try choices.filters(),
            comparison: comparison == whole.comparison
                ? .asDefined
                : comparison.map { ComparisonChoice.with($0) } ?? ComparisonChoice.none,
            currency: currency == whole.currency ? nil : currency ?? ReportingCurrency(.own))
    }

    private func newName(_ name: String) throws -> String {
        do {
            let node = try DefinitionNode(parsing: JSONText.quoted(name), file: "name")
            guard try node.identifier().utf8.count <= Self.mostName else {
                throw Advice(
                    .request, "the name is longer than \(Self.mostName) letters",
                    remedy: "choose a shorter one")
            }
        } catch let advice as Advice where !name.isEmpty {
            throw Advice(.request, advice.happened, remedy: advice.remedy)
        } catch {
            throw Advice(
                .request, "the new dashboard has no name",
                remedy: "choose one of small letters, digits and -")
        }
        guard let other = shelf.current.analytics.dashboards[name] else { return name }
        let isOwn = other.place.file == (try folder().shown(.dashboards, name))
        throw Advice(
            .request,
            "there is a dashboard ‘\(name)’ already" + (isOwn ? "" : ", in the operator’s folder"),
            remedy: isOwn ? "choose it in the list, or another name" : "choose another name")
    }

    /// A title in one line.
    ///
    /// - Throws: `Advice` when there is none, or it would read otherwise than it is written.
    private static func title(_ text: String, of thing: String) throws -> String {
        let title = text.split(separator: " ").joined(separator: " ")
        guard !title.isEmpty else {
            throw Advice(.request, "the \(thing) has no title", remedy: "write one")
        }
        guard title.count <= mostTitle, title.utf8.count <= mostTitle * 8 else {
            throw Advice(
                .request, "the title of the \(thing) is longer than \(mostTitle) letters",
                remedy: "write a shorter one")
        }
        let isPlain = title.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned,
                .privateUse:
                false
            // Marks that turn the direction of what follows.
            case .format: !scalar.properties.isBidiControl
            default: true
            }
        }
        guard isPlain else {
            throw Advice(
                .request, "the title of the \(thing) has marks that cannot be seen",
                remedy: "write it in one line of plain letters")
        }
        return title
    }

    /// A name made of a title; nil where it has no letters for one.
    static func name(of title: String) -> String? {
        var plain = title.lowercased()
        for (letter, pair) in [("æ", "ae"), ("ø", "oe"), ("å", "aa"), ("ß", "ss")] {
            plain.replace(letter, with: pair)
        }
        plain = plain.folding(options: .diacriticInsensitive, locale: nil)
        let words = plain.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let name = words.joined(separator: "-").drop { !$0.isLetter }.prefix(40)
        let whole = name.last == "-" ? name.dropLast() : name
        return whole.isEmpty ? nil : String(whole)
    }
}

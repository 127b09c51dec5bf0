public import Vocabulary

/// The columns in which another program imports what journals book, as a file of `queries/profiles/` describes them.
///
/// A profile takes the journals of one kind, and of them the lines that say a code of tax: those are the lines of the
/// invoice or bill; the other lines the program makes itself. The file is CSV after RFC 4180 with a decimal point.
public struct ImportProfile: Sendable, Hashable {
    /// What a column is filled with, by the word that files use.
    enum Part: String, CaseIterable {
        case company, date, due, voucher, account, document, party, currency
        /// What the account is called.
        case accountName = "account_name"
        /// Without tax, positive on the side that journals of the kind usually have.
        case amount
        case vatCode = "vat_code"
        /// What the ledger calls the code of tax.
        case vatLabel = "vat_label"
        /// The stored tax of the line, with the sign of `amount`.
        case vatAmount = "vat_amount"
        case partyName = "party_name"
    }

    struct Column: Sendable, Hashable {
        enum Content: Sendable, Hashable {
            case part(Part)
            case text(String)
        }
        let name: String
        let content: Content
        let isRequired: Bool
    }

    /// How days are written.
    enum DayForm: String, CaseIterable {
        case iso = "YYYY-MM-DD"
        case dayFirst = "DD/MM/YYYY"
    }

    /// Name on the command line and in addresses: `xero-bills`.
    public let name: String
    /// Heading for people.
    public let title: String
    let kind: JournalBook.Journal.Kind
    /// The most documents that the program takes in one file; nil for any number.
    let mostDocuments: Int?
    let day: DayForm
    let columns: [Column]

    /// Reads the profiles of a definitions folder, by name.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    public static func profiles(definitions folder: String) throws -> [ImportProfile] {
        var profiles: [ImportProfile] = []
        for path in DefinitionFolder.files(in: "profiles", of: folder) {
            let file = try DefinitionNode(contentsOf: path, relativeTo: folder)
            let profile = try ImportProfile(file)
            guard !profiles.contains(where: { $0.name == profile.name }) else {
                throw file.advice(
                    "profile ‘\(profile.name)’ is defined twice", remedy: "rename one")
            }
            profiles.append(profile)
        }
        return profiles
    }

    /// Reads a profile.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    public init(_ file: DefinitionNode) throws {
        let fields = try file.mapping(allowing: [
            "profile", "title", "kind", "most-documents", "day", "columns",
        ])
        let nameNode = try fields.required("profile")
        name = try nameNode.identifier()
        guard CSVProfile(rawValue: name) == nil else {
            throw nameNode.advice("‘\(name)’ is a profile of CSV already", remedy: "rename it")
        }
        title = try fields.required("title").string()
        kind = try fields.required("kind").choice(
            JournalBook.Journal.Kind.self, naming: "kind of journal")
        mostDocuments = try fields.optional("most-documents")?.integer(in: 1...1_000_000)
        day = try fields.optional("day")?.choice(DayForm.self, naming: "form of days") ?? .iso
        columns = try fields.required("columns").sequence().map { node in
            let parts = try node.mapping(allowing: ["name", "from", "text", "required"])
            let (from, text) = (parts.optional("from"), parts.optional("text"))
            let content: Column.Content
            if let from, text == nil {
                content = .part(try from.choice(Part.self, naming: "part of an entry"))
            } else if let text, from == nil {
                content = .text(try text.string())
            } else {
                throw node.advice(
                    "a column is filled ‘from’ a part of the entry, or with a ‘text’",
                    remedy: "write one of them")
            }
            return Column(
                name: try parts.required("name").string(), content: content,
                isRequired: try parts.optional("required")?.boolean() ?? false)
        }
    }
}

import Foundation
import Vocabulary

/// Who changes who may come in, and for which companies.
///
/// Somebody governs what has none but their companies: who can see more than they can is not theirs
/// to change, and nothing can be given that they do not have. What shares a company with them is
/// shown to them, since it opens rows that are theirs to answer for. All else does not exist.
struct Administrator: Sendable {
    /// The name that the audit log gets.
    let name: String
    /// The address that they come from; nil for commands.
    var address: String?
    /// Codes of their companies; nil for whoever operates the machine, who governs everything.
    let companies: Set<String>?

    /// Whoever runs a command on the machine.
    static var machine: Administrator { Administrator(name: NSUserName(), companies: nil) }

    /// The name for people who are no administrators; nil for whoever runs a command.
    var shownName: String? { companies == nil ? nil : name }

    private init(name: String, companies: Set<String>?) {
        self.name = name
        self.companies = companies
    }

    /// Somebody who asks over HTTP.
    ///
    /// - Throws: `Advice` of kind `denied` when they have not the right to.
    init(_ principal: Principal, from address: String?) throws {
        try principal.must(.users)
        self.init(name: principal.name, companies: principal.companies)
        self.address = address
    }

    /// Whether something with these companies is theirs to give, change and end.
    func governs(_ companies: Set<String>) -> Bool {
        self.companies.map { companies.isSubset(of: $0) } ?? true
    }

    /// Whether something with these companies exists for them.
    func sees(_ companies: Set<String>) -> Bool {
        governs(companies) || self.companies.map { !$0.isDisjoint(with: companies) } ?? true
    }

    /// Those of some companies that they see.
    func shown(_ companies: Set<String>) -> Set<String> {
        self.companies.map(companies.intersection) ?? companies
    }

    /// Refuses what is only partly theirs; what is not theirs at all is taken for missing before.
    ///
    /// - Throws: `Advice` of kind `denied`.
    func mustGovern(_ companies: Set<String>, _ name: String) throws {
        guard governs(companies) else {
            throw Advice(
                .denied, "‘\(name)’ has companies besides yours",
                remedy: "ask an administrator of all of them, or whoever operates reportd")
        }
    }

    /// What is to be given to somebody: a role with companies of theirs.
    ///
    /// - Throws: `Advice` when the role or a company is not known to them, or a `SALES_REP` has no key.
    func grant(
        _ name: String, role word: String, companies codes: some Collection<String>,
        userKey: String?, among directory: CompanyDirectory
    ) throws -> Principal {
        guard let role = Role(rawValue: word) else {
            throw Advice(
                .request, "‘\(word)’ is not a role",
                remedy: Spelling.remedy(for: word, legal: Role.allCases.map(\.rawValue)))
        }
        let known = directory.companies.map(\.code).filter { companies?.contains($0) ?? true }
        for code in codes where !known.contains(code) {
            throw Advice(
                .unknown, "there is no company ‘\(code)’",
                remedy: Spelling.remedy(for: code, legal: known))
        }
        guard !codes.isEmpty else {
            throw Advice(
                .request, "no company is chosen", remedy: "choose at least one that they may see")
        }
        let userKey = userKey.flatMap { $0.isEmpty ? nil : $0 }
        guard role != .salesRep || userKey != nil else {
            throw Advice(
                .request, "a SALES_REP sees only rows of their own, and none is named",
                remedy: "add their key among the users of the sales system")
        }
        return Principal(
            name: name, role: role, companies: Set(codes),
            userKey: role == .salesRep ? userKey : nil)
    }
}

/// What names of users, keys and links have in common, and how long what is given lasts.
enum GivenName {
    /// Characters of the longest name.
    static let longest = 80

    /// Checks the name of a key or link.
    ///
    /// - Throws: `Advice` when it is empty, too long or more than a line.
    static func check(_ name: String, of thing: String) throws {
        guard (1...longest).contains(name.count), !name.contains(where: \.isNewline) else {
            throw Advice(
                .request, "a \(thing)'s name is one line of up to \(longest) characters",
                remedy: "choose another name")
        }
    }

    /// Checks the name of a user: those of others who come in have a colon.
    ///
    /// - Throws: `Advice` when it is not one.
    static func checkUser(_ name: String) throws {
        try check(name, of: "user")
        let isPlain =
            name.trimmingCharacters(in: .whitespaces) == name && !name.contains(":")
            && name.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
        guard isPlain else {
            throw Advice(
                .request, "a user's name has no colon, and no space at its ends",
                remedy: "choose another name")
        }
    }

    /// The seconds of a number of days.
    ///
    /// - Throws: `Advice` when there are too many, or none.
    static func seconds(days: Int, upTo most: Int, of thing: String) throws -> Int64 {
        guard (1...most).contains(days) else {
            throw Advice(
                .request, "a \(thing) cannot last \(days) days", remedy: "choose 1 to \(most)")
        }
        return Int64(days) * 86_400
    }
}

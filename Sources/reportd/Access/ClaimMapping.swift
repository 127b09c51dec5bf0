import Foundation
import Ingest
import Vocabulary

/// How the claims of a foreign token become a principal.
///
///     claims: {user: email, role: realm_access.roles, companies: units, user-key: staff_id}
///     roles: {boss: ADMIN, staff: VIEWER}
///     companies: {RENDETALJE: rendetalje}
///     tenants-of: tekup
///     standard: {role: VIEWER, companies: [tekup]}
///
/// A claim is named as it stands, or by the path to it with points. Where it holds several roles, the
/// first of `roles:` that is among them counts. A word for a company is looked for in `companies:`,
/// then among the tenants of the source, the companies and the groups; words that mean nothing here
/// give nothing. `standard:` holds for tokens without such a claim; who has no role or no company
/// then is refused.
struct ClaimMapping: Sendable {
    /// The names of the mapping's parts in a configuration.
    static let parts = ["claims", "roles", "companies", "tenants-of", "standard"]
    /// Characters of the longest name that is taken.
    private static let longestName = 200

    private let userClaim: String
    private let roleClaim: String
    private let companiesClaim: String
    private let keyClaim: String?
    /// Words and what they mean, in the order of the file.
    private let roles: [(word: String, role: Role)]
    private let companies: [String: String]
    private let standardRole: Role?
    private let standardCompanies: [String]
    /// What has to be compared with the definitions: words and where they stand.
    private let companyNodes: [DefinitionNode]
    private let tenantsNode: DefinitionNode?

    /// Reads the parts of a mapping.
    ///
    /// - Throws: `Advice` with file and line.
    init(_ fields: DefinitionMapping) throws {
        let claims = try fields.optional("claims")?.mapping(allowing: [
            "user", "role", "companies", "user-key",
        ])
        userClaim = try claims?.optional("user")?.string() ?? "sub"
        roleClaim = try claims?.optional("role")?.string() ?? "role"
        companiesClaim = try claims?.optional("companies")?.string() ?? "companies"
        keyClaim = try claims?.optional("user-key")?.string()
        var roles: [(word: String, role: Role)] = []
        for (word, role) in try fields.optional("roles")?.entries() ?? [] {
            roles.append((try word.string(), try role.choice(Role.self, naming: "role")))
        }
        self.roles = roles.isEmpty ? Role.allCases.map { ($0.rawValue, $0) } : roles
        var nodes: [DefinitionNode] = []
        var companies: [String: String] = [:]
        for (word, code) in try fields.optional("companies")?.entries() ?? [] {
            companies[try word.string()] = try code.string()
            nodes.append(code)
        }
        self.companies = companies
        let standard = try fields.optional("standard")?.mapping(allowing: ["role", "companies"])
        standardRole = try standard?.optional("role")?.choice(Role.self, naming: "role")
        let always = try standard?.optional("companies")?.sequence() ?? []
        standardCompanies = try always.map { try $0.string() }
        companyNodes = nodes + always
        tenantsNode = fields.optional("tenants-of")
    }

    /// Words for companies, as the definitions in force have them.
    struct Directory: Sendable {
        fileprivate let codes: [String: Set<String>]

        /// Collects the words.
        init(_ companies: CompanyDirectory, tenants: [String: String] = [:]) {
            var codes: [String: Set<String>] = [:]
            for company in companies.companies {
                for group in company.groups { codes[group, default: []].insert(company.code) }
            }
            // A code is nearer than a group of the same name, and what a source says is nearest.
            for company in companies.companies { codes[company.code] = [company.code] }
            for (word, code) in tenants { codes[word] = [code] }
            self.codes = codes
        }
    }

    /// Compares the mapping with the definitions.
    ///
    /// - Throws: `Advice` with file and line for a company or source that does not exist.
    func directory(
        _ companies: CompanyDirectory, sources: [SourceDefinition]
    ) throws -> Directory {
        let plain = Directory(companies)
        for node in companyNodes {
            let word = try node.string()
            guard plain.codes[word] != nil else {
                throw node.advice(
                    "there is no company ‘\(word)’",
                    remedy: Spelling.remedy(for: word, legal: plain.codes.keys.sorted()))
            }
        }
        guard let tenantsNode else { return plain }
        let name = try tenantsNode.string()
        guard let source = sources.first(where: { $0.name == name }) else {
            throw tenantsNode.advice(
                "there is no source ‘\(name)’",
                remedy: Spelling.remedy(for: name, legal: sources.map(\.name)))
        }
        var tenants: [String: String] = [:]
        for company in companies.companies {
            if let word = source.tenantWord(of: company.code) { tenants[word] = company.code }
        }
        return Directory(companies, tenants: tenants)
    }

    /// Who some claims speak for, once the signature of their token was found good.
    ///
    /// The principal's name begins with the name of the issuer here, so that nobody who is named by
    /// others is taken for a local user.
    ///
    /// - Throws: `Advice` of kind `unauthenticated` when they give no user, role or company.
    func principal(
        _ claims: [String: ClaimValue], of issuer: String, in directory: Directory
    ) throws -> Principal {
        guard let user = Self.words(userClaim, in: claims).first, !user.isEmpty,
            user.count <= Self.longestName,
            user.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw SignedToken.refusal("the token names no user in the claim ‘\(userClaim)’")
        }
        let named = Set(Self.words(roleClaim, in: claims))
        let found = roles.first { named.contains($0.word) }?.role
        guard let role = found ?? (named.isEmpty ? standardRole : nil) else {
            throw SignedToken.refusal(
                "the token gives no role that is known here in the claim ‘\(roleClaim)’")
        }
        let given = Self.words(companiesClaim, in: claims)
        let codes = (given.isEmpty ? standardCompanies : given).reduce(into: Set<String>()) {
            $0.formUnion(directory.codes[companies[$1] ?? $1] ?? [])
        }
        guard !codes.isEmpty else {
            throw SignedToken.refusal(
                "the token gives no company that is known here in the claim ‘\(companiesClaim)’")
        }
        let key = keyClaim.flatMap { Self.words($0, in: claims).first }
        guard role != .salesRep || key != nil else {
            throw SignedToken.refusal(
                "a SALES_REP sees only rows of their own, and the token does not tell whose they are"
            )
        }
        return Principal(name: "\(issuer):\(user)", role: role, companies: codes, userKey: key)
    }

    /// The words of a claim, which is named as it stands or by the path to it.
    private static func words(_ name: String, in claims: [String: ClaimValue]) -> [String] {
        if let value = claims[name] { return value.words }
        let value = name.split(separator: ".").reduce(ClaimValue.members(claims)) { found, part in
            guard case .members(let members) = found else { return .nothing }
            return members[String(part)] ?? .nothing
        }
        return value.words
    }
}

/// A company: the tenant that every fact belongs to.
public struct Company: Sendable, Hashable {
    /// Short name used in commands, files and tokens: `rendetalje`.
    public let code: String
    /// The name that people read.
    public let name: String
    /// The zone in which its days begin and end.
    public let zone: Zone
    /// The currency of amounts for which its source names none.
    public let currency: Currency
    /// ISO 3166 two-letter country, for holidays and tax rules.
    public let country: String
    /// How it divides its years.
    public let fiscalCalendar: FiscalCalendar
    /// The groups it is shown in.
    public let groups: [String]
    /// The language and region of its files and mails, such as `da` or `en-MW`.
    public let locale: String
}

/// What is said of a group of companies beyond which companies are in it.
public struct CompanyGroup: Sendable, Hashable {
    /// Short name, as companies give it.
    public let name: String
    /// The name that people read.
    public let label: String
    /// The currency in which the group reports; nil when it says none.
    public let currency: Currency?
}

/// All companies, as declared in `queries/companies.yaml`.
public struct CompanyDirectory: Sendable {
    /// The companies in the order of the file.
    public let companies: [Company]
    /// The groups that are described, in the order of the file; companies may name others.
    public let groups: [CompanyGroup]

    /// Makes a directory.
    public init(_ companies: [Company], groups: [CompanyGroup] = []) {
        self.companies = companies
        self.groups = groups
    }

    /// Finds a company by its code.
    ///
    /// - Throws: `Advice` of kind `unknown` that names the nearest code.
    public func company(_ code: String) throws -> Company {
        if let found = companies.first(where: { $0.code == code }) { return found }
        throw Advice(
            .unknown, "there is no company ‘\(code)’",
            remedy: Spelling.remedy(for: code, legal: companies.map(\.code)))
    }

    /// Reads `companies:` and `groups:` of a definition file.
    ///
    /// - Throws: `Advice` that names file and line.
    public init(_ file: DefinitionNode) throws {
        let root = try file.mapping(allowing: ["companies", "groups"])
        var companies: [Company] = []
        for entry in try root.required("companies").sequence() {
            let fields = try entry.mapping(allowing: [
                "code", "name", "zone", "currency", "country", "fiscal-year-start", "fiscal-weeks",
                "groups", "locale",
            ])
            let code = try fields.required("code").identifier()
            guard !companies.contains(where: { $0.code == code }) else {
                throw entry.advice("company ‘\(code)’ is declared twice", remedy: "remove one")
            }
            let zoneNode = try fields.required("zone")
            let zone = try zoneNode.reading { try Zone(named: $0) }
            let currency = try fields.required("currency").currency()
            companies.append(
                Company(
                    code: code, name: try fields.required("name").string(), zone: zone,
                    currency: currency, country: try fields.required("country").string(),
                    fiscalCalendar: try FiscalCalendar(fields),
                    groups: try fields.optional("groups")?.sequence().map { try $0.identifier() }
                        ?? [],
                    locale: try fields.optional("locale")?.string() ?? "en"))
        }
        self.companies = companies
        groups = try Self.groups(root.optional("groups"), companies)
    }

    private static func groups(
        _ node: DefinitionNode?, _ companies: [Company]
    ) throws -> [CompanyGroup] {
        let named = Set(companies.flatMap(\.groups))
        return try node?.entries().map { key, value in
            let name = try key.identifier()
            guard named.contains(name) else {
                throw key.advice(
                    "no company is in the group ‘\(name)’",
                    remedy: Spelling.remedy(for: name, legal: named))
            }
            let fields = try value.mapping(allowing: ["label", "currency"])
            return CompanyGroup(
                name: name, label: try fields.optional("label")?.string() ?? name,
                currency: try fields.optional("currency")?.currency())
        } ?? []
    }
}

extension DefinitionNode {
    /// The value as a currency of ISO 4217.
    public func currency() throws -> Currency {
        let text = try string()
        if let currency = Currency(text) { return currency }
        throw advice(
            "‘\(text)’ is not a currency of ISO 4217",
            remedy: "use a code such as DKK, EUR, KES or MWK")
    }
}

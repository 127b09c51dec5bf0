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
    /// The account that it pays from; nil when none is declared.
    public let account: BankAccount?
    /// The number by which the tax office knows it, with the country in front; nil when none is declared.
    public let taxNumber: String?
    /// The groups it is shown in.
    public let groups: [String]
    /// The language and region of its files and mails, such as `da` or `en-MW`.
    public let locale: String
    /// How its papers look; nil for the house's own style.
    public let brand: CompanyBrand?
}

/// What is said of a group of companies beyond which companies are in it.
public struct CompanyGroup: Sendable, Hashable {
    /// Short name, as companies give it.
    public let name: String
    /// The name that people read.
    public let label: String
    /// The currency in which the group reports; nil when it says none.
    public let currency: Currency?
    /// How papers about the group look; nil for the house's own style.
    public let brand: CompanyBrand?
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
    /// - Parameters:
    ///   - file: The file.
    ///   - folder: Where paths of logos begin; nil where a text stands for a file.
    /// - Throws: `Advice` that names file and line.
    public init(_ file: DefinitionNode, folder: String? = nil) throws {
        let root = try file.mapping(allowing: ["companies", "groups"])
        var companies: [Company] = []
        for entry in try root.required("companies").sequence() {
            let fields = try entry.mapping(allowing: [
                "code", "name", "zone", "currency", "country", "fiscal-year-start", "fiscal-weeks",
                "groups", "locale", "brand", "account", "tax-number",
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
                    account: try fields.optional("account").map { try BankAccount($0) },
                    taxNumber: try fields.optional("tax-number")?.string(),
                    groups: try fields.optional("groups")?.sequence().map { try $0.identifier() }
                        ?? [],
                    locale: try fields.optional("locale")?.string() ?? "en",
                    brand: try fields.optional("brand").map {
                        try CompanyBrand($0, folder: folder)
                    }))
        }
        self.companies = companies
        groups = try Self.groups(root.optional("groups"), companies, folder)
    }

    private static func groups(
        _ node: DefinitionNode?, _ companies: [Company], _ folder: String?
    ) throws -> [CompanyGroup] {
        let named = Set(companies.flatMap(\.groups))
        return try node?.entries().map { key, value in
            let name = try key.identifier()
            guard named.contains(name) else {
                throw key.advice(
                    "no company is in the group ‘\(name)’",
                    remedy: Spelling.remedy(for: name, legal: named))
            }
            let fields = try value.mapping(allowing: ["label", "currency", "brand"])
            return CompanyGroup(
                name: name, label: try fields.optional("label")?.string() ?? name,
                currency: try fields.optional("currency")?.currency(),
                brand: try fields.optional("brand").map { try CompanyBrand($0, folder: folder) })
        } ?? []
    }
}

extension BankAccount {
    /// Reads `{holder: Bakker BV, iban: NL91ABNA0417164300, bic: ABNANL2A, example: yes}`.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    init(_ node: DefinitionNode) throws {
        let fields = try node.mapping(allowing: ["holder", "iban", "bic", "example"])
        self.init(
            holder: try fields.required("holder").string(),
            iban: try fields.required("iban").reading { try IBAN($0) },
            bic: try fields.optional("bic")?.reading { try BIC($0) },
            isExample: try fields.optional("example")?.boolean() ?? false)
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

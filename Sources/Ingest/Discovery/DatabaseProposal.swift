import Store
import Vocabulary

/// Decides which tables of a database are read, as which models, and for which companies.
struct DatabaseProposal: Sendable {
    let survey: DatabaseSurvey
    let source: String
    /// The zone of times that tell none.
    let zone: String
    let tables: [ProposedTable]
    /// Tables and views that are not read, and why.
    let omitted: [(name: String, reason: String)]
    let tenants: ProposedTenants?
    /// The company of rows without a tenant.
    let company: String
    /// Companies to be made; empty where they exist.
    let companies: [ProposedCompany]
    /// The currency of the companies to be made, and whether any row says so.
    let currency: (code: String, isSeen: Bool)

    /// How many tenants a mapping lists at the most; more are customers of a service, not companies.
    static let mostTenants = 25

    init(
        _ survey: DatabaseSurvey, source: String, existing: Schema?, company given: String?,
        sampler: TableSampler
    ) throws {
        self.survey = survey
        self.source = source
        let isUniversal = ["Etc/UTC", "Etc/UCT", "Universal", "Zulu"].contains(survey.zone)
        let isKnown = (try? Zone(named: survey.zone)) != nil
        zone = isUniversal || !isKnown ? "UTC" : survey.zone
        var mapped: [DatabaseSurvey.Relation] = []
        var omitted: [(name: String, reason: String)] = []
        for relation in survey.relations {
            if let reason = Self.reasonToOmit(relation) {
                omitted.append((relation.name, reason))
            } else {
                mapped.append(relation)
            }
        }
        self.omitted = omitted
        let models = Self.models(of: mapped, source: source, existing: existing)
        let owners = try Self.owners(
            mapped, survey, source: source, existing: existing, given: given, sampler: sampler)
        (tenants, company, companies) = (owners.tenants, owners.company, owners.made)
        let neighbours = TableProposal.Neighbours(
            models: models, survey: survey, tenant: tenants?.column)
        var currencies: [String] = []
        var tables: [ProposedTable] = []
        for relation in mapped {
            var proposal = TableProposal(
                relation, model: models[relation.name] ?? "", neighbours: neighbours,
                sampler: sampler)
            var table = try proposal.decide()
            currencies += proposal.currencies
            if let tenants {
                if relation.name == tenants.table {
                    table.tenant = tenants.key
                } else if table.tenant == nil {
                    table.company = company
                    table.notes.append(
                        "decide: no column says whose rows these are, so they are all of "
                            + "‘\(company)’; what they refer to in other companies is unknown there"
                    )
                }
            }
            Self.note(relation, into: &table)
            tables.append(table)
        }
        self.tables = tables
        let counts = Dictionary(grouping: currencies) { $0 }.mapValues(\.count)
        let common = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        currency = (common ?? "EUR", common != nil)
    }

    // MARK: Tables

    private static func reasonToOmit(_ relation: DatabaseSurvey.Relation) -> String? {
        let table = SQL.table(relation.name)
        switch relation.kind {
        case "v": return "a view: the server tells changes of tables only"
        case "m": return "a materialised view: the server tells changes of tables only"
        case "f": return "a foreign table: read it where it lives"
        default: break
        }
        if NameSense.isHousekeeping(schema: relation.schema, table: relation.table) {
            return "belongs to a tool, not to the business"
        }
        if NameSense.isSecretTable(relation.table) { return "its rows are secrets" }
        if relation.schema.contains(".") { return "the name of its schema holds a point" }
        if relation.isUnlogged {
            return "unlogged, so its changes are not told: ALTER TABLE \(table) SET LOGGED;"
        }
        if relation.identity == "f" {
            return relation.hasPrimaryKey
                ? "sends whole old rows, private ones too: ALTER TABLE \(table) REPLICA IDENTITY "
                    + "DEFAULT;"
                : "sends whole old rows and has no primary key: give it one, then ALTER TABLE "
                    + "\(table) REPLICA IDENTITY DEFAULT;"
        }
        if relation.key.isEmpty {
            if relation.hasPrimaryKey {
                return "nothing identifies its rows: ALTER TABLE \(table) REPLICA IDENTITY DEFAULT;"
            }
            if let index = relation.uniqueIndex {
                return "no primary key: ALTER TABLE \(table) REPLICA IDENTITY USING INDEX "
                    + "\(SQL.name(index));"
            }
            return "no key, so its rows cannot be told apart: give it one with ALTER TABLE "
                + "\(table) ADD PRIMARY KEY (…);"
        }
        for name in relation.key {
            guard let column = relation.column(name) else { continue }
            if NameSense.isSecretKey(column) { return "its key ‘\(name)’ is private" }
            if !column.maySelect { return "this role may not read its key ‘\(name)’" }
            if column.isGenerated { return "its key ‘\(name)’ is generated, and so not sent" }
            let isUsable = column.kind.keyClass != nil || column.kind.isTime
            if !isUsable || (relation.key.count == 1 && column.kind.isTime) {
                return "a key of type \(column.typeName) is none that we keep"
            }
        }
        return nil
    }

    private static func note(_ relation: DatabaseSurvey.Relation, into table: inout ProposedTable) {
        if relation.hidesRows {
            table.notes.append(
                "row-level security hides rows from this role; ‘reportd doctor’ prints the statement"
            )
        }
        if let parent = relation.parent {
            table.notes.append("its columns are those of \(parent), whose rows stand apart")
        }
        if relation.hasChildren {
            table.notes.append("only its own rows: tables that inherit from it stand apart")
        }
    }

    /// A name for each model: that of a row, with the schema or the source where it is taken.
    private static func models(
        of relations: [DatabaseSurvey.Relation], source: String, existing: Schema?
    ) -> [String: String] {
        var taken = Set(existing?.models.keys.map(\.self) ?? []).union(["models"])
        var found: [String: String] = [:]
        // A model whose history is kept takes a second name, so shorter ones choose first.
        let order = relations.sorted {
            ($0.table.count, $0.schema == "public" ? 0 : 1, $0.name)
                < ($1.table.count, $1.schema == "public" ? 0 : 1, $1.name)
        }
        for relation in order {
            let words = NameForm.singular(NameForm.words(relation.table))
            let own = NameForm.identifier(words, otherwise: "table")
            let schema = NameForm.identifier(
                NameForm.words(relation.schema) + words, otherwise: "table")
            let prefixed = NameForm.identifier(
                NameForm.words(source) + words, otherwise: "table")
            let name =
                [own, relation.schema == "public" ? prefixed : schema, prefixed]
                .first { !taken.contains($0) && !taken.contains($0 + "_history") }
                ?? NameForm.free(prefixed, among: taken)
            taken.formUnion([name, name + "_history"])
            found[relation.name] = name
        }
        return found
    }

    // MARK: Companies

    private struct Owners {
        let tenants: ProposedTenants?
        let company: String
        let made: [ProposedCompany]
    }

    private static func owners(
        _ relations: [DatabaseSurvey.Relation], _ survey: DatabaseSurvey, source: String,
        existing: Schema?, given: String?, sampler: TableSampler
    ) throws -> Owners {
        let lookup = try tenantLookup(relations, survey, sampler: sampler)
        let own = source.replacing("_", with: "-")
        if let existing, !existing.companies.companies.isEmpty {
            let all = existing.companies.companies
            let company = try given.map { try existing.companies.company($0).code }
            var known: [(word: String, code: String)] = []
            for word in lookup?.words ?? [] {
                let slug = code(word)
                let match = all.first { $0.code == slug || code($0.name) == slug }
                if let match { known.append((word, match.code)) }
            }
            let unknown = (lookup?.words ?? []).filter { word in
                !known.contains { $0.word == word }
            }
            guard let fallback = company ?? (all.count == 1 ? all[0].code : nil) else {
                throw Advice(
                    .request,
                    "nothing says which of your \(all.count) companies this database belongs to",
                    remedy: "add --company with one of: "
                        + all.map(\.code).joined(separator: ", "))
            }
            return Owners(
                tenants: known.isEmpty
                    ? nil : lookup?.tenants(companies: known, unknown: unknown),
                company: fallback, made: [])
        }
        if let given, code(given) != given {
            throw Advice(
                .request, "‘\(given)’ is not a legal code of a company",
                remedy: "use lower-case letters, digits and -, beginning with a letter")
        }
        let shared = given ?? own
        guard let lookup else {
            return Owners(
                tenants: nil, company: shared,
                made: [
                    ProposedCompany(code: shared, name: NameForm.heading([shared]), comment: "")
                ])
        }
        var taken: Set<String> = [shared]
        var made: [ProposedCompany] = []
        var codes: [(word: String, code: String)] = []
        for word in lookup.words {
            let free = NameForm.free(code(word), among: taken)
            taken.insert(free)
            codes.append((word, free))
            made.append(ProposedCompany(code: free, name: word, comment: ""))
        }
        made.append(
            ProposedCompany(
                code: shared, name: NameForm.heading([shared]),
                comment: "rows that no column assigns to one of the others"))
        return Owners(
            tenants: lookup.tenants(companies: codes, unknown: []), company: shared, made: made)
    }

    /// A company's code of any word.
    private static func code(_ word: String) -> String {
        NameForm.identifier(NameForm.words(word), otherwise: "company")
            .replacing("_", with: "-")
    }

    private struct TenantLookupGuess {
        let column: String
        let table: String?
        let key: String
        let value: String
        let words: [String]

        func tenants(
            companies: [(word: String, code: String)], unknown: [String]
        ) -> ProposedTenants {
            ProposedTenants(
                column: column, table: table, key: key, value: value, companies: companies,
                unknown: unknown)
        }
    }

    /// The column by which most tables name a tenant, and the words that its values stand for.
    private static func tenantLookup(
        _ relations: [DatabaseSurvey.Relation], _ survey: DatabaseSurvey, sampler: TableSampler
    ) throws -> TenantLookupGuess? {
        var uses: [String: [DatabaseSurvey.Relation]] = [:]
        for relation in relations {
            let best = relation.columns.filter { NameSense.tenantRank($0) > 0 && $0.maySelect }
                .max { NameSense.tenantRank($0) < NameSense.tenantRank($1) }
            if let best { uses[best.name, default: []].append(relation) }
        }
        func rank(_ name: String) -> Int {
            NameSense.tenantRank(uses[name]?.first?.column(name) ?? relations[0].columns[0])
        }
        let chosen = uses.filter { name, users in
            users.count >= 2 && users.count * (rank(name) >= 5 ? 4 : 2) >= relations.count
        }.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
        guard let (name, users) = chosen, let first = users.first,
            let column = first.column(name)
        else { return nil }
        let targets = Set(
            users.flatMap(\.references).filter { $0.columns == [name] }.map(\.target))
        let words = NameForm.singular(
            column.words.filter { !["id", "uuid", "code", "slug", "key"].contains($0) })
        let table =
            relations.first { targets == [$0.name] }
            ?? (targets.isEmpty
                ? relations.first { NameForm.singular(NameForm.words($0.table)) == words } : nil)
        if let table, table.key.count == 1,
            table.column(table.key[0])?.kind.keyClass == column.kind.keyClass
        {
            return try lookup(in: table, by: name, sampler: sampler)
        }
        guard targets.isEmpty else { return nil }
        var found: Set<String> = []
        for relation in users { found.formUnion(try sampler.values(of: column, in: relation)) }
        guard (2...min(mostTenants, TableSampler.listed)).contains(found.count) else { return nil }
        return TenantLookupGuess(
            column: name, table: nil, key: "", value: "", words: found.sorted())
    }

    /// The column of a table of tenants whose words are best: short, and different in each row.
    private static func lookup(
        in table: DatabaseSurvey.Relation, by column: String, sampler: TableSampler
    ) throws -> TenantLookupGuess? {
        let key = table.key[0]
        let preferred = ["slug", "code", "handle", "subdomain", "type", "kind", "name", "title"]
        let columns = table.columns.filter {
            $0.kind.isTextual && $0.maySelect && NameSense.privacy(of: $0) == nil
                && preferred.contains($0.words.last ?? "")
        }.sorted {
            (preferred.firstIndex(of: $0.words.last ?? "") ?? 99)
                < (preferred.firstIndex(of: $1.words.last ?? "") ?? 99)
        }.map(\.name)
        guard
            let rows = try sampler.all(columns + [key], of: table, limit: mostTenants),
            rows.count >= 2
        else { return nil }
        for (index, value) in (columns + [key]).enumerated() {
            let words = rows.compactMap { $0[index] }
            if words.count == rows.count, Set(words).count == rows.count,
                words.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 100 })
            {
                return TenantLookupGuess(
                    column: column, table: table.name, key: key, value: value,
                    words: words.sorted())
            }
        }
        return nil
    }
}

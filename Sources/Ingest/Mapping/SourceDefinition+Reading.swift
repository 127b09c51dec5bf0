public import Store
public import Vocabulary

extension SourceDefinition {
    /// Reads one mapping file.
    ///
    /// - Throws: `Advice` with file, line and the nearest legal name for the first mistake.
    public init(_ file: DefinitionNode, schema: Schema) throws {
        try self.init(file, schema: schema, absent: AbsentParts())
    }

    /// The definition without those optional parts that a database lacks.
    ///
    /// What it says of them is as if it were not written; its fingerprint is another one, so all
    /// rows are read again when a part appears.
    func adapted(to catalog: PostgresCatalog) throws -> SourceDefinition {
        let optional = tables.filter { $0.isOptional || !$0.optionalFields.isEmpty }
        var absent = AbsentParts()
        for mapping in optional {
            guard let table = catalog.tables[mapping.name] else {
                if mapping.isOptional { absent.tables.insert(mapping.name) }
                continue
            }
            let lacking = mapping.optionalFields.filter { table.column($0) == nil }
            if !lacking.isEmpty { absent.columns[mapping.name] = Set(lacking) }
        }
        guard !absent.isEmpty else { return self }
        return try SourceDefinition(file, schema: schema, absent: absent)
    }

    private init(_ file: DefinitionNode, schema: Schema, absent: AbsentParts) throws {
        let root = try file.mapping(allowing: [
            "source", "kind", "zone", "company", "tenants", "skip", "tables",
        ])
        name = try root.required("source").identifier()
        kind = try root.required("kind").choice(Kind.self, naming: "kind of source")
        place = file.place
        var reader = MappingReader(
            source: name, kind: kind, schema: schema,
            zone: try root.optional("zone")?.reading { try Zone(named: $0) }, absent: absent)
        if let company = root.optional("company") {
            reader.company = try company.reading { try schema.companies.company($0) }
        }
        if let node = root.optional("tenants") {
            reader.tenants = try reader.tenants(node)
        }
        tenants = reader.tenants
        skipped = try reader.skipped(root.optional("skip"))
        let all = try root.required("tables").sequence().map { try reader.table($0) }
        tables = try reader.withParents(all.filter { !absent.tables.contains($0.name) })
        try reader.checkTogether(tables)
        self.file = file
        self.schema = schema
        self.absent = absent
    }
}

/// Reads the parts of one mapping file.
struct MappingReader {
    let source: String
    let kind: SourceDefinition.Kind
    let schema: Schema
    let zone: Zone?
    let absent: AbsentParts
    var company: Company?
    var tenants: TenantLookup?
    /// Where each reference column was written, by table and column, for `checkTogether`.
    private var nodes: [String: DefinitionNode] = [:]
    /// The models by table, absent tables included.
    private var modelsOfTables: [String: String] = [:]

    init(
        source: String, kind: SourceDefinition.Kind, schema: Schema, zone: Zone?,
        absent: AbsentParts
    ) {
        self.source = source
        self.kind = kind
        self.schema = schema
        self.zone = zone
        self.absent = absent
    }

    func tenants(_ node: DefinitionNode) throws -> TenantLookup {
        let fields = try node.mapping(allowing: ["table", "key", "value", "companies"])
        var table: TenantLookup.Table?
        if let name = fields.optional("table") {
            guard kind == .postgres else {
                throw name.advice(
                    "only a Postgres source can look tenants up in a table",
                    remedy: "list the tenants themselves under ‘companies’")
            }
            table = TenantLookup.Table(
                name: Self.qualified(try name.string()),
                key: try fields.required("key").string(),
                value: try fields.required("value").string(), place: name.place)
        }
        var companies: [String: String] = [:]
        for (word, code) in try fields.required("companies").entries() {
            companies[try word.string()] = try code.reading {
                try schema.companies.company($0).code
            }
        }
        return TenantLookup(table: table, companies: companies)
    }

    func skipped(_ node: DefinitionNode?) throws -> [(field: String, value: String)] {
        guard let node else { return [] }
        guard kind.holdsDocuments else {
            throw node.advice(
                "‘skip’ is for documents", remedy: "leave it out of a Postgres source")
        }
        return try node.entries().map { (try $0.key.string(), try $0.value.string()) }
    }

    mutating func table(_ node: DefinitionNode) throws -> TableMapping {
        let documents = ["ids", "complete"]
        let databases = ["optional", "optional-columns", "where"]
        let entry = try node.mapping(
            allowing: [
                "table", "model", "key", "tenant", "company", "origin", "deleted", "columns",
            ] + (kind == .postgres ? databases : documents)
                + (kind == .jsonBackup ? ["lists"] : []))
        let nameNode = try entry.required("table")
        let name =
            kind == .postgres ? Self.qualified(try nameNode.string()) : try nameNode.string()
        let model = try entry.required("model").reading { try schema.model($0) }
        modelsOfTables[name] = model.name
        let optional = try entry.optional("optional-columns").map { try Self.list($0) } ?? []
        var fields = FieldList(absent: absent.columns[name] ?? [])
        let keyNode = try entry.required("key")
        let key = try Self.list(keyNode).map { fields.index(of: $0) }
        guard !key.isEmpty else {
            throw keyNode.advice("the key has no column", remedy: "name the table's primary key")
        }
        let isDeleted = try entry.optional("deleted").map {
            try conditions($0, fields: &fields)
        }
        let wanted = try entry.optional("where").map { node in
            let conditions = try conditions(node, fields: &fields)
            guard conditions.allSatisfy(\.isSimple) else {
                throw node.advice(
                    "‘where’ is asked of the database too, which knows no ‘like’ of this kind",
                    remedy: "write words, {not: …}, {is: present} or {is: missing}")
            }
            return conditions
        }
        let owner = try owner(entry, fields: &fields)
        var rules: [String: ColumnRule] = [:]
        for (columnNode, value) in try entry.required("columns").entries() {
            let columnName = try columnNode.string()
            guard let column = model.column(columnName) else {
                throw columnNode.advice(
                    "model ‘\(model.name)’ has no column ‘\(columnName)’",
                    remedy: Spelling.remedy(for: columnName, legal: model.columns.map(\.name)))
            }
            rules[columnName] = try rule(column, value, fields: &fields)
            nodes["\(name) \(columnName)"] = value
        }
        try checkCurrencies(of: model, rules: rules, node: node)
        if let stray = optional.first(where: { !fields.mentioned.contains($0) }) {
            throw node.advice(
                "‘\(stray)’ is optional and nothing reads it",
                remedy: Spelling.remedy(for: stray, legal: fields.mentioned))
        }
        return TableMapping(
            name: name, place: nameNode.place, model: model,
            origin: try entry.optional("origin")?.identifier() ?? source, fields: fields.names,
            key: key, owner: owner,
            rules: model.columns.map { rules[$0.name] ?? ColumnRule(column: $0) },
            idPrefix: try entry.optional("ids")?.string() ?? "",
            isComplete: try entry.optional("complete")?.boolean() ?? false,
            lists: try entry.optional("lists").map { try Self.list($0) } ?? [name],
            wanted: wanted ?? [], isDeleted: isDeleted ?? [],
            isOptional: try entry.optional("optional")?.boolean() ?? false,
            optionalFields: optional)
    }

    private func owner(
        _ entry: DefinitionMapping, fields: inout FieldList
    ) throws -> TableMapping.Owner {
        if let tenant = entry.optional("tenant"), tenant.isMapping {
            guard kind == .postgres else {
                throw tenant.advice(
                    "only rows of a Postgres source can have their company through others",
                    remedy: "name the field that holds the tenant, or the company")
            }
            let through = try tenant.mapping(allowing: ["through"]).required("through")
            // Which table that is, `withParents` tells when all tables are known.
            return .parent(
                table: -1, fields: try Self.list(through).map { fields.index(of: $0) })
        }
        if let tenant = entry.optional("tenant") {
            guard tenants != nil else {
                throw tenant.advice(
                    "the source does not say which company a tenant is",
                    remedy: "add ‘tenants:’ with ‘companies:’ to the file")
            }
            return .tenant(fields.index(of: try tenant.string()))
        }
        if let own = entry.optional("company") {
            return .company(try own.reading { try schema.companies.company($0) })
        }
        if let company { return .company(company) }
        throw entry.node.advice(
            "nothing says which company these rows belong to",
            remedy: "add ‘tenant: column’ here, or ‘company: code’ here or at the top")
    }

    private func checkCurrencies(
        of model: Model, rules: [String: ColumnRule], node: DefinitionNode
    ) throws {
        for column in model.columns {
            guard case .money(let currency) = column.type, rules[column.name] != nil,
                rules[currency] == nil
            else { continue }
            throw node.advice(
                "‘\(column.name)’ is an amount and nothing says its currency",
                remedy: "add ‘\(currency): column’ or ‘\(currency): {company: currency}’")
        }
    }

    /// Checks what no table can tell alone.
    func checkTogether(_ tables: [TableMapping]) throws {
        guard !tables.isEmpty else {
            throw Advice(
                .definition, "source ‘\(source)’ has no tables", remedy: "map at least one")
        }
        for (index, table) in tables.enumerated() {
            for other in tables[..<index] {
                if other.model.name == table.model.name, other.origin == table.origin {
                    throw Advice(
                        .definition,
                        "tables ‘\(other.name)’ and ‘\(table.name)’ fill model "
                            + "‘\(table.model.name)’ under the same origin",
                        remedy: "give one of them an ‘origin:’ of its own, or their keys may clash",
                        at: table.place)
                }
                if kind == .postgres, other.name == table.name {
                    throw Advice(
                        .definition, "table ‘\(table.name)’ is mapped twice",
                        remedy: "map it to one model", at: table.place)
                }
            }
            for rule in table.rules where rule.input != .nothing {
                guard case .reference(let target) = rule.column.type else { continue }
                let targets = tables.filter {
                    $0.model.name == target && $0.origin == table.origin
                }
                guard let found = targets.first else {
                    if isAbsent(target, among: tables) { continue }
                    throw Advice(
                        .definition,
                        "‘\(rule.column.name)’ refers to model ‘\(target)’, which no table of this "
                            + "source fills",
                        remedy: "map a table to ‘\(target)’, or leave this column out",
                        at: nodes["\(table.name) \(rule.column.name)"]?.place ?? table.place)
                }
                var parts = 1
                if case .fields(let indices) = rule.input { parts = indices.count }
                guard found.key.count == parts else {
                    throw Advice(
                        .definition,
                        "‘\(rule.column.name)’ names \(parts) column(s) and the key of "
                            + "‘\(found.name)’ has \(found.key.count)",
                        remedy:
                            "write ‘from: [\(found.key.map { found.fields[$0] }.joined(separator: ", "))]’ "
                            + "with the columns that hold this key",
                        at: nodes["\(table.name) \(rule.column.name)"]?.place ?? table.place)
                }
            }
        }
    }

    /// Whether a model is one that only absent tables would fill: its rows are then unknown.
    func isAbsent(_ model: String, among tables: [TableMapping]) -> Bool {
        modelsOfTables.contains { name, filled in
            filled == model && !tables.contains { $0.name == name }
        }
    }

    /// A table's name with its schema, `public` if none is written.
    private static func qualified(_ name: String) -> String {
        name.contains(".") ? name : "public." + name
    }
}

/// The optional parts of a mapping that a database lacks.
struct AbsentParts: Sendable, Hashable {
    var tables: Set<String> = []
    var columns: [String: Set<String>] = [:]

    var isEmpty: Bool { tables.isEmpty && columns.isEmpty }

    /// A table of which other parts are absent; nil if there is none.
    func firstDifference(from other: AbsentParts) -> String? {
        tables.symmetricDifference(other.tables).min()
            ?? Set(columns.keys).union(other.columns.keys).sorted()
            .first { columns[$0] != other.columns[$0] }
    }

    /// What is absent, one sentence each.
    var sentences: [String] {
        tables.sorted().map { "table ‘\($0)’, which is optional, is not there" }
            + columns.sorted { $0.key < $1.key }.map { table, columns in
                "table ‘\(table)’ lacks the optional columns "
                    + columns.sorted().joined(separator: ", ")
            }
    }
}

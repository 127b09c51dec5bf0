public import Vocabulary

/// A consistent state of the store within a scope.
///
/// A value: it may be kept and shared, and later commits, seals and compactions do not change what
/// it answers.
public struct Snapshot: Sendable {
    /// The models and companies.
    public let schema: Schema
    /// What may be seen through it.
    public let scope: Scope
    /// The commit whose state it shows.
    public let commit: Commit
    let state: StoreState
    let chunks: ChunkReader
    let memory: ScanMemory
    let changes = SnapshotChanges()
    /// The companies of the scope, in the directory's order.
    public let companies: [Company]

    init(
        schema: Schema, scope: Scope, commit: Commit, state: StoreState, chunks: ChunkReader,
        memory: ScanMemory
    ) {
        (self.schema, self.scope, self.commit) = (schema, scope, commit)
        (self.state, self.chunks, self.memory) = (state, chunks, memory)
        companies = schema.companies.companies.filter { scope.companies.contains($0.code) }
    }

    /// The company of a row; nil outside of the scope.
    public func company(of reference: Reference) -> Company? {
        companies.first { state.companies[$0.code] == reference.company }
    }

    /// Answers a question by one pass over a model.
    ///
    /// - Throws: `Advice` for unknown names and operations that a column's type does not have.
    public func scan(_ request: ScanRequest) throws -> ScanResult {
        try Scanner(self, request).run()
    }

    /// Finds the rows that a question asks for.
    ///
    /// - Throws: `Advice` for unknown names.
    public func rows(_ request: RowRequest) throws -> RowSet {
        try RowFinder(self, request).run()
    }

    /// The last commit that touched any of some models in any company of the scope; 0 if none.
    ///
    /// A cached answer over these models stays right until this number changes. The quarantine counts
    /// as one, named `quarantineName`, of all companies.
    public func lastCommit(of models: some Collection<String>) -> UInt64 {
        let own = models.contains(Self.quarantineName) ? state.quarantineCommit : 0
        return min(max(own, lastCommit(of: models, companies: companyNumbers)), commit.number)
    }

    /// The companies of the scope that have, or have had, rows of any of some models.
    ///
    /// Rows of the quarantine are nobody's, and count for none.
    public func companies(with models: some Collection<String>) -> [Company] {
        companies.filter { company in
            let number = state.companies[company.code].map { [$0] } ?? []
            return lastCommit(of: models, companies: number) > 0
        }
    }

    private func lastCommit(
        of models: some Sequence<String>, companies: some Sequence<Int>
    ) -> UInt64 {
        var last = UInt64(0)
        for name in models {
            guard let model = state.models[name] else { continue }
            for company in companies {
                let touch = Touch(model: model.layout.id, company: company)
                last = max(last, state.touches[touch] ?? 0)
            }
        }
        return last
    }

    /// One column of rows that are referred to: one cell per reference, missing for rows that have
    /// not arrived, are deleted, or lie outside the scope.
    public func cells(
        model name: String, column: String, of references: [Reference]
    ) throws -> [Cell] {
        let model = try rows(of: name)
        let position = try Self.position(of: column, in: model.layout.model)
        let allowed = companyNumbers
        let tables = try Dictionary(grouping: references, by: \.company)
            .filter { allowed.contains($0.key) }
            .mapValues { own in
                try AttributeTable(
                    self, model: model, position: position, company: own[0].company,
                    of: own.map(\.index))
            }
        return references.map { reference in
            guard let cell = tables[reference.company]?.cell(reference.index) else {
                return .missing
            }
            return state.cell(
                cell, layout: model.layout, position: position, company: reference.company)
        }
    }

    /// At least as many rows of a model as others have ever referred to; 0 for an unknown model.
    public func referredRows(of name: String) -> Int {
        guard let model = state.models[name] else { return 0 }
        return companyNumbers.reduce(0) { sum, company in
            let touch = Touch(model: model.layout.id, company: company)
            return sum + Int(state.referenceCounts[touch] ?? 0)
        }
    }

    // MARK: For the room's own readers

    /// The numbers of the scope's companies.
    var companyNumbers: Set<Int> {
        Set(scope.companies.compactMap { state.companies[$0] })
    }

    func rows(of name: String) throws -> ModelState {
        _ = try schema.model(name)
        guard let model = state.models[name] else {
            throw Advice(
                .unknown, "the store does not have model ‘\(name)’ yet",
                remedy: "run ‘reportd ingest’ with the present definitions first")
        }
        // The delta of this state is in memory, where an erasure does not reach it.
        try chunks.checkErasures(of: name, after: state.commit.number)
        if !model.areChangesKnown { throw model.layout.damagedChanges }
        return model
    }

    /// Rows of a model in the scope's companies with a key, whatever their origin.
    func references(model name: String, key: RowKey) throws -> [Reference] {
        let model = try rows(of: name)
        let companies = companyNumbers
        var found: Set<Reference> = []
        for segment in model.segments.map(\.segment) {
            let reader = SegmentReader(segment)
            for origin in state.origins.values {
                _ = try reader.row(
                    of: StoreWriter.Identity(origin: origin, key: key),
                    hash: key.stableHash(origin: origin), in: segment, chunks, among: .all
                ) { row in
                    let company = segment.company(of: row)
                    if companies.contains(company) {
                        let index = Int(try reader.reference(row, segment, chunks))
                        if index >= 0 { found.insert(Reference(company: company, index: index)) }
                    }
                    return false
                }
            }
        }
        for block in model.delta {
            for row in 0..<block.count where block.keys[row] == key {
                let (company, index) = (Int(block.companies[row]), Int(block.references[row]))
                if companies.contains(company), index >= 0 {
                    found.insert(Reference(company: company, index: index))
                }
            }
        }
        return found.sorted()
    }

    static func position(of column: String, in model: Model) throws -> Int {
        if let position = model.index(of: column) { return position }
        throw Advice(
            .unknown, "model ‘\(model.name)’ has no column ‘\(column)’",
            remedy: Spelling.remedy(for: column, legal: model.columns.map(\.name)))
    }
}

extension StoreState {
    /// A stored value as readers see it.
    func cell(_ stored: StoredCell, layout: ModelLayout, position: Int, company: Int) -> Cell {
        switch stored {
        case .text(let text): return text.map(Cell.text) ?? .missing
        case .number(NumberVector.missing): return .missing
        case .number(let number):
            switch layout.model.columns[position].type {
            case .category:
                let text = dictionaries[layout.id(ofColumn: position)]?.text(of: number)
                return text.map(Cell.text) ?? .missing
            case .reference: return .reference(Reference(company: company, index: Int(number)))
            default: return .number(number)
            }
        }
    }
}

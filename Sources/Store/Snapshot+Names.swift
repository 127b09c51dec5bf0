import Vocabulary

extension Snapshot {
    /// Who the rows are that others refer to: their origins and keys at their sources.
    ///
    /// Rows that have not arrived, are deleted, or lie outside the scope's companies are absent. Like
    /// their attributes (`cells(model:column:of:)`), names of rows are told to whoever sees a row that
    /// refers to them.
    public func names(
        model name: String, of references: some Sequence<Reference>
    ) throws -> [Reference: RowName] {
        let allowed = companyNumbers
        let sought = Set(references.filter { allowed.contains($0.company) })
        if sought.isEmpty { return [:] }
        let model = try rows(of: name)
        let origins = Dictionary(uniqueKeysWithValues: state.origins.map { ($1, $0) })
        var names: [Reference: RowName] = [:]
        var selection = Selection()
        for block in RowBlock.all(of: model) {
            for run in block.runs(of: Set(sought.map(\.company))) {
                try block.visible(
                    run.rows, at: commit.number, chunks: chunks, into: &selection)
                if selection.isEmpty { continue }
                let indices = try block.references(chunks: chunks)
                let companies = run.company == nil ? block.companies : nil
                for offset in selection.rows {
                    let row = run.rows.lowerBound + Int(offset)
                    let company = run.company ?? companies.map { Int($0[row]) } ?? -1
                    let reference = Reference(company: company, index: Int(indices[row]))
                    guard sought.contains(reference) else { continue }
                    let (origin, key) = try block.identity(row: row, chunks: chunks)
                    names[reference] = RowName(origin: origins[Int(origin)] ?? "", key: key)
                }
            }
        }
        return names
    }
}

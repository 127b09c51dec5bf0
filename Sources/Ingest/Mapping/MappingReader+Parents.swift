import Store
import Vocabulary

extension MappingReader {
    /// The tables, each knowing the one whose rows tell the company of its rows.
    ///
    /// That is the table that the reference made of the same columns leads to. Without an optional
    /// table that a database lacks, what belongs to its rows is left out too.
    func withParents(_ tables: [TableMapping]) throws -> [TableMapping] {
        var left = tables
        while let orphan = try left.firstIndex(where: { table in
            guard case .parent(_, let fields) = table.owner else { return false }
            return try parent(of: table, fields, among: left) == nil
        }) {
            left.remove(at: orphan)
        }
        var found = left
        for (index, table) in left.enumerated() {
            guard case .parent(_, let fields) = table.owner,
                let parent = try parent(of: table, fields, among: left)
            else { continue }
            if left[parent].isOptional, !table.isOptional {
                throw Advice(
                    .definition,
                    "rows of ‘\(table.name)’ belong to rows of ‘\(left[parent].name)’, a table "
                        + "that may lack",
                    remedy: "add ‘optional: true’ to ‘\(table.name)’ too", at: table.place)
            }
            found[index].owner = .parent(table: parent, fields: fields)
        }
        for table in found {
            var (next, steps) = (table.parent?.table, 0)
            while let index = next {
                steps += 1
                guard steps <= found.count else {
                    throw Advice(
                        .definition, "rows of ‘\(table.name)’ belong to themselves in the end",
                        remedy: "give one of these tables a ‘tenant: column’ or a ‘company:’",
                        at: table.place)
                }
                next = found[index].parent?.table
            }
        }
        return found
    }

    /// Where a table's ‘through’ leads; nil when a database lacks that table.
    private func parent(
        of table: TableMapping, _ fields: [Int], among tables: [TableMapping]
    ) throws -> Int? {
        let rule = table.rules.first { rule in
            guard case .reference = rule.column.type else { return false }
            return rule.input == (fields.count == 1 ? .field(fields[0], path: []) : .fields(fields))
        }
        let names = fields.map { $0 < 0 ? "?" : table.fields[$0] }.joined(separator: ", ")
        guard let rule, case .reference(let target) = rule.column.type, !fields.contains(-1) else {
            throw Advice(
                .definition,
                "‘through: \(names)’ of table ‘\(table.name)’ leads to no row: no reference of model "
                    + "‘\(table.model.name)’ comes from there",
                remedy: "map the column to a reference, such as ‘bill: \(names)’", at: table.place)
        }
        if let index = tables.firstIndex(where: {
            $0.model.name == target && $0.origin == table.origin
        }) {
            return index
        }
        if isAbsent(target, among: tables) { return nil }
        throw Advice(
            .definition,
            "the company of rows of ‘\(table.name)’ stands in model ‘\(target)’, which no table of "
                + "this source fills",
            remedy: "map a table to ‘\(target)’", at: table.place)
    }
}

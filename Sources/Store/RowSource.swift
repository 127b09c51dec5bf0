import Vocabulary

/// Where a cell of a row is stored: in a column of its model, or of the row that one refers to.
struct RowSource {
    let position: Int
    let attribute: (model: ModelState, position: Int)?

    /// The sources of some columns.
    ///
    /// - Throws: `Advice` for unknown names.
    static func all(
        of columns: [ColumnPath], model: ModelState, _ snapshot: Snapshot
    ) throws -> [RowSource] {
        try columns.map { path in
            precondition(path.derivation == nil, "cells of rows are what is stored")
            let position = try Snapshot.position(of: path.column, in: model.layout.model)
            guard let attribute = path.attribute else {
                return RowSource(position: position, attribute: nil)
            }
            guard case .reference(let target) = model.layout.model.columns[position].type else {
                throw Advice(
                    .request,
                    "column ‘\(path.column)’ is not a reference, so ‘\(path)’ means "
                        + "nothing", remedy: "use the column itself")
            }
            let other = try snapshot.rows(of: target)
            return RowSource(
                position: position,
                attribute: (other, try Snapshot.position(of: attribute, in: other.layout.model)))
        }
    }

    /// The column that holds the cell, and the position that it has in its model.
    func column(in model: ModelState) -> (layout: ModelLayout, position: Int) {
        attribute.map { ($0.model.layout, $0.position) } ?? (model.layout, position)
    }
}

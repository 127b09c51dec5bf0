import Vocabulary

/// A table as cases write it: a line of headings, then one line per row, cells parted by `|`.
///
/// ```
/// company    | status | net    | sold_at
/// rendetalje | PAID   | 100.00 | 2026-06-01 10:00
/// ```
struct CaseTable {
    struct Row {
        let place: Place
        let cells: [String]
    }

    let headings: [String]
    let rows: [Row]
    let place: Place

    /// Reads a table from a block of text (`|`); its lines follow the line of the mark.
    ///
    /// - Throws: `Advice` at a row that has not as many cells as there are headings.
    init(_ node: DefinitionNode) throws {
        place = node.place
        let lines = try node.string().split(separator: "\n", omittingEmptySubsequences: false)
        var headings: [String] = []
        var rows: [Row] = []
        for (number, line) in lines.enumerated() where line.contains(where: { $0 != " " }) {
            let place = Place(
                file: node.place.file, line: node.place.line + 1 + number, column: 1)
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                Self.trimmed($0)
            }
            if headings.isEmpty {
                headings = cells
                continue
            }
            guard cells.count == headings.count else {
                throw Advice(
                    .definition,
                    "this row has \(cells.count) cells, and there are "
                        + "\(headings.count) headings",
                    remedy: "part cells by ‘|’ and leave a missing one empty", at: place)
            }
            rows.append(Row(place: place, cells: cells))
        }
        guard !headings.isEmpty else {
            throw node.advice("the table is empty", remedy: "write a line of headings")
        }
        self.headings = headings
        self.rows = rows
    }

    private static func trimmed(_ text: Substring) -> String {
        var rest = text.drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}

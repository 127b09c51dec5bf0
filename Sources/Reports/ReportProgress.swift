import Synchronization
import Vocabulary

/// How far the making of a file is.
public struct ReportProgress: Sendable, Hashable {
    /// Rows that went into the file so far; where a format reads them twice, each reading is half.
    public let rows: Int
    /// Rows that the file will have.
    public let rowsInAll: Int

    /// Tells how far the making of a file is.
    public init(rows: Int, rowsInAll: Int) {
        self.rows = rows
        self.rowsInAll = rowsInAll
    }
}

/// Tells of a report's rows while they pass by on their way into a file.
struct ReportWatch {
    let tell: @Sendable (ReportProgress) throws -> Void

    /// Halves of rows, so that two readings of a row make a whole.
    private final class Count: Sendable {
        private let halves = Mutex(0)

        /// Counts rows of a reading, and answers with the rows so far.
        func add(_ rows: Int, readings: Int) -> Int {
            halves.withLock { halves in
                halves += rows * (readings == 1 ? 2 : 1)
                return halves / 2
            }
        }
    }

    /// The same report, whose rows are told of when an output takes them.
    ///
    /// - Throws: `Advice` when the report does not go into the output's format.
    func watched(_ document: ReportDocument, by output: ReportOutput) throws -> ReportDocument {
        let taken = output.format == .csv ? [try output.csv(document).0] : document.tables
        let all = taken.reduce(0) { $0 + $1.rowCount }
        let count = Count()
        let blocks = document.blocks.map { block -> ReportDocument.Block in
            guard case .table(let table) = block else { return block }
            let readings = Self.readings(of: table, output.format)
            var watched = ResultTable(
                name: table.name, title: table.title, columns: table.columns,
                rowCount: table.rowCount, totals: table.totals
            ) { [tell] body in
                try table.forEachBatch { rows in
                    try body(rows)
                    let passed = count.add(rows.count, readings: readings)
                    try tell(ReportProgress(rows: min(all, passed), rowsInAll: all))
                }
            }
            watched.group = table.group
            watched.listsRows = table.listsRows
            return .table(watched)
        }
        var told = document
        told.blocks = blocks
        return told
    }

    /// How often a format reads a table's rows: a PDF measures them first, and a workbook looks for
    /// currencies where the totals do not tell them.
    private static func readings(of table: ResultTable, _ format: ReportFormat) -> Int {
        switch format {
        case .pdf: return 2
        case .xlsx:
            let isMoney = table.columns.contains { $0.kind == .money }
            return isMoney && Set(table.totals.compactMap(\.currency)).count < 2 ? 2 : 1
        default: return 1
        }
    }
}

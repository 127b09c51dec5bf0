import Store
import Vocabulary

/// Fills our store with the benchmark's rows.
///
/// The one place that knows how rows are handed over in bulk.
struct SalesLoading {
    private static let origin = "bench"

    private let files: SalesFiles
    private let store: Store
    private let codes: [String]

    init(_ files: SalesFiles, into store: Store) {
        self.files = files
        self.store = store
        codes = store.schema.companies.companies.map(\.code)
    }

    /// Adds customers, services, representatives and leads, as one commit.
    func loadParties() throws {
        let load = try store.beginLoad(source: "bench-parties")
        for (file, model, word) in SalesFiles.parties {
            let ends = files.ends(file)
            for company in 1..<ends.count {
                for number in ends[company - 1]..<ends[company] {
                    let number = Int64(number + 1)
                    try load.append(
                        model: model, origin: Self.origin, company: codes[company - 1],
                        key: .integer(number),
                        cells: [.number(number), .text("\(word) \(number)")])
                }
            }
        }
        try append(files.data.leads, to: load)
        _ = try load.finish(position: SourcePosition(text: "end", sourceTime: nil))
    }

    private func append(_ leads: SalesData.Leads, to load: Load) throws {
        let sources = SalesData.sources.map(Cell.text)
        let statuses = SalesData.leadStatuses.map(Cell.text)
        func time(_ seconds: Int64) -> Cell {
            seconds == 0 ? .missing : .number(seconds * 1_000_000)
        }
        for row in 0..<leads.count {
            let sale = Int64(leads.sale[row])
            try load.append(
                model: "lead", origin: Self.origin, company: codes[Int(leads.company[row]) - 1],
                key: .integer(Int64(row + 1)),
                cells: [
                    .number(Int64(row + 1)), .key(.integer(Int64(leads.rep[row]))),
                    sources[Int(leads.source[row])], statuses[Int(leads.status[row])],
                    time(leads.time[row]), time(leads.contacted[row]), time(leads.qualified[row]),
                    time(leads.closed[row]), .number(leads.value[row]),
                    sale == 0 ? .missing : .number(sale),
                ])
        }
    }

    /// Adds the sales, as one commit.
    func loadSales() throws {
        let load = try store.beginLoad(source: "bench-sales")
        for row in 0..<files.data.sales.count {
            let sale = files.data.sale(at: row)
            try load.append(
                model: "sale", origin: Self.origin, company: codes[sale.company - 1],
                key: .integer(Int64(sale.number)), cells: sale.cells)
        }
        _ = try load.finish(position: SourcePosition(text: "end", sourceTime: nil))
    }
}

extension ChangeBatch {
    /// A batch that inserts or replaces sales.
    init(_ sales: some Sequence<SalesData.Sale>, _ schema: Schema) {
        self.init()
        let codes = schema.companies.companies.map(\.code)
        for sale in sales {
            upsert(
                model: "sale", origin: "bench", company: codes[sale.company - 1],
                key: .integer(Int64(sale.number)), cells: sale.cells)
        }
    }
}

extension SalesData.Sale {
    private static let statuses = SalesData.statuses.map(Cell.text)
    private static let sources = SalesData.sources.map(Cell.text)
    private static let currencies = SalesData.currencies.map(Cell.text)

    /// The cells of the row, in the order of the model's columns.
    fileprivate var cells: [Cell] {
        [
            .number(Int64(number)), .key(.integer(Int64(customer))),
            .key(.integer(Int64(service))), .key(.integer(Int64(rep))),
            lead == 0 ? .missing : .key(.integer(Int64(lead))), Self.statuses[status],
            Self.sources[source], .number(Int64(time) * 1_000_000), .number(Int64(amount)),
            .number(Int64(tax)), Self.currencies[currency],
        ]
    }
}

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
        for rows in Self.parts(of: leads.count) {
            func times(_ seconds: [Int64]) -> ColumnBatch.Column {
                .numbers(seconds[rows].map { $0 == 0 ? ColumnBatch.missing : $0 * 1_000_000 })
            }
            let numbers = rows.map { Int64($0 + 1) }
            try load.append(
                model: "lead", origin: Self.origin,
                rows: ColumnBatch(
                    companies: companies(leads.company[rows]), keys: .integers(numbers),
                    columns: [
                        .numbers(numbers), .integerKeys(leads.rep[rows].map(Int64.init)),
                        .words(leads.source[rows].map(Int32.init), of: SalesData.sources),
                        .words(leads.status[rows].map(Int32.init), of: SalesData.leadStatuses),
                        times(leads.time), times(leads.contacted), times(leads.qualified),
                        times(leads.closed), .numbers(Array(leads.value[rows])),
                        .numbers(leads.sale[rows].map(Self.number)),
                    ]))
        }
    }

    /// The sales as batches of columns.
    func saleBatches() -> [ColumnBatch] {
        let sales = files.data.sales
        return Self.parts(of: sales.count).map { rows in
            let numbers = rows.map { Int64($0 + 1) }
            return ColumnBatch(
                companies: companies(sales.company[rows]), keys: .integers(numbers),
                columns: [
                    .numbers(numbers), .integerKeys(sales.customer[rows].map(Int64.init)),
                    .integerKeys(sales.service[rows].map(Int64.init)),
                    .integerKeys(sales.rep[rows].map(Int64.init)),
                    .integerKeys(sales.lead[rows].map(Self.number)),
                    .words(sales.status[rows].map(Int32.init), of: SalesData.statuses),
                    .words(sales.source[rows].map(Int32.init), of: SalesData.sources),
                    .numbers(sales.time[rows].map { $0 * 1_000_000 }),
                    .numbers(Array(sales.amount[rows])), .numbers(Array(sales.tax[rows])),
                    .words(sales.currency[rows].map(Int32.init), of: SalesData.currencies),
                ])
        }
    }

    private func companies(_ numbers: ArraySlice<Int32>) -> ColumnBatch.Companies {
        .codes(numbers.map { $0 - 1 }, of: codes)
    }

    /// A number of which 0 means none.
    private static func number(_ number: Int32) -> Int64 {
        number == 0 ? ColumnBatch.missing : Int64(number)
    }

    private static func parts(of count: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: 65_536).map { $0..<min($0 + 65_536, count) }
    }

    /// Adds the sales, as one commit.
    func loadSales(_ batches: [ColumnBatch]) throws {
        let load = try store.beginLoad(source: "bench-sales")
        for batch in batches { try load.append(model: "sale", origin: Self.origin, rows: batch) }
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

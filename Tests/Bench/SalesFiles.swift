import Foundation
import Store
import Vocabulary

/// The sales as CSV files, which every engine is loaded from; made once and kept.
///
/// `sales.csv` has the columns of `saleColumns`, times as seconds since the epoch, amounts in minor
/// units. `customers.csv`, `services.csv` and `reps.csv` have number, company and name.
struct SalesFiles {
    /// The columns of `sales.csv`, in order.
    static let saleColumns = [
        "id", "company_id", "created_at", "status", "customer_id", "service_id", "rep_id", "source",
        "amount", "tax", "currency",
    ]
    /// The other files, with the model that each fills and what a row of it is called.
    static let parties = [
        (file: "customers", model: "customer", word: "Customer"),
        (file: "services", model: "service", word: "Service"),
        (file: "reps", model: "rep", word: "Representative"),
    ]

    /// The folder that the files are in.
    let folder: String
    /// What is in them.
    let data: SalesData

    /// Finds the files of so many sales, or makes them.
    ///
    /// - Throws: `Advice` of kind `storage` when they cannot be written.
    init(rows: Int, in parent: String) throws {
        data = SalesData(rows: rows)
        folder = "\(parent)/sales-\(rows)-v\(SalesData.version)"
        if FileManager.default.fileExists(atPath: folder) { return }
        say("Writing \(rows) sales to \(folder)")
        let unfinished = folder + ".unfinished"
        do {
            try? FileManager.default.removeItem(atPath: unfinished)
            try FileManager.default.createDirectory(
                atPath: unfinished, withIntermediateDirectories: true)
            try write(to: unfinished)
            try FileManager.default.moveItem(atPath: unfinished, toPath: folder)
        } catch {
            throw Advice(
                .storage, "cannot write the benchmark's data to \(folder)",
                remedy: "make room on that disk", cause: "\(error)")
        }
    }

    /// The path of a file.
    func path(_ name: String) -> String { "\(folder)/\(name).csv" }

    private func write(to folder: String) throws {
        let companies = SalesData.companies
        let ends = [
            "customers": data.customerEnds,
            "services": (0...companies).map { $0 * SalesData.servicesPerCompany },
            "reps": (0...companies).map { $0 * SalesData.repsPerCompany },
        ]
        for (file, _, word) in Self.parties {
            let output = try TextOutput(path: "\(folder)/\(file).csv")
            try output.write("id,company_id,name\n")
            let ends = ends[file] ?? []
            for company in 1..<ends.count {
                for number in ends[company - 1]..<ends[company] {
                    try output.write("\(number + 1),\(company),\(word) \(number + 1)\n")
                }
            }
            try output.finish()
        }
        let output = try TextOutput(path: folder + "/sales.csv")
        try output.write(Self.saleColumns.joined(separator: ",") + "\n")
        try data.forEachSale { sale in
            try output.write(
                """
                \(sale.id),\(sale.company),\(sale.time),\(SalesData.statuses[sale.status]),\
                \(sale.customer),\(sale.service),\(sale.rep),\(SalesData.sources[sale.source]),\
                \(sale.amount),\(sale.tax),\(SalesData.currencies[sale.currency])

                """)
        }
        try output.finish()
    }

    /// Fills an empty store with the rows, in the order of the files.
    func load(into store: Store) throws {
        let load = try store.beginLoad(source: "bench")
        func company(_ number: Int64) -> String { number < 10 ? "c0\(number)" : "c\(number)" }
        for (file, model, _) in Self.parties {
            try forEachRow(of: file) { fields in
                let number = try fields.number(0)
                try load.append(
                    model: model, origin: "bench", company: company(try fields.number(1)),
                    key: .integer(number), cells: [.number(number), .text(fields.text(2))])
            }
        }
        try forEachRow(of: "sales") { fields in
            let number = try fields.number(0)
            try load.append(
                model: "sale", origin: "bench", company: company(try fields.number(1)),
                key: .integer(number),
                cells: [
                    .number(number), .key(.integer(try fields.number(4))),
                    .key(.integer(try fields.number(5))), .key(.integer(try fields.number(6))),
                    .text(fields.text(3)), .text(fields.text(7)),
                    .number(try fields.number(2) * 1_000_000), .number(try fields.number(8)),
                    .number(try fields.number(9)), .text(fields.text(10)),
                ])
        }
        _ = try load.finish(position: SourcePosition(text: "end", sourceTime: nil))
    }

    private func forEachRow(of file: String, _ body: (Fields) throws -> Void) throws {
        let path = path(file)
        guard let content = FileManager.default.contents(atPath: path) else {
            throw Advice(
                .input, "cannot read \(path)", remedy: "delete \(folder); it is made again")
        }
        // No field of these files is quoted, so a line is its fields and the commas between them.
        let bytes = [UInt8](content)
        var fields = Fields(path: path)
        var isHead = true
        var start = 0
        for (position, byte) in bytes.enumerated() {
            guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") else { continue }
            fields.values.append(bytes[start..<position])
            start = position + 1
            if byte == UInt8(ascii: "\n") {
                if !isHead { try body(fields) }
                isHead = false
                fields.values.removeAll(keepingCapacity: true)
            }
        }
    }

    /// The fields of a line.
    private struct Fields {
        let path: String
        var values: [ArraySlice<UInt8>] = []

        func text(_ index: Int) -> String { String(decoding: values[index], as: UTF8.self) }

        func number(_ index: Int) throws -> Int64 {
            guard let number = Int64(text(index)) else {
                throw Advice(
                    .input, "\(path) holds ‘\(text(index))’ where a number belongs",
                    remedy: "delete its folder; it is made again")
            }
            return number
        }
    }
}

/// Text on its way into a file, a megabyte at a time.
private final class TextOutput {
    private let file: FileHandle
    private var pending: [UInt8] = []

    init(path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw CocoaError(.fileWriteUnknown) }
        self.file = file
    }

    func write(_ text: String) throws {
        pending.append(contentsOf: text.utf8)
        if pending.count >= 1 << 20 { try flush() }
    }

    func finish() throws {
        try flush()
        try file.close()
    }

    private func flush() throws {
        try file.write(contentsOf: Data(pending))
        pending.removeAll(keepingCapacity: true)
    }
}

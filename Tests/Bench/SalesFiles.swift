import Foundation
import Vocabulary

/// The rows as CSV files, which the other engines are loaded from; made once and kept.
///
/// `sales.csv` and `leads.csv` have the columns of `saleColumns` and `leadColumns`: times as seconds
/// since the epoch, amounts in minor units, missing values empty. `customers.csv`, `services.csv`
/// and `reps.csv` have number, company and name.
struct SalesFiles {
    /// The columns of `sales.csv`, in order.
    static let saleColumns = [
        "id", "company_id", "created_at", "status", "customer_id", "service_id", "rep_id",
        "lead_id", "source", "amount", "tax", "currency",
    ]
    /// The columns of `leads.csv`, in order.
    static let leadColumns = [
        "id", "company_id", "created_at", "source", "status", "rep_id", "estimated_value",
        "contacted_at", "qualified_at", "closed_at", "converted_sale_id",
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
        say("Making \(rows) sales and \(rows / 2) leads")
        data = SalesData(rows: rows)
        folder = "\(parent)/sales-\(rows)-v\(SalesData.version)"
        if FileManager.default.fileExists(atPath: folder) { return }
        say("Writing them to \(folder)")
        let unfinished = folder + ".unfinished"
        do {
            try? FileManager.default.removeItem(atPath: unfinished)
            try FileManager.default.createDirectory(
                atPath: unfinished, withIntermediateDirectories: true)
            try writeParties(to: unfinished)
            try writeSales(to: unfinished + "/sales.csv")
            try writeLeads(to: unfinished + "/leads.csv")
            try FileManager.default.moveItem(atPath: unfinished, toPath: folder)
        } catch {
            throw Advice(
                .storage, "cannot write the benchmark's data to \(folder)",
                remedy: "make room on that disk", cause: "\(error)")
        }
    }

    /// The path of a file.
    func path(_ name: String) -> String { "\(folder)/\(name).csv" }

    /// The last number of each company in a file of parties; 0 stands before the first company.
    func ends(_ file: String) -> [Int] {
        let perCompany = [
            "services": SalesData.servicesPerCompany, "reps": SalesData.repsPerCompany,
        ]
        guard let size = perCompany[file] else { return data.customerEnds }
        return (0...SalesData.companies).map { $0 * size }
    }

    private func writeParties(to folder: String) throws {
        for (file, _, word) in Self.parties {
            let output = try CSVFile(
                path: "\(folder)/\(file).csv", columns: ["id", "company_id", "name"])
            let ends = ends(file)
            for company in 1..<ends.count {
                for number in ends[company - 1]..<ends[company] {
                    output.add(number + 1)
                    output.add(company)
                    output.add("\(word) \(number + 1)".utf8)
                    try output.endLine()
                }
            }
            try output.finish()
        }
    }

    private func writeSales(to path: String) throws {
        let output = try CSVFile(path: path, columns: Self.saleColumns)
        let (statuses, sources, currencies) = (
            SalesData.statuses.map { Array($0.utf8) }, SalesData.sources.map { Array($0.utf8) },
            SalesData.currencies.map { Array($0.utf8) }
        )
        let sales = data.sales
        for row in 0..<sales.count {
            output.add(row + 1)
            output.add(sales.company[row])
            output.add(sales.time[row])
            output.add(statuses[Int(sales.status[row])])
            output.add(sales.customer[row])
            output.add(sales.service[row])
            output.add(sales.rep[row])
            output.addUnlessZero(sales.lead[row])
            output.add(sources[Int(sales.source[row])])
            output.add(sales.amount[row])
            output.add(sales.tax[row])
            output.add(currencies[Int(sales.currency[row])])
            try output.endLine()
        }
        try output.finish()
    }

    private func writeLeads(to path: String) throws {
        let output = try CSVFile(path: path, columns: Self.leadColumns)
        let (sources, statuses) = (
            SalesData.sources.map { Array($0.utf8) }, SalesData.leadStatuses.map { Array($0.utf8) }
        )
        let leads = data.leads
        for row in 0..<leads.count {
            output.add(row + 1)
            output.add(leads.company[row])
            output.add(leads.time[row])
            output.add(sources[Int(leads.source[row])])
            output.add(statuses[Int(leads.status[row])])
            output.add(leads.rep[row])
            output.add(leads.value[row])
            output.addUnlessZero(leads.contacted[row])
            output.addUnlessZero(leads.qualified[row])
            output.addUnlessZero(leads.closed[row])
            output.addUnlessZero(leads.sale[row])
            try output.endLine()
        }
        try output.finish()
    }
}

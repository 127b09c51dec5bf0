import Foundation
import Vocabulary

/// A psql session that makes one small transaction at a time: a new sale, and payments of old ones.
final class TransactionClient {
    /// Changes of each transaction.
    static let changes = 10

    /// When the server's answer to the COMMIT of each sale had come.
    private(set) var committed: [Int: ContinuousClock.Instant] = [:]
    /// The number of the next sale.
    private(set) var next: Int
    private let statements: (Int) -> [String]
    private let process = Process()
    private let input = Pipe()
    private var output: LineReader

    /// Begins a session.
    ///
    /// - Parameters:
    ///   - psql: The client and its arguments.
    ///   - first: The number of the first new sale.
    ///   - statements: Those of the transaction that adds a sale of some number.
    /// - Throws: What the system says when psql cannot be run.
    init(_ psql: [String], first: Int, statements: @escaping (Int) -> [String]) throws {
        next = first
        self.statements = statements
        let arguments = psql + ["--quiet", "--tuples-only", "--no-align"]
        process.executableURL = URL(fileURLWithPath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.environment = ProgramRun.environment
        process.standardInput = input
        let answers = Pipe()
        process.standardOutput = answers
        output = LineReader(answers.fileHandleForReading)
        try process.run()
    }

    /// The company, from 1, that a new sale is of: each in its turn.
    static func company(of sale: Int) -> Int { sale % SalesData.companies + 1 }

    /// Adds a sale, sold at a moment that SQL tells.
    static func insertion(of sale: Int, soldAt moment: String) -> String {
        let company = company(of: sale)
        return """
            INSERT INTO sales SELECT \(sale), \(company), \(moment), 'open', customer.id, service.id,
                rep.id, NULL, 'web', \(sale % 1000 + 100), 0, 'DKK'
                FROM (SELECT id FROM customers WHERE company_id = \(company) LIMIT 1) customer,
                    (SELECT id FROM services WHERE company_id = \(company) LIMIT 1) service,
                    (SELECT id FROM reps WHERE company_id = \(company) LIMIT 1) rep
            """
    }

    /// Pays sales, and adds a minor unit to a column of theirs.
    static func payment(of sales: [Int], correcting column: String) -> String {
        let list = sales.map { String($0) }.joined(separator: ", ")
        return "UPDATE sales SET status = 'paid', \(column) = \(column) + 1 WHERE id IN (\(list))"
    }

    /// Makes the next transaction; returns the new sale's number.
    func commit() throws -> Int {
        let sale = next
        next += 1
        let script = (["BEGIN"] + statements(sale) + ["COMMIT"]).map { $0 + ";\n" }.joined()
        try input.fileHandleForWriting.write(contentsOf: Data((script + "\\echo \(sale)\n").utf8))
        guard let line = output.next(), line == String(sale) else {
            throw Advice(
                .unreachable, "psql did not commit sale \(sale)", remedy: "see its message above")
        }
        committed[sale] = .now
        return sale
    }

    /// Ends the session.
    func close() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}

import Foundation
import Store
import Vocabulary

/// A thousand customers' statements, each a PDF with a chart under its own grant, from the first row
/// read to the last answer of the mail server: messages a second on all cores.
///
/// The program itself sends them, to a mail server in another process. The run counts only when every
/// customer has had one message whose figures and rows are theirs and nobody else's, as programs
/// that we did not write read them.
struct MailBench {
    private static let customers = 1_000
    private static let salesEach = 12
    /// The least rate, in messages a second.
    private static let leastRate = 50.0
    /// The moment at which they are sent.
    private static let now = "2026-12-01T09:00:00Z"

    private let workshop: Workshop

    init(_ workshop: Workshop) { self.workshop = workshop }

    /// Measures the case.
    func run(into report: inout BenchReport) throws {
        say("Sending \(Self.customers) statements by mail")
        let folder = workshop.scratchFile("mail")
        let definitions = folder + "/queries"
        try write(definitions: definitions)
        try fill(folder + "/store.sqlite", definitions)
        let server = try MailSink(folder: folder + "/received")
        try write(
            """
            definitions: queries
            store: store.sqlite
            state: state.sqlite
            mail: {host: localhost, port: \(server.port), security: plain, \
            from: reports@example.org}
            """, folder + "/reportd.yaml")
        let program = ProgramRun.own("reportd")
        let start = ContinuousClock.now
        let output = try ProgramRun.output(
            of: [
                program, "send", "statements", "--now", Self.now, "--config",
                folder + "/reportd.yaml",
            ])
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let sent = output.split(separator: "\n").count { $0.hasSuffix(": sent: 250 kept") }
        guard sent == Self.customers else {
            throw Advice(
                .damaged, "\(sent) of \(Self.customers) messages were sent",
                remedy: "see what the program wrote", cause: String(output.suffix(600)))
        }
        let checked = try ProgramRun.output(
            of: [
                try ProgramRun.python(), "Tests/Bench/mail.py", folder + "/received",
                "\(Self.customers)", "\(Self.salesEach)",
            ], in: FileManager.default.currentDirectoryPath)
        guard checked == "ok\n" else {
            throw Advice(
                .damaged, "the messages are not as they should be",
                remedy: "see what the check found", cause: String(checked.suffix(600)))
        }
        try report.add(
            BenchCase(
                name: "mail-\(Self.customers)", ours: Double(Self.customers) / seconds,
                peer: "bar", theirs: Self.leastRate, unit: "messages/s", rows: Self.customers))
    }

    private func write(_ text: String, _ path: String) throws {
        do {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw Advice(
                .storage, "cannot write \(path)", remedy: "make room, or check its rights",
                cause: "\(error)")
        }
    }

    /// The project's own definitions, with one report and one schedule more.
    private func write(definitions: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: definitions).deletingLastPathComponent().path,
                withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: "queries", toPath: definitions)
        } catch {
            throw Advice(
                .storage, "cannot copy the definitions to \(definitions)",
                remedy: "make room, or check its rights", cause: "\(error)")
        }
        try write(
            """
            report: bench-statement
            title: Statement
            period: last-month
            blocks:
              - {name: summary, type: figures, title: Summary, metrics: [revenue, sales]}
              - {name: course, type: column, title: Revenue by day, metrics: [revenue], grain: day}
              - name: sales
                type: rows
                title: Sales
                model: sale
                date: sold_at
                basis: booked, by sale date
                columns:
                  - {column: number, label: Sale, as: identifier}
                  - {column: sold_at, label: Date, as: day}
                  - {column: customer.name, label: Customer}
                  - {column: net, label: Net, total: true}
                order: [sold_at, number]
            """, definitions + "/reports/bench-statement.yaml")
        try write(
            """
            schedule: statements
            report: bench-statement
            company: rendetalje
            period: last-month
            cron: 0 8 1 * *
            format: pdf
            recipients: {from: customer.name, having: revenue, locale: da, companies: [rendetalje]}
            """, definitions + "/schedules/statements.yaml")
    }

    /// Customers whose name is their address, each with sales of November that bear their number.
    private func fill(_ path: String, _ definitions: String) throws {
        let store = try Store(path: path, schema: try Schema(definitions: definitions))
        let (customer, sale) = (
            try store.schema.model("customer"), try store.schema.model("sale")
        )
        guard let start = Instant("2026-11-02T10:00:00Z") else {
            preconditionFailure("this is a moment")
        }
        var batch = ChangeBatch()
        for number in 0..<Self.customers {
            let key = "c\(number)"
            batch.upsert(
                model: "customer", origin: "tekup", company: "rendetalje", key: .text(key),
                cells: customer.columns.map {
                    $0.name == "name" ? .text("customer.\(number)@example.com") : .missing
                })
            for index in 0..<Self.salesEach {
                let at = start.adding(seconds: Int64(index) * 2 * 86_400)
                let amount = Int64(number * 100 + index + 1) * 100
                batch.upsert(
                    model: "sale", origin: "tekup", company: "rendetalje",
                    key: .text("\(key)-\(index)"),
                    cells: sale.columns.map { column in
                        switch column.name {
                        case "number": .text("S\(number)-\(index)")
                        case "status": .text("PAID")
                        case "net", "gross": .number(amount)
                        case "tax": .number(0)
                        case "currency": .text("DKK")
                        case "customer": .key(.text(key))
                        case "sold_at", "created_at": .number(at.microseconds)
                        default: .missing
                        }
                    })
            }
        }
        try store.commit(batch)
        try store.close()
    }
}

/// A mail server that keeps what it is given; it is `Tests/Support/smtp_server.py`, and ends with this
/// object.
private final class MailSink {
    let port: Int
    private let process = Process()
    private let life = Pipe()

    init(folder: String) throws {
        let output = Pipe()
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            process.executableURL = URL(fileURLWithPath: try ProgramRun.python())
            process.arguments = ["Tests/Support/smtp_server.py", folder, "plain"]
            process.standardInput = life
            process.standardOutput = output
            try process.run()
        } catch let error where !(error is Advice) {
            throw Advice(
                .unreachable, "the mail server of the tests cannot be started",
                remedy: "start with ‘make bench’", cause: "\(error)")
        }
        let line = String(
            decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let found = line.firstMatch(of: /"port": (\d+)/), let port = Int(found.output.1)
        else {
            throw Advice(
                .unreachable, "the mail server of the tests does not say where it is",
                remedy: "install scripts/requirements-test.txt; ‘make bench’ does", cause: line)
        }
        self.port = port
    }

    deinit {
        try? life.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}

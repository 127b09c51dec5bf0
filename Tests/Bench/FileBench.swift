import Analytics
import Foundation
import Reports
import Store
import Vocabulary

/// The sales of the store as a file: CSV against DuckDB's COPY, XLSX against programs that write the
/// same cells with libxlsxwriter and with XlsxWriter.
///
/// Ours is the whole way from a snapshot to the finished file: the report is asked, its rows are found,
/// sorted by time, read and written. DuckDB has the rows in a table of the file's own columns, in the
/// file's order, and writes them with one thread. The other two are given values of the right types.
/// Processor time of each, in turns.
struct FileBench {
    /// The most of DuckDB's time that CSV may take.
    private static let duckdbBar = 0.4
    /// The most of the C program's time, and of the Python program's, that XLSX may take.
    private static let (libraryBar, pythonBar) = (1.15, 0.3)
    /// The most memory that XLSX may take above what the process has before, in MB of 2^20 bytes.
    private static let memoryBar = 48.0
    private static let (csvRounds, xlsxRounds, dashboardRounds) = (5, 3, 7)
    /// The most milliseconds that a dashboard may take as a file.
    private static let dashboardBar = 300.0
    private static let script = "Tests/Bench/cells.py"
    private static let source = "Tests/Bench/cells.c"

    private let workshop: Workshop
    private let loaded: LoadedStore
    private let peers: SalesPeers
    private let definitions: Definitions

    init(_ workshop: Workshop, _ loaded: LoadedStore, _ peers: SalesPeers) throws {
        self.workshop = workshop
        self.loaded = loaded
        self.peers = peers
        definitions = try Definitions(folder: Workshop.definitions, schema: workshop.schema)
    }

    // MARK: CSV

    /// Measures CSV.
    func runCSV(into report: inout BenchReport) throws {
        let name = "csv-\(workshop.rows)"
        let store = try loaded.openWithoutMemo()
        defer { try? store.close() }
        let duckdb = try peers.duckdb()
        defer { duckdb.stop() }
        try peers.prepareExport(duckdb)
        let our = workshop.scratchFile("ours.csv")
        let their = workshop.scratchFile("theirs.csv")
        defer { for path in [our, their] { try? FileManager.default.removeItem(atPath: path) } }
        var (ours, theirs): ([Double], [Double]) = ([], [])
        // The first round fills caches.
        for round in 0...Self.csvRounds {
            say("Writing \(name), round \(round) of \(Self.csvRounds)")
            let seconds = try write("sales-csv", .csv, to: our, from: store)
            let peer = try duckdb.ask("COPY export.sales TO '\(their)' (HEADER)")
            if round == 0 { try Self.compareLines(our, their, case: name) }
            if round > 0 {
                ours.append(seconds)
                theirs.append(peer.seconds)
            }
        }
        try report.add(
            BenchCase(
                name: name, ours: Stopwatch.median(ours) * 1000, peer: duckdb.name,
                theirs: Stopwatch.median(theirs) * 1000, unit: "cpu-ms", rows: workshop.rows,
                bar: Self.duckdbBar))
    }

    /// Compares two files but for their headings, line ends and the way that a moment is written.
    private static func compareLines(_ our: String, _ their: String, case name: String) throws {
        let ours = try lines(our)
        let theirs = try lines(their)
        var count = 0
        for (one, other) in zip(ours, theirs).dropFirst() {
            count += 1
            var line = Array(one.dropLast())
            // 2026-06-30T22:30:05Z is what DuckDB writes as 2026-06-30 22:30:05.
            if let comma = line.firstIndex(of: UInt8(ascii: ",")), line.count > comma + 20 {
                line[comma + 11] = UInt8(ascii: " ")
                line.remove(at: comma + 20)
            }
            guard line.elementsEqual(other) else {
                throw Advice(
                    .damaged, "case \(name): the files differ in row \(count)",
                    remedy: "find out who is wrong before any speed is believed",
                    cause: String(decoding: one, as: UTF8.self) + " and "
                        + String(decoding: other, as: UTF8.self))
            }
        }
        try AnswerCheck.equal(
            ["\(ours.count)"], ["\(theirs.count)"], of: "DuckDB", case: name)
    }

    private static func lines(_ path: String) throws -> [Data.SubSequence] {
        try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
            .split(separator: UInt8(ascii: "\n"))
    }

    // MARK: XLSX

    /// Measures XLSX.
    func runXLSX(into report: inout BenchReport) throws {
        let name = "xlsx-\(workshop.rows)"
        let store = try loaded.openWithoutMemo()
        defer { try? store.close() }
        let program = workshop.scratchFile("cells")
        try ProgramRun.output(of: [
            "/usr/bin/cc", "-O2", "-o", program, Self.source, "-lxlsxwriter",
        ])
        let cells = try cellsFile(from: store)
        let our = workshop.scratchFile("ours.xlsx")
        let their = workshop.scratchFile("theirs.xlsx")
        defer {
            for path in [program, cells, our, their] {
                try? FileManager.default.removeItem(atPath: path)
            }
        }
        func python(_ words: String...) throws -> String {
            let python = ProcessInfo.processInfo.environment["REPORTD_TEST_PYTHON"] ?? "python3"
            return try ProgramRun.output(of: [python, Self.script] + words)
        }
        var (ours, memory): ([Double], [Double]) = ([], [])
        var (library, interpreter): ([Double], [Double]) = ([], [])
        for round in 1...Self.xlsxRounds {
            say("Writing \(name), round \(round) of \(Self.xlsxRounds)")
            let watch = try AnonymousMemory()
            ours.append(try write("sales-xlsx", .xlsx, to: our, from: store))
            memory.append(Double(watch.most() - watch.first) / 1024)
            library.append(
                try Self.seconds(ProgramRun.output(of: [program, cells, their]), of: program))
            if round == 1 {
                try Self.check(python("compare", our, their), rows: workshop.rows, case: name)
                interpreter.append(
                    try Self.seconds(python("write", cells, their), of: Self.script))
                try Self.check(python("compare", our, their), rows: workshop.rows, case: name)
            }
        }
        for (peer, theirs, bar) in [
            ("libxlsxwriter", library, Self.libraryBar),
            ("xlsxwriter", interpreter, Self.pythonBar),
        ] {
            try report.add(
                BenchCase(
                    name: name, ours: Stopwatch.median(ours), peer: peer,
                    theirs: Stopwatch.median(theirs), unit: "cpu-s", rows: workshop.rows, bar: bar))
        }
        try report.add(
            BenchCase(
                name: "\(name)-memory", ours: memory.max() ?? 0, peer: "bar",
                theirs: Self.memoryBar, unit: "MiB", rows: workshop.rows))
    }

    /// The cells of the workbook as a CSV file that the other programs read: one currency a row, after
    /// the first amount, and moments on the clock of the companies.
    private func cellsFile(from store: Store) throws -> String {
        let path = workshop.scratchFile("cells.csv")
        let document = try document("sales-xlsx", from: store)
        guard let table = document.tables.first else { return path }
        let single = ResultTable(
            name: table.name, title: table.title,
            columns: table.columns.map { column in
                ResultColumn(
                    name: column.name, label: column.label,
                    // The second amount without its currency, which is that of the first.
                    kind: column.name == "tax" ? .decimal(scale: 2) : column.kind)
            }, rowCount: table.rowCount, totals: []
        ) { body in try table.forEachBatch { try body($0) } }
        // People's files have moments on the local clock; this one needs no byte-order mark.
        var bytes: [UInt8] = []
        try CSVWriter(profile: .excelEnglish, zone: document.provenance.zone).write(single) {
            bytes += $0
        }
        try Data(bytes.dropFirst(3)).write(to: URL(fileURLWithPath: path))
        return path
    }

    private static func seconds(_ output: String, of program: String) throws -> Double {
        guard let seconds = Double(output.split(separator: "\n").last ?? "") else {
            throw Advice(
                .damaged, "\(program) did not tell its time", remedy: "see what it wrote",
                cause: String(output.suffix(600)))
        }
        return seconds
    }

    /// Whether so many cells as there must be at least were found to be equal.
    private static func check(_ output: String, rows: Int, case name: String) throws {
        guard let cells = Int(output.split(separator: "\n").last ?? ""), cells > rows * 11 else {
            throw Advice(
                .damaged, "case \(name): the workbooks were not compared",
                remedy: "see what \(script) wrote", cause: String(output.suffix(600)))
        }
    }

    // MARK: Dashboards

    /// Measures a whole dashboard as a workbook and as a PDF: the time from the question to the
    /// finished file, of a large company and of all of them, on a store that is opened as the program
    /// opens it.
    func runDashboard(into report: inout BenchReport) throws {
        let store = try loaded.open()
        defer { try? store.close() }
        // Noon of the last day that has sales: 2025-12-31.
        let now = Instant(microseconds: 1_767_182_400_000_000)
        let kinds = [ReportFormat.xlsx, .pdf].flatMap { format in
            [PageView.large, .all].map { (format: format, view: $0) }
        }
        for (format, view) in kinds {
            let name = "dashboard-\(format.rawValue)-\(view.rawValue)-\(workshop.rows)"
            let path = workshop.scratchFile("dashboard.\(format.rawValue)")
            defer { try? FileManager.default.removeItem(atPath: path) }
            var times: [Double] = []
            // The first round fills caches, and the totals that the store keeps.
            for round in 0...Self.dashboardRounds {
                let start = ContinuousClock.now
                let document = try definitions.dashboard(
                    "manager", ViewRequest(),
                    on: store.snapshot(view.scope(workshop.schema)), now: now
                ).document
                try ReportOutput(format, locale: .english).write(document, to: path)
                let taken = start.duration(to: .now) / Duration.milliseconds(1)
                if round == 0 {
                    try Self.checkParts(document, case: name)
                } else {
                    times.append(taken)
                }
            }
            try report.add(
                BenchCase(
                    name: name, ours: Stopwatch.median(times), peer: "bar",
                    theirs: Self.dashboardBar, unit: "ms", rows: workshop.rows))
        }
    }

    /// The parts of the revenue, by month and service, must add up to the revenue.
    private static func checkParts(_ document: ReportDocument, case name: String) throws {
        var (headlines, parts): ([Currency: ExactDecimal], [Currency: ExactDecimal]) = ([:], [:])
        for block in document.blocks {
            switch block {
            case .figures(let figures):
                for case .money(let money) in figures.first?.values ?? [] {
                    headlines[money.currency] = money.amount
                }
            case .chart(let chart):
                guard chart.kind == .stacked, case .money(let currency) = chart.unit else { break }
                parts[currency] = chart.series.flatMap(\.values).compactMap(\.self)
                    .reduce(.zero, +)
            case .table: break
            }
        }
        guard !headlines.isEmpty, headlines == parts else {
            throw Advice(
                .damaged, "case \(name): the revenue is \(headlines), its parts \(parts)",
                remedy: "find out what is wrong before any speed is believed")
        }
    }

    // MARK: Ours

    /// Writes a report as a file; returns the seconds of processor time that it took.
    private func write(
        _ name: String, _ format: ReportFormat, to path: String, from store: Store
    ) throws -> Double {
        let start = Stopwatch.processorSeconds
        try ReportOutput(format, locale: .english).write(document(name, from: store), to: path)
        return Stopwatch.processorSeconds - start
    }

    private func document(_ name: String, from store: Store) throws -> ReportDocument {
        try definitions.report(
            name, on: store.snapshot(PageView.all.scope(workshop.schema)),
            now: WallClock.system.now()
        ).document
    }
}

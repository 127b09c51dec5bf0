import Foundation
import Reports
import Vocabulary

/// A statement of a thousand pages as PDF: processor time beside ReportLab and WeasyPrint, pages a
/// second, and memory.
///
/// Each side makes the file in a process of its own and tells the processor time of making it,
/// without start and reading; ours and ReportLab's take turns. A run counts only when the text of
/// both files holds every cell of every row. WeasyPrint makes a part of the rows, for it takes
/// minutes over all; its time is compared by the row.
struct PaperBench {
    /// The word by which the program starts itself, which is no part of its usage.
    static let word = "make-paper"
    /// Rows of a statement of a thousand pages: 51 stand on a full page.
    private static let rows = 51_000
    /// Rows that WeasyPrint makes.
    private static let fewRows = 1_500
    private static let rounds = 5
    /// The least rate, in pages a second of one core.
    private static let leastRate = 800.0
    /// The most memory above that of the process before it begins, in MB of 10^6 bytes.
    private static let mostMemory = 64.0

    private let workshop: Workshop

    init(_ workshop: Workshop) { self.workshop = workshop }

    /// Measures the cases.
    func run(into report: inout BenchReport) throws {
        say("Making a statement of a thousand pages, and again with ReportLab and WeasyPrint")
        let (all, few) = (try list(Self.rows, "all"), try list(Self.fewRows, "few"))
        let (ours, theirs) = (
            workshop.scratchFile("statement.pdf"), workshop.scratchFile("reportlab.pdf")
        )
        var (own, reportlab, memory) = ([Double](), [Double](), [Double]())
        for _ in 0..<Self.rounds {
            let made = try make(rows: Self.rows, ours)
            own.append(made.seconds)
            memory.append(made.kilobytes * 1024 / 1_000_000)
            reportlab.append(try peer("reportlab", all.path, theirs))
        }
        try compare(all.lines, with: ours, "reportd")
        try compare(all.lines, with: theirs, "reportlab")
        let fewPages = workshop.scratchFile("weasyprint.pdf")
        let weasyprint = try peer("weasyprint", few.path, fewPages)
        try compare(few.lines, with: fewPages, "weasyprint")

        let seconds = Stopwatch.median(own)
        let rate = Double(try pages(of: ours)) / seconds
        func add(
            _ name: String, _ figure: Double, _ peer: String, _ theirs: Double, _ unit: String,
            bar: Double
        ) throws {
            try report.add(
                BenchCase(
                    name: name, ours: figure, peer: peer, theirs: theirs, unit: unit,
                    rows: Self.rows, bar: bar))
        }
        try add("pdf-1000", rate, "bar", Self.leastRate, "pages/s", bar: 1)
        try add(
            "pdf-1000", seconds, "reportlab", Stopwatch.median(reportlab), "CPU-s", bar: 0.4)
        try add(
            "pdf-1000-row", seconds / Double(Self.rows) * 1e6, "weasyprint",
            weasyprint / Double(Self.fewRows) * 1e6, "CPU-us", bar: 0.01)
        try add(
            "pdf-1000-memory", memory.max() ?? 0, "bar", Self.mostMemory, "MB", bar: 1)
    }

    /// The rows as they are printed, and a file of them for peers.
    private func list(_ rows: Int, _ name: String) throws -> (lines: [String], path: String) {
        let text = try PaperStatement.lines(rows: rows)
        let path = workshop.scratchFile("statement-\(name).txt")
        do {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw Advice(
                .storage, "cannot write \(path)", remedy: "make room, or check its rights",
                cause: "\(error)")
        }
        return (text.split(separator: "\n").map(Self.words), path)
    }

    private static func words(_ line: some StringProtocol) -> String {
        line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private func make(rows: Int, _ path: String) throws -> (seconds: Double, kilobytes: Double) {
        let output = try ProgramRun.output(
            of: [CommandLine.arguments[0], Self.word, String(rows), path],
            in: FileManager.default.currentDirectoryPath)
        let figures = output.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard figures.count == 2 else {
            throw Advice(
                .damaged, "the process did not tell what it used", remedy: "see what it wrote",
                cause: String(output.suffix(600)))
        }
        return (figures[0], figures[1])
    }

    private func peer(_ name: String, _ rows: String, _ path: String) throws -> Double {
        let python = try ProgramRun.python()
        let output = try ProgramRun.output(
            of: [python, "Tests/Bench/paper.py", name, rows, path],
            in: FileManager.default.currentDirectoryPath)
        guard
            let seconds = output.split(separator: "\n").last.flatMap({ line in
                Double(line.filter { $0.isNumber || $0 == "." })
            })
        else {
            throw Advice(
                .damaged, "\(name) did not tell its time", remedy: "see what it wrote",
                cause: String(output.suffix(600)))
        }
        return seconds
    }

    private func pages(of path: String) throws -> Int {
        let text = try ProgramRun.output(of: ["/usr/bin/pdfinfo", path], in: nil)
        let line = text.split(separator: "\n").first { $0.hasPrefix("Pages:") }
        return line.flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
    }

    /// Finds every row in the text of a file, each once and in order.
    private func compare(_ rows: [String], with path: String, _ name: String) throws {
        let text = try ProgramRun.output(
            of: ["/usr/bin/pdftotext", "-layout", path, "-"], in: nil)
        var next = 0
        for line in text.split(whereSeparator: \.isNewline) where next < rows.count {
            if Self.words(line) == rows[next] { next += 1 }
        }
        guard next == rows.count else {
            throw Advice(
                .damaged, "the file of \(name) lacks the row ‘\(rows[next])’ at its place",
                remedy: "look at \(path)")
        }
    }

    /// What the process of its own does: prints the processor time and the memory that it took.
    static func make(_ words: [String]) throws {
        guard words.count == 2, let rows = Int(words[0]) else {
            throw Advice(.request, "\(word) takes rows and a path", remedy: "use ‘make bench’")
        }
        let document = try PaperStatement.document(rows: rows)
        let idle = try kilobytes("VmRSS:")
        let start = Stopwatch.processorSeconds
        try ReportOutput(.pdf, locale: PaperStatement.locale).write(document, to: words[1])
        print(Stopwatch.processorSeconds - start, try kilobytes("VmHWM:") - idle)
    }

    private static func kilobytes(_ key: String) throws -> Double {
        let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix(key) }
        guard
            let number = line?.split(whereSeparator: \.isWhitespace).dropFirst().first,
            let kilobytes = Double(number)
        else { throw Advice(.unknown, "/proc/self/status has no \(key)", remedy: "use Linux") }
        return kilobytes
    }
}

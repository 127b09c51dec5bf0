import Foundation
import Vocabulary

/// What a page weighs until it is all there, and when a browser paints it: Chromium, with nothing in its
/// cache, over loopback, on the demo's data.
///
/// The start page and each dashboard that has something to show are opened in turns by somebody who is signed in
/// (`weight.py`). Bytes are those of the connection, heads of answers included.
struct WeightBench {
    /// The most kilobytes of a page, and milliseconds until its first paint.
    private static let (weightBar, paintBar) = (120.0, 300.0)
    private static let rounds = 5

    private let workshop: Workshop

    init(_ workshop: Workshop) { self.workshop = workshop }

    private struct Page: Decodable {
        let name: String
        let bytes: [Double]
        let paints: [Double]
        /// Until the last byte of the document.
        let documents: [Double]
    }

    /// Measures the cases, and tells the pages.
    func run(into report: inout BenchReport) throws -> [String] {
        say("Starting the demo, to open its pages in Chromium")
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-weight-\(getpid())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let address = "http://127.0.0.1:\(try FreePort.find())"
        let port = String(address.split(separator: ":").last ?? "")
        let demo = try ServedProgram(
            [
                ProgramRun.own("reportd"), "demo", "--folder", folder, "--port", port,
                "--pulse-seconds", "0",
            ],
            ready: address + "/ready")
        defer { demo.stop() }
        let password = try String(contentsOfFile: folder + "/password", encoding: .utf8)
        say("Opening each page \(Self.rounds + 1) times")
        let output = try ProgramRun.output(
            of: [
                try ProgramRun.python(), "Tests/Bench/weight.py", address, "demo", password,
                "\(Self.rounds)",
            ], in: FileManager.default.currentDirectoryPath)
        let pages: [Page]
        do {
            pages = try JSONDecoder().decode([Page].self, from: Data(output.utf8))
        } catch {
            throw Advice(
                .damaged, "the pages could not be opened", remedy: "see what Chromium found",
                cause: String(output.suffix(600)))
        }
        for page in pages {
            try report.add(
                BenchCase(
                    name: "weight-\(page.name)", ours: (page.bytes.max() ?? 0) / 1000, peer: "bar",
                    theirs: Self.weightBar, unit: "KB", rows: page.bytes.count))
        }
        for page in pages {
            try report.add(
                BenchCase(
                    name: "weight-paint-\(page.name)", ours: Stopwatch.median(page.paints),
                    peer: "bar", theirs: Self.paintBar, unit: "ms", rows: page.paints.count))
        }
        let slowest = pages.map { Stopwatch.median($0.documents) }.max() ?? 0
        return [
            String(
                format:
                    "weight: the documents were there after %.0f ms at the most (medians of %d)",
                slowest, Self.rounds)
        ]
    }
}

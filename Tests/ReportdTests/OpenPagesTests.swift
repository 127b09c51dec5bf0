import Counterparts
import Foundation
import Testing

/// The benchmark's open pages in small, so that `make load` is known to work: nobody judges its figures here,
/// but no answer may be wrong, and in the end every page shows what SQL finds.
@Suite struct OpenPagesTests {
    @Test func openPagesShowWhatChangesAndNeverGoBack() throws {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let place = FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-open-pages-\(UUID().uuidString)")
        // It works in the folder where it is started, and leaves its figures there.
        try FileManager.default.createDirectory(
            at: place.appendingPathComponent(".build"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        try FileManager.default.createSymbolicLink(
            at: place.appendingPathComponent("Tests"),
            withDestinationURL: here.appendingPathComponent("Tests"))
        let program = URL(fileURLWithPath: CommandLine.arguments[0])
            .deletingLastPathComponent().appendingPathComponent("reportd-bench").path
        let told = try Readers.text(
            "/bin/sh",
            [
                "-c", "cd \"$0\" && exec \"$@\"", place.path, program, "open-pages", "--rows",
                "10000", "--readers", "10", "--seconds", "3",
            ])
        for figure in ["card-p95", "shown-p99", "rate", "memory"] {
            #expect(told.contains("open-pages-10000-10-\(figure)"), "\(told)")
        }
    }
}

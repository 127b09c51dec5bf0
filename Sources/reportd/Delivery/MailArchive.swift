import Analytics
import Foundation
import Vocabulary

/// What was sent, byte for byte, each under the SHA-256 by which the ledger knows it: messages, and
/// beside each the report as JSON that it was made of, and the file that it has a link to.
///
/// A message is kept, durably, before it is handed over; one that cannot be kept is not sent.
struct MailArchive: Sendable {
    /// Days that messages are kept unless the configuration says otherwise.
    static let usualDays = 400

    private let files: HashedFiles
    /// Writing waits for the disk, and that must not keep others from their work.
    private static let bench = Workbench(workers: Scheduler.madeAhead)

    /// The archive beside a state file.
    init(besides state: String) {
        let folder = URL(fileURLWithPath: state).deletingLastPathComponent().path
        files = HashedFiles(
            folder: folder + "/mail", content: "a message", loss: "nothing was sent")
    }

    /// Keeps a message with its report and its file; durable when this returns.
    func keep(_ message: [UInt8], report: [UInt8]?, file: [UInt8]? = nil) async throws {
        try await Self.bench.run { [files] in
            _ = try files.keep(message)
            for bytes in [report, file].compactMap(\.self) { _ = try files.keep(bytes) }
        }
    }

    /// Opens a file that a link leads to, however large it is.
    ///
    /// - Throws: `Advice` of kind `storage` when it is gone.
    func open(_ sha256: String) throws -> ExportShelf.FilePieces {
        ExportShelf.FilePieces(handle: try files.open(sha256, naming: "file of a link"))
    }

    /// A message as it was sent.
    ///
    /// - Throws: `Advice` when it was never made, is kept no longer, is gone or was changed.
    func message(of delivery: Delivery, attempt number: Int? = nil) throws -> [UInt8] {
        let attempt = try attempt(of: delivery, number)
        return try files.bytes(
            attempt.bytesHash ?? "", naming: "message of delivery \(delivery.id)")
    }

    /// The report that a delivery's last message was made of, as JSON.
    ///
    /// - Throws: `Advice` when there is none: the message was never made, or is kept no longer.
    func report(of delivery: Delivery) throws -> [UInt8] {
        guard let hash = try attempt(of: delivery, nil).reportHash else {
            throw Advice(
                .unknown, "the report of delivery \(delivery.id) was too large to be kept",
                remedy: "compare reports of \(PostRoom.attachmentLimit >> 20) MB at the most")
        }
        return try files.bytes(hash, naming: "report of delivery \(delivery.id)")
    }

    private func attempt(of delivery: Delivery, _ number: Int?) throws -> Delivery.Attempt {
        let made = delivery.attempts.filter {
            $0.bytesHash != nil && (number == nil || $0.number == number)
        }
        guard let attempt = made.last else {
            let numbers = delivery.attempts.filter { $0.bytesHash != nil }.map { "\($0.number)" }
            throw Advice(
                .unknown,
                "no message was made for delivery \(delivery.id)"
                    + (number.map { " at attempt \($0)" } ?? ""),
                remedy: numbers.isEmpty
                    ? "‘reportd schedules deliveries’ says why"
                    : "its messages are those of attempt " + numbers.joined(separator: ", "))
        }
        guard attempt.isArchived else {
            throw Advice(
                .unknown, "the message of delivery \(delivery.id) is kept no longer",
                remedy: "raise ‘mail: keep-days’ for those to come; its SHA-256 was "
                    + (attempt.bytesHash ?? ""))
        }
        return attempt
    }

    /// Removes files that nothing refers to any more.
    func remove(_ hashes: [String]) { for hash in hashes { files.remove(hash) } }

    /// Removes what is kept of every schedule whose report reads a model, because a row of it was
    /// erased, and of schedules that are no longer defined.
    ///
    /// What a message held is not known any more, so all that may have held the row go.
    ///
    /// - Returns: How many files were removed.
    static func forget(_ model: String, of workplace: Workplace) async throws -> Int {
        let path = workplace.configuration.state
        guard FileManager.default.fileExists(atPath: path) else { return 0 }
        let reading = workplace.shelf.current
        let untouched = reading.schedules.schedules.filter { schedule in
            (try? reading.analytics.report(schedule.report))
                .map { !$0.modelsTouched.contains(model) } ?? false
        }
        let hashes = try await DeliveryLedger(try StateFile(path: path)).forgetMessages(
            keeping: Set(untouched.map(\.name)))
        MailArchive(besides: path).remove(hashes)
        return hashes.count
    }
}

import ArgumentParser
import Vocabulary

extension SchedulesCommand {
    struct Links: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The latest links to files that were too large for a mail.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let now = try common.clock().now()
            for (link, delivery) in try await common.deliveryLedger().links(limit: 50) {
                Terminal.write(DeliveryLinkLine.text(link, delivery, now: now) + "\n")
            }
        }
    }

    struct Unlink: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke the links of a delivery, at every attempt, and remove their files.",
            discussion: "‘reportd schedules resend’ makes the file anew, with another link.")

        @Argument(help: "The delivery's number, as ‘reportd schedules links’ shows it.")
        var number: Int64

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let ledger = try common.deliveryLedger()
            let files = try await ledger.revokeLinks(of: number, now: try common.clock().now())
            MailArchive(besides: ledger.file.path).remove(files)
            Terminal.write("#\(number): its links are void\n")
        }
    }
}

/// A link in one line, without the address.
enum DeliveryLinkLine {
    static func text(_ link: DeliveryLink, _ delivery: Delivery, now: Instant) -> String {
        let standing =
            if let revoked = link.revoked {
                "revoked \(revoked)"
            } else if link.expires <= now {
                "expired \(link.expires)"
            } else if link.isKept {
                "until \(link.expires)"
            } else {
                "its message is kept no longer"
            }
        let taken = link.lastDownload.map { "taken \(link.downloads) times, last \($0)" }
        return "#\(delivery.id) \(delivery.schedule) \(delivery.run.local) \(delivery.recipient): "
            + "\(link.file.name), \(link.file.bytes) bytes, \(standing), \(taken ?? "not taken yet")"
    }
}

import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Reports
import Vocabulary

/// The signed address that ends somebody's subscription to a schedule (RFC 8058).
///
/// Only a POST changes anything, since programs follow links of mails to look at them. No sign-in is
/// needed: the address itself, which only its recipient has been sent, says who and what.
struct UnsubscribeRoutes: Sendable {
    let ledger: DeliveryLedger
    let shelf: DefinitionShelf
    let clock: WallClock

    /// Longer tokens than `LinkKey` reads are not sent.
    private static let longestToken = 512
    /// An address stays good; who wants to can unsubscribe from an old message.
    private static let lastSecond: Int64 = 4_102_444_800

    private var key: LinkKey { Self.key(of: ledger.file) }

    private static func key(of state: StateFile) -> LinkKey {
        LinkKey(besides: state.path, name: "unsubscribe.key")
    }

    /// The address for a recipient of a schedule; nil where it could not be used: without https, and
    /// for an address that is too long.
    static func address(
        of recipient: String, in schedule: String, state: StateFile, publicAddress: String
    ) throws -> String? {
        guard publicAddress.hasPrefix("https://") else { return nil }
        let token = try key(of: state).token(
            LinkKey.Claim(
                link: schedule, export: recipient, expires: Instant(seconds: lastSecond)))
        return token.utf8.count <= longestToken ? "\(publicAddress)/unsubscribe/\(token)" : nil
    }

    func add(to router: Router<ReportContext>) {
        router.get("/unsubscribe/{token}") { _, context in
            let claim = try claim(context)
            return page(claim, isDone: false)
        }
        router.post("/unsubscribe/{token}") { _, context in
            let claim = try claim(context)
            try await ledger.unsubscribe(claim.export, from: claim.link, now: clock.now())
            return page(claim, isDone: true)
        }
    }

    private func claim(_ context: ReportContext) throws -> LinkKey.Claim {
        guard let claim = try key.claim(of: try context.parameters.require("token")) else {
            throw Advice(
                .unknown, "this is not an address that ends a subscription",
                remedy: "use the one of your latest message, whole")
        }
        return claim
    }

    private func page(_ claim: LinkKey.Claim, isDone: Bool) -> Response {
        let schedule = shelf.current.schedules.schedules.first { $0.name == claim.link }
        let recipient = schedule?.recipient(at: claim.export)
        let locale = ReportLocale(recipient?.locale ?? "en")
        let title = MarkupText.escaped(schedule?.subject ?? claim.link)
        let words = locale.unsubscribing(title)
        let action =
            isDone
            ? "<p>\(words.done)</p>"
            : "<p>\(words.question)</p><form method=\"post\"><button>\(words.button)</button></form>"
        let body = """
            <!doctype html>
            <html lang="\(locale.languageTag)"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width"><title>\(words.button)</title></head>
            <body><main><h1>\(title)</h1>\(action)</main></body></html>

            """
        return Response(
            status: .ok,
            headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}

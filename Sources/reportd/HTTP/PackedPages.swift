import HTTPTypes
import Hummingbird
import NIOCore
import Reports

/// Sends pages, and the files that they refer to, packed to browsers that say they read that: a tenth of the
/// bytes, which is what a page costs somebody with a telephone.
///
/// Pages hold the token of their reader's forms, and what stands in their address. Over TLS, whoever can
/// make a browser open our pages and sees how long they are could find out the one by the other if they
/// were packed (BREACH). So a page that another site has asked for goes as it is: browsers say who asked
/// (`Sec-Fetch-Site`), and one that does not say gets it as it is, too.
struct PackedPages: RouterMiddleware {
    typealias Context = ReportContext

    /// Bytes from which it is worth it, and up to which a body is held in memory for it.
    private static let sizes = 1024...(4 << 20)
    /// What is packed: what a browser shows, and what that needs.
    ///
    /// What programs ask for is as it is: it may be given again (`Repetition`), whatever the next one reads.
    private static let types = ["text/html", "text/css", "text/javascript"]

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard
            let type = response.headers[.contentType]?.split(separator: ";").first.map(String.init),
            Self.types.contains(type), response.headers[.contentEncoding] == nil
        else { return response }
        response.headers[.vary] = [response.headers[.vary], "Accept-Encoding"].compactMap { $0 }
            .joined(separator: ", ")
        guard let length = response.body.contentLength, Self.sizes.contains(length),
            request.method != .head, Self.isRead(request.headers[.acceptEncoding] ?? ""),
            type != Self.types[0] || Self.isOwn(request, context)
        else { return response }
        let whole = WholeBody()
        try await response.body.write(whole)
        guard let packed = Gzip.packed(whole.bytes) else {
            response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: whole.bytes))
            return response
        }
        response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: packed))
        response.headers[.contentEncoding] = "gzip"
        response.headers[.contentLength] = nil
        // Other bytes of the same content have a tag that is weak.
        if let tag = response.headers[.eTag], !tag.hasPrefix("W/") {
            response.headers[.eTag] = "W/" + tag
        }
        return response
    }

    /// Whether a browser's list of encodings has gzip (RFC 9110, 12.5.3).
    static func isRead(_ list: String) -> Bool {
        list.lowercased().split(separator: ",").contains { entry in
            let parts = entry.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard parts.first == "gzip" || parts.first == "*" else { return false }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
            return weight.map { (Double($0.dropFirst(2)) ?? 0) > 0 } ?? true
        }
    }

    /// Whether no other site can have asked for a page.
    private static func isOwn(_ request: Request, _ context: ReportContext) -> Bool {
        guard context.isSecure else { return true }
        let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }
        return site == "same-origin" || site == "none"
    }
}

/// Takes a body in one piece.
private final class WholeBody: ResponseBodyWriter {
    private(set) var bytes: [UInt8] = []

    func write(_ buffer: ByteBuffer) async throws { bytes += buffer.readableBytesView }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Vocabulary

/// Finds out where a request comes from: the address of who sent it, and whether it came under TLS; and
/// gives it the name under which it is known from then on.
///
/// A proxy says so in `X-Forwarded-For` and `X-Forwarded-Proto`, which anybody can write; believed are
/// only the proxies that the configuration names, without it those on this machine. Each proxy adds
/// the address that it saw at the end of the list: read from there, the first that is no proxy of
/// ours is the sender, and all before it may be anybody's invention.
struct Arrival: RouterMiddleware {
    typealias Context = ReportContext

    let proxies: [AddressRange]
    /// Whether this program itself speaks TLS.
    let isSecured: Bool
    /// The address that readers use.
    let publicAddress: String

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        var scheme = isSecured ? "https" : URL(string: publicAddress)?.scheme
        context.requestID = RequestName.new()
        if let address = context.address, isProxy(address) {
            context.note.arriveByProxy()
            context.requestID = Self.name(in: request.headers) ?? context.requestID
            context.address = Self.sender(request, isProxy: isProxy) ?? address
            if let told = HTTPField.Name("X-Forwarded-Proto").flatMap({ request.headers[$0] }) {
                scheme = told.lowercased()
            }
        }
        context.isSecure = scheme == "https"
        context.logger[metadataKey: Self.theirName] = nil
        context.logger[metadataKey: "request"] = "\(context.requestID)"
        context.logger[metadataKey: "method"] = "\(RequestCounts.word(request.method))"
        if let route = context.endpointPath {
            context.logger[metadataKey: "route"] = "\(route)"
        }
        return try await next(request, context)
    }

    /// The name that a proxy has given to a request, which it finds in our log by that name.
    static func name(in headers: HTTPFields) -> String? {
        RequestName.header.flatMap { headers[$0] }.flatMap {
            RequestName.isSane($0) ? $0 : nil
        }
    }

    /// Under which the library names requests in our log, where we do so ourselves.
    static let theirName = "hb.request.id"

    private func isProxy(_ address: String) -> Bool {
        proxies.contains { $0.contains(address) }
    }

    private static func sender(_ request: Request, isProxy: (String) -> Bool) -> String? {
        guard let name = HTTPField.Name("X-Forwarded-For") else { return nil }
        let list = request.headers[values: name].joined(separator: ",").split(separator: ",")
        for part in list.reversed() {
            let text = part.trimmingCharacters(in: .whitespaces)
            guard AddressRange.bytes(of: text) != nil else { return nil }
            if !isProxy(text) { return text }
        }
        return nil
    }
}

import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Vocabulary

/// Turns away an address from which strangers ask too often.
///
/// Requests of people who are recognised do not count in the end: an office has one address, and each
/// of its open pages asks whenever figures have changed.
struct AddressLimit: RouterMiddleware {
    typealias Context = ReportContext

    let limits: RequestLimits
    let clock: WallClock
    private let buckets = RequestBuckets()

    init(limits: RequestLimits, clock: WallClock) {
        self.limits = limits
        self.clock = clock
    }

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        guard limits.perAddress > 0, let address = context.address else {
            return try await next(request, context)
        }
        let place = AddressRange.countingName(of: address)
        let ticket = buckets.take(
            for: place, perHour: limits.perAddress, capacity: limits.perAddress, now: clock.now())
        guard ticket.isGranted else {
            throw TooManyRequests(
                "more than \(limits.perAddress) requests an hour came from your address",
                retryAfter: ticket.wait)
        }
        defer { if context.note.facts.principal != nil { buckets.giveBack(to: place) } }
        return try await next(request, context)
    }
}

/// Turns away a user who asks the JSON interface too often, and tells everyone what they have left.
///
/// Applications' own addresses count for themselves, as their definitions say.
struct UserLimit: RouterMiddleware {
    typealias Context = ReportContext

    let limits: RequestLimits
    let clock: WallClock
    let shelf: DefinitionShelf
    private let buckets = RequestBuckets()

    init(limits: RequestLimits, clock: WallClock, shelf: DefinitionShelf) {
        self.limits = limits
        self.clock = clock
        self.shelf = shelf
    }

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        guard let principal = context.principal, request.uri.path.hasPrefix("/api/"),
            !shelf.current.applications.contains(where: { $0.owns(request.uri.path) }),
            let ticket = take(principal)
        else { return try await next(request, context) }
        guard ticket.isGranted else {
            throw TooManyRequests(
                "you have made more than \(limits.perUser) requests an hour",
                retryAfter: ticket.wait)
        }
        var response = try await next(request, context)
        tell(ticket, in: &response.headers)
        return response
    }

    /// Takes a request of a user; nil where they are not counted.
    func take(_ principal: Principal) -> RequestBuckets.Ticket? {
        guard limits.perUser > 0 else { return nil }
        return buckets.take(
            for: principal.name, perHour: limits.perUser, capacity: limits.perUser,
            now: clock.now())
    }

    /// Tells what a user has left.
    func tell(_ ticket: RequestBuckets.Ticket, in headers: inout HTTPFields) {
        for (name, value) in [
            (Self.limitName, limits.perUser), (Self.remainingName, ticket.remaining),
        ] {
            if let name { headers[name] = "\(value)" }
        }
    }

    private static let limitName = HTTPField.Name("X-RateLimit-Limit")
    private static let remainingName = HTTPField.Name("X-RateLimit-Remaining")
}

/// Reads the body of a request, which has to be short and to come soon.
struct BodyLimit: RouterMiddleware {
    typealias Context = ReportContext

    /// Seconds within which a whole body has to be here.
    var seconds = 30

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        let isEmpty =
            request.headers[.contentLength].map { $0 == "0" }
            ?? (request.headers[.transferEncoding] == nil)
        guard !isEmpty else { return try await next(request, context) }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }),
            length > APIRoutes.bodyLimit
        {
            throw HTTPError(.contentTooLarge)
        }
        var request = request
        let body = request.body
        let bytes = try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
            group.addTask {
                do {
                    return try await body.collect(upTo: APIRoutes.bodyLimit)
                } catch is NIOTooManyBytesError {
                    throw HTTPError(.contentTooLarge)
                }
            }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let bytes else {
            var response = Problem.response(
                Advice(
                    .request, "the body was not here within \(seconds) seconds",
                    remedy: "send it again, in one go"), context, status: .requestTimeout)
            response.headers[.connection] = "close"
            return response
        }
        request.body = RequestBody(buffer: bytes)
        return try await next(request, context)
    }
}

/// Lets pages of other origins ask the JSON interface, where the configuration names them (CORS).
///
/// They ask with a token; the cookie of a signed-in browser is never sent along.
struct CrossOrigin: RouterMiddleware {
    typealias Context = ReportContext

    /// Where such pages come from: `https://portal.example.com`.
    let origins: Set<String>

    @concurrent
    func handle(
        _ request: Request, context: ReportContext,
        next: @concurrent (Request, ReportContext) async throws -> Response
    ) async throws -> Response {
        guard !origins.isEmpty, request.uri.path.hasPrefix("/api/v1") else {
            return try await next(request, context)
        }
        let origin = request.headers[.origin].flatMap { origins.contains($0) ? $0 : nil }
        var response: Response
        if origin != nil, request.method == .options,
            request.headers[.accessControlRequestMethod] != nil
        {
            response = Response(
                status: .noContent,
                headers: [
                    .accessControlAllowMethods: "GET, POST, DELETE",
                    .accessControlAllowHeaders: "Authorization, Content-Type, If-None-Match",
                    .accessControlMaxAge: "600",
                ])
        } else {
            response = try await next(request, context)
        }
        // Whoever keeps the answer for one origin must not show it to another.
        if response.headers[.vary]?.contains("Origin") != true {
            response.headers[.vary] = [response.headers[.vary], "Origin"].compactMap { $0 }
                .joined(separator: ", ")
        }
        if let origin, response.headers[.accessControlAllowOrigin] == nil {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.accessControlExposeHeaders] = Self.exposed
        }
        return response
    }

    /// The headers that a page of another origin may read.
    private static let exposed =
        "Content-Disposition, Content-SHA256, Data-Commit, ETag, Location, Retry-After, "
        + "Reportd-Notices, Source-Positions, X-RateLimit-Limit, X-RateLimit-Remaining, "
        + "X-Request-ID"
}

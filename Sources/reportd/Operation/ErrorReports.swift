import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import ServiceLifecycle
import Synchronization
import Vocabulary

/// Tells unexpected errors to a Sentry-compatible server, in envelopes.
///
/// Nobody ever waits for it: reports are put into a bounded queue and sent beside; where the server
/// does not answer they are dropped. An envelope is three lines: its header, the header of its one
/// item, and the event.
final class ErrorReports: Service {
    /// Seconds within which an envelope has to be taken.
    private static let answerSeconds: Int64 = 5
    /// Seconds of quiet after a failure, unless the server says how many.
    private static let quietSeconds: Int64 = 60
    /// Seconds within which what waits is sent when the program stops.
    private static let stopSeconds: Int64 = 2

    private let settings: ErrorReportSettings
    private let clock: WallClock
    private let queue = Mutex(ErrorReportQueue())
    private let bell = AsyncStream.makeStream(
        of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// What the server is told to be the program's build.
    static var release: String { "reportd@\(Reportd.version)" }

    init(_ settings: ErrorReportSettings, clock: WallClock) {
        self.settings = settings
        self.clock = clock
    }

    private func makeClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.timeout = .init(
            connect: .seconds(Self.answerSeconds), read: .seconds(Self.answerSeconds))
        if let file = settings.authorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(file)
            configuration.tlsConfiguration = tls
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// How many reports were sent, and how many dropped, since the start.
    var counts: (sent: Int, dropped: Int) { queue.withLock { ($0.sent, $0.dropped) } }

    /// Adds them to measurements.
    func measure(into text: inout MeasurementText) {
        let counts = counts
        for (outcome, count) in [("sent", counts.sent), ("dropped", counts.dropped)] {
            text.count(
                "reportd_error_reports_total", "Reports of errors, by what became of them.",
                count, ["outcome": outcome])
        }
    }

    /// Takes a report; returns at once.
    func take(_ report: ErrorReport) {
        if queue.withLock({ $0.take(report) }) { bell.continuation.yield() }
    }

    /// The log of a program, of which errors are told here besides.
    func listening(to logger: Logger) -> Logger {
        var logger = logger
        logger.handler = ReportedLog(inner: logger.handler, reports: self, clock: clock)
        return logger
    }

    /// Sends what comes until the program stops, then what still waits.
    func run() async throws {
        let client = makeClient()
        await cancelWhenGracefulShutdown {
            for await _ in self.bell.stream {
                await self.sendAll(by: client, within: Self.answerSeconds)
            }
        }
        // What ended the program is often the most wanted report.
        await Task { await sendAll(by: client, within: Self.stopSeconds) }.value
        try? await client.shutdown()
    }

    private func sendAll(by client: HTTPClient, within seconds: Int64) async {
        while let item = queue.withLock({ $0.next() }) {
            let quiet = await send(item, by: client, within: seconds)
            queue.withLock { queue in
                if let quiet {
                    queue.noteFailure(until: clock.now().adding(seconds: quiet))
                } else {
                    queue.noteSent()
                }
            }
        }
    }

    /// Sends one.
    ///
    /// - Returns: Seconds for which the server is not to be asked again; nil when it has taken it.
    private func send(
        _ item: ErrorReportQueue.Item, by client: HTTPClient, within seconds: Int64
    ) async -> Int64? {
        var request = HTTPClientRequest(url: settings.address)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/x-sentry-envelope")
        request.headers.add(name: "user-agent", value: Self.name)
        request.headers.add(
            name: "x-sentry-auth",
            value: "Sentry sentry_version=7, sentry_client=\(Self.name), "
                + "sentry_key=\(settings.key.secret)")
        request.body = .bytes(ByteBuffer(string: envelope(item)))
        do {
            let answer = try await client.execute(request, timeout: .seconds(seconds))
            if (200..<300).contains(answer.status.code) { return nil }
            return answer.headers.first(name: "retry-after").flatMap(Int64.init)
                ?? Self.quietSeconds
        } catch {
            return Self.quietSeconds
        }
    }

    private static var name: String { "reportd/\(Reportd.version)" }

    private func envelope(_ item: ErrorReportQueue.Item) -> String {
        let id = Export.newID()
        let event = item.report.json(
            id: id, release: Self.release, environment: settings.environment,
            repeats: item.repeats)
        return "{\"event_id\":\"\(id)\",\"sent_at\":\"\(clock.now())\"}\n"
            + "{\"type\":\"event\",\"content_type\":\"application/json\","
            + "\"length\":\(event.utf8.count)}\n\(event)\n"
    }
}

/// A log whose errors are told to a server as well.
///
/// Told is what is logged with an error (`logger.error(…, error: error)`), which is how code says that
/// it did not expect one.
struct ReportedLog: LogHandler {
    var inner: any LogHandler
    let reports: ErrorReports
    let clock: WallClock

    func log(event: LogEvent) {
        inner.log(event: event)
        guard event.level >= .error, let error = event.error, !(error is CancellationError) else {
            return
        }
        let fields = inner.metadata.merging(event.metadata ?? [:]) { $1 }
        reports.take(
            ErrorReport(
                type: ErrorReport.type(of: error), origin: (error as? Advice)?.origin,
                told: CodePlace(file: event.file, line: event.line),
                route: fields["route"].map { "\($0)" }, method: fields["method"].map { "\($0)" },
                request: fields["request"].map { "\($0)" }, time: clock.now()))
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { inner[metadataKey: key] }
        set { inner[metadataKey: key] = newValue }
    }

    var metadata: Logger.Metadata {
        get { inner.metadata }
        set { inner.metadata = newValue }
    }

    var logLevel: Logger.Level {
        get { inner.logLevel }
        set { inner.logLevel = newValue }
    }
}

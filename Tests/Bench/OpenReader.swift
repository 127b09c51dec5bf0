import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import Vocabulary

/// Somebody who keeps a dashboard open: a page in a browser, or a program with a copy of its figures.
///
/// A page does what our own script does (`app.js`): it listens to `/api/v1/events`, and after a commit that it
/// does not show yet asks for its `main` element again, with the tag of what it has, at most once a second.
/// A program asks for JSON in the same way, with its token. Each answer is looked at: it must hold the state
/// that was announced before it was asked for, and no older one than the answer before.
final class OpenReader: Sendable {
    /// Between the end of an answer and the next question, as in our script.
    private static let pause = Duration.seconds(1)
    /// After which our script gives an answer up.
    private static let patience = TimeAmount.seconds(20)
    private static let answerBytes = 8 << 20

    /// In what way it reads.
    enum Kind: Sendable {
        /// A browser with the cookie of its session.
        case page(session: String)
        /// A program with its token.
        case program(token: String)
    }

    private struct State {
        var tag: String?
        /// The commit that the figures rest on, and how many sales they are.
        var commit = 0
        var sales = 0
        /// The newest commit that was announced, and when.
        var announced = 0
        var announcedAt: ContinuousClock.Instant?
        /// Whether something was announced since the last question.
        var isWanting = true
    }

    let audience: OpenAudience
    /// What it asks for, and of how many companies, for the record.
    private let asking: String
    private let kind: Kind
    private let address: String
    private let path: String
    private let client: HTTPClient
    private let record: OpenRecord
    private let state = Mutex(State())

    init(
        _ audience: OpenAudience, _ kind: Kind, of dashboard: String, at address: String,
        by client: HTTPClient, into record: OpenRecord
    ) {
        self.audience = audience
        self.kind = kind
        self.address = address
        let root =
            switch kind {
            case .page: "/dashboards/"
            case .program: "/api/v1/dashboards/"
            }
        path = root + dashboard + "?period=" + OpenFeed.periodName
        let companies = audience.companies.isEmpty ? "all" : "\(audience.companies.count)"
        asking = "\(root)\(dashboard) of \(companies)"
        self.client = client
        self.record = record
    }

    /// How many sales are shown; 0 before the first answer.
    var shown: Int { state.withLock { $0.sales } }

    /// When a commit was announced last.
    var announcedAt: ContinuousClock.Instant? { state.withLock { $0.announcedAt } }

    /// Keeps the page open until the task is cancelled.
    func stay() async {
        let (beats, beat) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in await listen(beat) }
            group.addTask { [self] in await follow(beats) }
        }
    }

    // MARK: Events

    private func listen(_ beat: AsyncStream<Void>.Continuation) async {
        defer { beat.finish() }
        do {
            var request = request("/api/v1/events")
            request.headers.add(name: "accept", value: "text/event-stream")
            let response = try await client.execute(request, timeout: .hours(48))
            guard response.status == .ok else {
                return record.mistake("\(audience.name): events answer \(response.status.code)")
            }
            beat.yield()
            var rest = ""
            for try await part in response.body {
                rest += String(buffer: part)
                while let end = rest.range(of: "\n\n") {
                    take(rest[..<end.lowerBound], beat)
                    rest.removeSubrange(..<end.upperBound)
                }
            }
            if !Task.isCancelled { record.mistake("\(audience.name): the event stream has ended") }
        } catch {
            if !Task.isCancelled { record.mistake("\(audience.name): events: \(error)") }
        }
    }

    private func take(_ event: Substring, _ beat: AsyncStream<Void>.Continuation) {
        record.add { $0.events += 1 }
        guard let found = event.wholeMatch(of: /event: commit\ndata: \{"commit":(\d+)\}/),
            let commit = Int(found.output.1)
        else { return }
        let isNews = state.withLock { state in
            state.announced = max(state.announced, commit)
            state.announcedAt = .now
            guard commit > state.commit else { return false }
            state.isWanting = true
            return true
        }
        if isNews { beat.yield() }
    }

    // MARK: Figures

    private func follow(_ beats: AsyncStream<Void>) async {
        var refreshed: ContinuousClock.Instant?
        for await _ in beats {
            if let refreshed { try? await Task.sleep(until: refreshed + Self.pause) }
            let isWanting = state.withLock { state in
                defer { state.isWanting = false }
                return state.isWanting
            }
            if Task.isCancelled || !isWanting { continue }
            do {
                try await refresh()
            } catch {
                if !Task.isCancelled { record.mistake("\(audience.name): \(path): \(error)") }
            }
            refreshed = .now
        }
    }

    private func refresh() async throws {
        let (tag, announced) = state.withLock { ($0.tag, $0.announced) }
        var request = request(path)
        if let tag { request.headers.add(name: "if-none-match", value: tag) }
        if case .page = kind {
            request.headers.add(name: "accept", value: "text/html")
            request.headers.add(name: "x-fragment", value: "main")
        }
        let asked = ContinuousClock.now
        let response = try await client.execute(request, timeout: Self.patience)
        let body = try await response.body.collect(upTo: Self.answerBytes)
        let now = ContinuousClock.now
        record.add {
            $0.waitsByKind[asking, default: []].append((now - asked) / .milliseconds(1))
            $0.bytes += body.readableBytes
        }
        switch response.status {
        case .notModified:
            record.add { $0.unchanged += 1 }
            let commit = state.withLock { $0.commit }
            // What is announced is another commit of these rows, and every page tells its commit.
            if commit < announced {
                record.mistake("\(audience.name): \(path): unchanged since before \(announced)")
            }
        case .ok:
            var content = Data(body.readableBytesView)
            if response.headers.first(name: "content-encoding") == "gzip" {
                content = try PackedBody.unpacked(content)
            }
            guard let answer = answer(content, response.headers) else {
                return record.mistake("\(audience.name): \(path): the answer has no figures")
            }
            show(answer, announced, now)
        default:
            record.mistake("\(audience.name): \(path): status \(response.status.code)")
        }
    }

    private func show(_ answer: Answer, _ announced: Int, _ now: ContinuousClock.Instant) {
        let before = state.withLock { state in
            defer {
                (state.tag, state.commit, state.sales) = (answer.tag, answer.commit, answer.sales)
            }
            return (commit: state.commit, sales: state.sales)
        }
        if answer.commit < announced {
            record.mistake(
                "\(audience.name): \(path): shows commit \(answer.commit) after \(announced) was told"
            )
        }
        if answer.commit < before.commit || answer.sales < before.sales {
            record.mistake(
                "\(audience.name): \(path): went back from \(before) to commit \(answer.commit), "
                    + "\(answer.sales) sales")
        }
        guard before.sales > 0, answer.sales > before.sales else { return }
        // Where the server's own answer is not here yet, no time has passed.
        let committed = audience.committed(before.sales + 1) ?? now
        record.add { $0.delays.append(max(0, (now - committed) / .milliseconds(1))) }
    }

    // MARK: What is sent and read

    private func request(_ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: address + path)
        request.headers.add(name: "accept-language", value: audience.language)
        request.headers.add(name: "accept-encoding", value: "gzip")
        switch kind {
        case .page(let session): request.headers.add(name: "cookie", value: session)
        case .program(let token):
            request.headers.add(name: "authorization", value: "Bearer \(token)")
        }
        return request
    }

    /// What is looked at in an answer.
    private struct Answer {
        let tag: String
        let commit: Int
        let sales: Int
    }

    private func answer(_ body: Data, _ headers: HTTPHeaders) -> Answer? {
        switch kind {
        case .page:
            guard let version = body.text(between: "data-version=\"", and: "\""),
                let commit = body.text(between: "data-commit=\"", and: "\"").flatMap({ Int($0) }),
                let figure = body.text(between: "data-figure=\"sales 0\">", and: "</dd>"),
                let sales = Int(
                    figure.replacing(/<[^>]*>/, with: "").filter { ("0"..."9").contains($0) })
            else { return nil }
            return Answer(tag: "\"\(version)\"", commit: commit, sales: sales)
        case .program:
            guard let tag = headers.first(name: "etag"),
                let commit = headers.first(name: "data-commit").flatMap({ Int($0) }),
                let figure = body.text(between: "{\"name\":\"sales\",\"label\"", and: "}"),
                let found = figure.firstMatch(of: /"values":\[(\d+)\]/),
                let sales = Int(found.output.1)
            else { return nil }
            return Answer(tag: tag, commit: commit, sales: sales)
        }
    }
}

extension Data {
    /// The text between the first occurrence of one text and the next of another.
    func text(between start: String, and end: String) -> String? {
        guard let first = range(of: Data(start.utf8)),
            let last = range(of: Data(end.utf8), in: first.upperBound..<endIndex)
        else { return nil }
        return String(decoding: self[first.upperBound..<last.lowerBound], as: UTF8.self)
    }
}

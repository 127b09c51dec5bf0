import Crypto
import HTTPTypes
import Hummingbird
import NIOCore
import Reports
import Store
import Synchronization
import Vocabulary

/// What answers were made from, as far as it can change while the program runs: two answers to one
/// request that were made at one standing are the same.
///
/// Who may see what, and which periods are closed, stand in the state file; its counter is another
/// after every change by any process. Days, months and the expiry of tokens begin and end with a whole
/// second, and so does a standing, at the latest.
struct AnswerStanding: Sendable, Hashable {
    private let second: Int64
    private let state: UInt32
    private let commit: UInt64
    private let definitions: Int
    private let tokens: Int

    /// The standing now; nil when it cannot be told, or not at once where nobody may wait for it.
    init?(_ desk: AnswerDesk, _ access: AccessDesk, mayWait: Bool = true) {
        guard let count = access.users.state.changeCount,
            let commit = mayWait ? try? desk.store.newestCommit() : desk.store.commitAtHand
        else { return nil }
        (state, self.commit) = (count, commit)
        (definitions, tokens) = (desk.shelf.edition, access.memory.edition)
        second = desk.clock.now().seconds
    }
}

/// Answers that were given at the present standing, whole, with all headers that depend on who asked.
///
/// They are there for pages that many people look at and programs that ask without a pause: what
/// recognising, counting rights and looking for an answer come to is done once a second for each of
/// them, and with the first request after anything has changed.
///
/// Invariants: an answer is given again only to a request that brings the same proof of who asks and
/// asks for the same, and only at the standing at which it was made, from before its making to after it;
/// of what requests bring only a SHA-256 is kept; at another standing nothing is kept of the one before.
final class AnswerRepeats: Sendable {
    /// Which requests are the same: those that come from one address with all the same in their heads,
    /// but for their own names and the tag of what the caller has.
    struct Key: Sendable, Hashable {
        private let hash: SHA256Digest

        init(_ request: HTTPRequest, from address: String?) {
            var text: [UInt8] = []
            text.reserveCapacity(1024)
            text.append(contentsOf: (request.path ?? "").utf8)
            text.append(UInt8(ascii: "\n"))
            text.append(contentsOf: (request.authority ?? "").utf8)
            // No part can hold the end of a line.
            for field in request.headerFields
            where field.name != .ifNoneMatch && field.name != RequestName.header {
                text.append(UInt8(ascii: "\n"))
                text.append(contentsOf: field.name.canonicalName.utf8)
                text.append(UInt8(ascii: ":"))
                unsafe field.withUnsafeBytesOfValue { unsafe text.append(contentsOf: $0) }
            }
            text.append(UInt8(ascii: "\n"))
            text.append(contentsOf: (address ?? "").utf8)
            hash = SHA256.hash(data: text)
        }
    }

    /// An answer as it was given.
    final class Answer: Sendable {
        private let tag: String
        /// The heads with which it is given, with its content and without.
        private let (full, unchanged): (HTTPResponse, HTTPResponse)
        private let body: ByteBuffer
        /// What became known of the request that it was given to, and who had made it.
        let facts: RequestFacts
        let principal: Principal

        /// The answer that a response holds, whole or only by its tag; nil when it is not one that may
        /// be given again.
        init?(_ response: Response, _ context: ReportContext, now: Instant) {
            var facts = context.note.facts
            guard [.ok, .notModified].contains(response.status),
                let (answer, contentType) = context.note.given, let principal = facts.principal
            else { return nil }
            facts.route = context.endpointPath ?? facts.route
            (self.facts, self.principal) = (facts, principal)
            tag = answer.tag
            var headers = response.headers
            headers[.date] = MailHeader.date(now, utc: "GMT")
            (headers[.contentType], headers[.contentLength]) = (nil, nil)
            unchanged = HTTPResponse(status: .notModified, headerFields: headers)
            headers[.contentType] = contentType
            headers[.contentLength] = "\(answer.body.count)"
            full = HTTPResponse(status: .ok, headerFields: headers)
            body = ByteBuffer(bytes: answer.body)
        }

        /// Bytes of its content.
        var size: Int { body.readableBytes }

        /// The head and the content, if any, of a response to a request for it.
        func response(to request: HTTPRequest) -> (head: HTTPResponse, body: ByteBuffer?) {
            request.has(tag: tag) ? (unchanged, nil) : (full, body)
        }
    }

    /// Bytes of answers that are kept at a time.
    private static let budget = 8 << 20

    private struct Content {
        var standing: AnswerStanding?
        var answers: [Key: Answer] = [:]
        var bytes = 0
        var given = 0
    }

    private let content = Mutex(Content())

    /// How many answers were given again.
    var given: Int { content.withLock { $0.given } }

    /// The answer to a request; nil when none was given at this standing.
    func answer(to key: Key, at standing: AnswerStanding) -> Answer? {
        content.withLock { content in
            guard content.standing == standing, let answer = content.answers[key] else {
                return nil
            }
            return answer
        }
    }

    /// Counts an answer that was given again.
    func count() { content.withLock { $0.given += 1 } }

    /// Keeps an answer, if there is room.
    func keep(_ answer: Answer, to key: Key, at standing: AnswerStanding) {
        content.withLock { content in
            if content.standing != standing {
                (content.answers, content.bytes) = ([:], 0)
                content.standing = standing
            }
            let bytes = answer.size
            guard content.answers[key] == nil, content.bytes + bytes <= Self.budget else { return }
            content.answers[key] = answer
            content.bytes += bytes
        }
    }
}

import AsyncHTTPClient
import Crypto
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization
import Vocabulary

/// A bucket of a storage that speaks the S3 protocol: files go in, come out and are removed.
///
/// Objects are addressed by path (`/bucket/name`), which every such storage understands. A large file
/// goes up in parts, one in memory at a time; nothing is seen under the name before all are there.
/// Every body is signed with its SHA-256 and sent with its MD5, so that the storage refuses what was
/// damaged on the way; the size is looked at afterwards. What may pass by itself (no connection, 5xx,
/// “slow down”) is tried again, each time after twice as long. A clock that disagrees with the
/// storage's is put right by the storage's answer.
final class ObjectStore: Sendable {
    /// Bytes of a file from which it goes up in parts.
    static let partsFrom = 16 << 20
    /// Bytes of a part; more where a file would have more parts than a storage takes.
    static let partBytes = 8 << 20
    /// Parts of one file that a storage takes (S3's limit).
    static let mostParts = 10_000
    /// How often a request is made before it is given up.
    static let attempts = 5
    /// Milliseconds before the second attempt; each later one waits twice as long.
    static let firstPause = 200.0
    /// Bytes of an answer that are read when it is not a file.
    private static let answerBytes = 1 << 20
    /// Seconds for the head of one answer.
    private static let answerSeconds = Int64(120)

    let settings: BucketSettings
    private let client: HTTPClient
    private let clock: WallClock
    private let pause: @Sendable (Duration) async throws -> Void
    private let logger: Logger
    private let partBytes: Int
    /// Seconds that the storage's clock is ahead of ours.
    private let ahead = Mutex(Int64(0))

    /// Makes a client, which connects with the first request.
    ///
    /// `pause` waits between attempts; tests pass one that does not.
    init(
        _ settings: BucketSettings, clock: WallClock, logger: Logger,
        partBytes: Int = ObjectStore.partBytes,
        pause: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        }
    ) {
        self.settings = settings
        self.clock = clock
        self.pause = pause
        self.logger = logger
        self.partBytes = partBytes
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(Self.answerSeconds))
        configuration.connectionPool.retryConnectionEstablishment = false
        if let file = settings.authorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(file)
            configuration.tlsConfiguration = tls
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Closes all connections; has to be called before the store is let go.
    func close() async { try? await client.shutdown() }

    // MARK: Files

    /// Puts a file into the bucket; it is there as a whole when this returns.
    ///
    /// - Throws: `Advice`; nothing is seen under the name then.
    func put(_ path: String, as name: String) async throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw Advice(
                .storage, "the file that was to be stored is gone", remedy: "ask for it again",
                cause: path)
        }
        defer { try? handle.close() }
        let size = Int(try handle.seekToEnd())
        try handle.seek(toOffset: 0)
        if size < max(Self.partsFrom, partBytes), size <= partBytes * 2 {
            let bytes = try handle.readToEnd() ?? Data()
            _ = try await answer("PUT", name, body: bytes)
        } else {
            try await putParts(of: handle, size, as: name)
        }
        let head = try await answer("HEAD", name)
        let length = head.headers.first(name: "content-length").flatMap(Int.init)
        guard length == size else {
            throw Advice(
                .damaged, "the storage holds \(length ?? 0) bytes of a file of \(size)",
                remedy: "ask for the export again, and look after the storage if it happens again")
        }
    }

    private func putParts(of handle: FileHandle, _ size: Int, as name: String) async throws {
        // What a killed program left behind of this name costs room and is of no use.
        try await abandonUploads(of: name)
        let begun = try await answer("POST", name, query: [("uploads", "")])
        guard let upload = Self.element("UploadId", of: begun.text) else {
            throw Self.foreign(begun)
        }
        do {
            let partBytes = max(partBytes, size / Self.mostParts + 1)
            var tags: [String] = []
            while let bytes = try handle.read(upToCount: partBytes), !bytes.isEmpty {
                let part = try await answer(
                    "PUT", name,
                    query: [("partNumber", "\(tags.count + 1)"), ("uploadId", upload)],
                    body: bytes)
                guard let tag = part.headers.first(name: "etag") else { throw Self.foreign(part) }
                tags.append(tag)
            }
            let list = tags.enumerated().map { number, tag in
                "<Part><PartNumber>\(number + 1)</PartNumber><ETag>\(Self.escaped(tag))</ETag></Part>"
            }
            let body =
                "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                + "\(list.joined())</CompleteMultipartUpload>"
            let answer = try await answer(
                "POST", name, query: [("uploadId", upload)], body: Data(body.utf8))
            // A failure may come with status 200, because the storage answers before it is done.
            if let code = Self.element("Code", of: answer.text) {
                throw advice(status: answer.status, code: code, text: answer.text)
            }
        } catch {
            _ = try? await answer("DELETE", name, query: [("uploadId", upload)])
            throw error
        }
    }

    private func abandonUploads(of name: String) async throws {
        let key = settings.prefix + name
        let list = try await answer("GET", nil, query: [("uploads", ""), ("prefix", key)])
        for text in list.text.split(separator: "<Upload>").dropFirst() {
            guard let upload = Self.element("UploadId", of: String(text)),
                Self.element("Key", of: String(text)) == key
            else { continue }
            _ = try await answer("DELETE", name, query: [("uploadId", upload)])
        }
    }

    /// Begins to read an object.
    ///
    /// - Throws: `Advice`, of kind `unknown` when there is none of the name.
    func get(_ name: String) async throws -> HTTPClientResponse.Body {
        try await retrying { attempt in
            let response = try await self.send("GET", name, query: [], body: nil)
            guard response.status.code == 200 else {
                throw try await self.failure(of: response)
            }
            return response.body
        }
    }

    /// Removes an object, and parts of one that is not complete; one that is not there is no mistake.
    func remove(_ name: String) async throws {
        _ = try await answer("DELETE", name)
        try await abandonUploads(of: name)
    }

    /// Finds out whether the bucket can be reached and the key is good.
    func check() async throws {
        _ = try await answer("GET", nil, query: [("list-type", "2"), ("max-keys", "1")])
    }

    // MARK: Requests

    /// An answer that is not a file.
    private struct Answer {
        let status: Int
        let headers: HTTPHeaders
        let text: String
    }

    /// Why a request did not succeed, and whether another attempt may.
    private struct Failure: Error {
        let advice: Advice
        let mayPass: Bool
    }

    private func answer(
        _ method: String, _ name: String?, query: [(String, String)] = [], body: Data? = nil
    ) async throws -> Answer {
        try await retrying { _ in
            let response = try await self.send(method, name, query: query, body: body)
            guard (200..<300).contains(response.status.code) else {
                throw try await self.failure(of: response)
            }
            let content = try await response.body.collect(upTo: Self.answerBytes)
            return Answer(
                status: Int(response.status.code), headers: response.headers,
                text: String(buffer: content))
        }
    }

    private func retrying<Result>(
        _ request: (_ attempt: Int) async throws -> Result
    ) async throws -> Result {
        var attempt = 1
        while true {
            do {
                return try await request(attempt)
            } catch let failure as Failure {
                guard failure.mayPass, attempt < Self.attempts else { throw failure.advice }
                logger.info(
                    "the storage is asked again: \(failure.advice)",
                    metadata: ["attempt": "\(attempt)"])
            } catch let error as CancellationError {
                throw error
            } catch let error as Advice {
                throw error
            } catch {
                guard attempt < Self.attempts else {
                    throw Advice(
                        .unreachable, "the storage at \(place) cannot be reached",
                        remedy: "check ‘exports: bucket: endpoint’ and the network; what was asked "
                            + "for can be asked for again", cause: "\(error)")
                }
                logger.info(
                    "the storage is asked again: it was not reached, or broke off",
                    metadata: ["attempt": "\(attempt)"])
            }
            // Not all at the same moment: up to half as long again.
            let wait = Self.firstPause * Double(1 << (attempt - 1)) * Double.random(in: 1...1.5)
            try await pause(.milliseconds(wait))
            attempt += 1
        }
    }

    private var place: String { settings.endpoint.host ?? "" }

    private func send(
        _ method: String, _ name: String?, query: [(String, String)], body: Data?
    ) async throws -> HTTPClientResponse {
        let host = settings.endpoint.host ?? ""
        let port = settings.endpoint.port.map { ":\($0)" } ?? ""
        let object = name.map { "/" + settings.prefix + $0 } ?? ""
        let path =
            "/"
            + (settings.name + object).split(
                separator: "/", omittingEmptySubsequences: false
            ).map { RequestSignature.encoded(String($0)) }.joined(separator: "/")
        var headers = ["host": host + port]
        if let body {
            headers["content-md5"] = Data(Insecure.MD5.hash(data: body)).base64EncodedString()
        }
        let now = clock.now().adding(seconds: ahead.withLock { $0 })
        let signed = RequestSignature(
            keyID: settings.keyID, secret: settings.secret, region: settings.region,
            service: "s3"
        ).headers(
            method, path, query: query, headers: headers,
            bodyHash: CloseArchive.sha256(body ?? Data()), now: now)
        let text = query.isEmpty ? "" : "?" + RequestSignature.queryText(query)
        var request = HTTPClientRequest(
            url: "\(settings.endpoint.scheme ?? "https")://\(host)\(port)\(path)\(text)")
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in signed { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        return try await client.execute(request, timeout: .seconds(Self.answerSeconds))
    }

    // MARK: Failures

    private func failure(of response: HTTPClientResponse) async throws -> Failure {
        let text = String(buffer: try await response.body.collect(upTo: Self.answerBytes))
        let status = Int(response.status.code)
        let code = Self.element("Code", of: text) ?? ""
        var mayPass =
            status >= 500 || status == 429
            || ["SlowDown", "RequestTimeout", "InternalError", "BadDigest"].contains(code)
        if code == "RequestTimeTooSkewed", let date = response.headers.first(name: "date"),
            let theirs = Self.instant(date)
        {
            // Once: the same answer to a time that is theirs would not be about our clock.
            let offset = theirs.seconds - clock.now().seconds
            mayPass = ahead.withLock { ahead in
                defer { ahead = offset }
                return abs(ahead - offset) > 60
            }
        }
        return Failure(advice: advice(status: status, code: code, text: text), mayPass: mayPass)
    }

    private func advice(status: Int, code: String, text: String) -> Advice {
        let cause = "status \(status) \(code): \(Self.element("Message", of: text) ?? "")"
        switch code {
        case "SignatureDoesNotMatch", "InvalidAccessKeyId":
            return Advice(
                .denied, "the storage at \(place) does not accept our key",
                remedy: "check ‘key-id’ and the secret under ‘exports: bucket’", cause: cause)
        case "RequestTimeTooSkewed":
            return Advice(
                .denied, "this machine's clock differs too much from that of \(place)",
                remedy: "set the clock", cause: cause)
        case "NoSuchBucket":
            return Advice(
                .definition, "there is no bucket ‘\(settings.name)’ at \(place)",
                remedy: "make it, or correct ‘exports: bucket: name’", cause: cause)
        case _ where status == 403:
            return Advice(
                .denied, "the storage at \(place) does not let our key do this",
                remedy: "let it list, read, write and delete under \(settings.prefix)", cause: cause
            )
        case _ where status == 404:
            return Advice(
                .unknown, "the file is not in the storage any more",
                remedy: "ask for the export again", cause: cause)
        case _ where (300..<400).contains(status):
            return Advice(
                .definition, "the storage at \(place) says that the bucket is elsewhere",
                remedy: "correct ‘endpoint’ and ‘region’ under ‘exports: bucket’", cause: cause)
        default:
            return Advice(
                .unreachable, "the storage at \(place) does not do what is asked",
                remedy: "try again later, and look after the storage if it stays so", cause: cause)
        }
    }

    private static func foreign(_ answer: Answer) -> Advice {
        Advice(
            .unreachable, "the storage answers otherwise than the S3 protocol says",
            remedy: "check ‘exports: bucket: endpoint’", cause: String(answer.text.prefix(200)))
    }

    /// The text of an element of a short XML document, with what is escaped in it put right.
    static func element(_ name: String, of text: String) -> String? {
        guard let start = text.range(of: "<\(name)>"),
            let end = text.range(of: "</\(name)>", range: start.upperBound..<text.endIndex)
        else { return nil }
        let content = String(text[start.upperBound..<end.lowerBound])
        return content.replacing("&quot;", with: "\"").replacing("&#34;", with: "\"")
            .replacing("&lt;", with: "<").replacing("&gt;", with: ">")
            .replacing("&amp;", with: "&")
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    /// The moment of an HTTP date (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func instant(_ text: String) -> Instant? {
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let words = text.split(separator: " ")
        guard words.count == 6, let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Instant("\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }
}

extension CloseArchive {
    /// The SHA-256 of data, in hexadecimal digits.
    static func sha256(_ data: Data) -> String {
        SHA256.hash(data: data).hexadecimal
    }
}

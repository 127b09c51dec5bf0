import Foundation
import Glibc

/// A request as it came over the wire.
struct CouchStandInRequest {
    let method: String
    let target: String
    let headers: [String: String]
    let body: [UInt8]

    var path: String { String(target.prefix { $0 != "?" }) }

    /// The decoded parameters of the query.
    var parameters: [String: String] {
        guard let mark = target.firstIndex(of: "?") else { return [:] }
        var found: [String: String] = [:]
        for item in target[target.index(after: mark)...].split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1)
            let value = parts.count > 1 ? String(parts[1]) : ""
            found[String(parts[0])] = value.removingPercentEncoding ?? value
        }
        return found
    }
}

/// One connection: requests in, bytes out, faults between.
final class CouchStandInWire {
    private let connection: Int32
    private let onSend: (Int) -> Void
    private var received: [UInt8] = []
    private(set) var isBroken = false
    /// Bytes of the body that may still leave; nil for all.
    private var allowance: Int?
    private var afterAllowance: (() -> Void)?
    private var slowness: (bytes: Int, microseconds: UInt32)?
    private var buffer: [UInt8] = []

    /// Takes a connection; `onSend` is told how many bytes have left.
    init(_ connection: Int32, onSend: @escaping (Int) -> Void) {
        self.connection = connection
        self.onSend = onSend
    }

    // MARK: In

    func request() -> CouchStandInRequest? {
        let mark = Array("\r\n\r\n".utf8)
        var headEnd: Int?
        while headEnd == nil {
            if received.count >= 4 {
                headEnd = (0...received.count - 4).first {
                    received[$0] == 13 && received[$0..<$0 + 4].elementsEqual(mark)
                }
            }
            // A greeting in TLS: the web server inside CouchDB refuses what is no HTTP at once.
            if received.first == 0x16 {
                head("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return nil
            }
            if headEnd == nil, !receive() { return nil }
        }
        guard let end = headEnd else { return nil }
        let lines = String(decoding: received[..<end], as: UTF8.self)
            .components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...]
                .trimmingCharacters(in: .whitespaces)
        }
        received.removeFirst(end + 4)
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while received.count < length { if !receive() { return nil } }
        let body = Array(received.prefix(length))
        received.removeFirst(length)
        return CouchStandInRequest(
            method: words[0], target: words[1], headers: headers, body: body)
    }

    private func receive() -> Bool {
        var piece = [UInt8](repeating: 0, count: 65_536)
        let count = recv(connection, &piece, piece.count, 0)
        guard count > 0 else { return false }
        received += piece[..<count]
        return true
    }

    // MARK: Out

    /// Applies a fault to the body that follows.
    func arm(_ fault: CouchStandIn.Fault) {
        allowance = nil
        slowness = nil
        switch fault {
        case .cut(let bytes):
            allowance = bytes
            afterAllowance = { [self] in breakOff() }
        case .stall(let bytes):
            allowance = bytes
            afterAllowance = { [self] in
                // Until the other side has had enough.
                var byte = UInt8(0)
                while recv(connection, &byte, 1, 0) > 0 {}
                breakOff()
            }
        case .slow(let bytes, let microseconds): slowness = (bytes, microseconds)
        default: break
        }
    }

    private func breakOff() {
        isBroken = true
        shutdown(connection, Int32(SHUT_RDWR))
    }

    /// Whether the other side has closed the connection.
    var isAbandoned: Bool {
        if isBroken { return true }
        var byte = UInt8(0)
        let count = recv(connection, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
    }

    func head(_ text: String) { send(Array(text.utf8)[...]) }

    /// Sends a body of known length.
    func body(_ bytes: [UInt8]) { sendBody(bytes[...]) }

    /// Adds to a chunked body; chunks leave when they are large enough, as CouchDB buffers them.
    func add(_ text: String) {
        buffer += text.utf8
        if buffer.count > 1490 { flush() }
    }

    /// Sends what has been added, as one chunk.
    func flush() {
        guard !buffer.isEmpty else { return }
        let size = String(buffer.count, radix: 16, uppercase: true)
        let piece = Array("\(size)\r\n".utf8) + buffer + [13, 10]
        buffer.removeAll(keepingCapacity: true)
        sendBody(piece[...])
    }

    /// Ends a chunked body.
    func endChunks() {
        flush()
        sendBody(Array("0\r\n\r\n".utf8)[...])
    }

    private func sendBody(_ bytes: ArraySlice<UInt8>) {
        if isBroken { return }
        var bytes = bytes
        var isLast = false
        if let left = allowance {
            if bytes.count >= left {
                bytes = bytes.prefix(left)
                isLast = true
            }
            allowance = left - bytes.count
        }
        if let slowness {
            var start = bytes.startIndex
            while start < bytes.endIndex, !isBroken {
                let end = min(start + slowness.bytes, bytes.endIndex)
                send(bytes[start..<end])
                usleep(slowness.microseconds)
                start = end
            }
        } else {
            send(bytes)
        }
        if isLast {
            afterAllowance?()
            afterAllowance = nil
        }
    }

    private func send(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty, !isBroken {
            let count = rest.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 {
                if errno == EINTR { continue }
                isBroken = true
                return
            }
            onSend(count)
            rest = rest.dropFirst(count)
        }
    }
}

import Foundation
import Glibc
import Synchronization

/// A server that answers as CouchDB 3.5 does, as far as a reader of changes sees it.
///
/// No package of Debian holds CouchDB, so tests talk to this. Status lines, headers, chunking,
/// spacing, line ends and error bodies follow what was recorded from Apache CouchDB 3.5.0, single
/// node. Faults are scripted with `inject`. One thread per connection; sockets block.
public final class CouchStandIn: Sendable {
    /// What is wrong with an answer.
    public enum Fault: Sendable {
        /// Nothing; takes the place of a fault so that a later request meets the next one.
        case none
        /// Headers come, then so many bytes of the body, then nothing for ever.
        case stall(afterBytes: Int)
        /// The connection is closed after so many bytes of the body.
        case cut(afterBytes: Int)
        /// The body comes in pieces of so many bytes, so many microseconds apart.
        case slow(bytes: Int, microseconds: UInt32)
        /// An answer with this status and this body.
        case status(Int, String)
        /// The feed begins so many changes before the sequence that was asked for.
        case rewind(Int)
        /// Each row comes twice.
        case duplicates
        /// Rows come in another order.
        case reorder(seed: UInt64)
        /// The feed tells an error in the middle, as when a shard is lost.
        case errorLine(afterRows: Int)
    }

    struct Content {
        var databases: [String: CouchStandInDatabase] = [:]
        /// Faults by what the path has to contain, for one request each.
        var faults: [(part: String, fault: Fault)] = []
        var cookies: Set<String> = []
        var cookieCount = 0
        var connections: Set<Int32> = []
        var requests: [String] = []
        var logins = 0
        var pace: Int?
        var clock: Int64 = 1_760_000_000
        var isClosed = false
    }

    /// Name and password of the one user; nil lets everybody in.
    public let user: (name: String, password: String)?
    /// Databases that this user may not read.
    public let forbidden: Set<String>
    /// The port on 127.0.0.1.
    public let port: Int
    private let listener: Int32
    let content = Mutex(Content())
    private let sent = Atomic<Int>(0)
    /// Wakes feeds when something has changed.
    let condition = NSCondition()

    /// Starts a server on a free port.
    public init(
        user: (name: String, password: String)? = nil, forbidden: Set<String> = [], port: Int = 0
    ) throws {
        self.user = user
        self.forbidden = forbidden
        signal(SIGPIPE, SIG_IGN)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = UInt16(port).bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = listener
        let bound = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, size) == 0 && listen(socket, 64) == 0
                    && getsockname(socket, address, &size) == 0
            }
        }
        guard bound else { throw CocoaError(.fileReadUnknown) }
        self.port = Int(UInt16(bigEndian: name.sin_port))
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(socket, nil, nil)
                if connection < 0 {
                    if errno == EINTR || errno == ECONNABORTED { continue }
                    return
                }
                guard let self, self.keep(connection) else {
                    close(connection)
                    return
                }
                let thread = Thread { self.serve(connection) }
                thread.stackSize = 1 << 20
                thread.start()
            }
        }
    }

    /// The address, with the user's name and password if it has one.
    public var address: String {
        let login = user.map { "\($0.name):\($0.password)@" } ?? ""
        return "http://\(login)127.0.0.1:\(port)"
    }

    /// Stops: all connections break.
    public func stop() {
        let open = content.withLock { content in
            content.isClosed = true
            return content.connections
        }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        for connection in open { shutdown(connection, Int32(SHUT_RDWR)) }
        wake()
    }

    /// Breaks all connections there are, and goes on serving.
    public func breakConnections() {
        for connection in content.withLock({ $0.connections }) {
            shutdown(connection, Int32(SHUT_RDWR))
        }
    }

    /// Scripts a fault for the next request whose target contains `part`.
    public func inject(_ fault: Fault, at part: String = "_changes") {
        content.withLock { $0.faults.append((part, fault)) }
    }

    /// Whether scripted faults are left.
    public var hasFaults: Bool { content.withLock { !$0.faults.isEmpty } }

    /// Forgets all sessions, as when cookies have expired.
    public func expireCookies() { content.withLock { $0.cookies = [] } }

    /// How often somebody has logged in.
    public var logins: Int { content.withLock { $0.logins } }
    /// The targets asked for so far.
    public var requests: [String] { content.withLock { $0.requests } }
    /// How many bytes have left so far.
    public var bytesSent: Int { sent.load(ordering: .relaxed) }
    /// How many connections are open.
    public var openConnections: Int { content.withLock { $0.connections.count } }

    /// Lets rows of changes out at so many a second; nil at once.
    public func setPace(_ rows: Int?) { content.withLock { $0.pace = rows } }

    func wake() {
        condition.lock()
        condition.broadcast()
        condition.unlock()
    }

    private func keep(_ connection: Int32) -> Bool {
        content.withLock { content in
            if content.isClosed { return false }
            content.connections.insert(connection)
            return true
        }
    }

    private func serve(_ connection: Int32) {
        var one: Int32 = 1
        setsockopt(
            connection, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        let wire = CouchStandInWire(connection) { [self] count in
            sent.add(count, ordering: .relaxed)
        }
        while let request = wire.request() {
            content.withLock { $0.requests.append(request.target) }
            answer(request, on: wire)
            if wire.isBroken { break }
        }
        content.withLock { _ = $0.connections.remove(connection) }
        close(connection)
    }
}

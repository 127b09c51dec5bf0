import Foundation
import Glibc
import Synchronization
import Vocabulary

/// Stands between a source and its server, and does to the connection what networks do.
///
/// Listens on a TCP port of its own and forwards to the server's Unix socket, each connection on a
/// thread. Faults apply to connections that are open and to new ones.
final class FaultProxy: Sendable {
    enum Fault: Sendable, Equatable {
        case none
        /// Bytes arrive one by one, each in a packet.
        case slices
        /// Nothing passes, and nobody is told.
        case stall
    }

    private struct State {
        var fault = Fault.none
        var sockets: Set<Int32> = []
        /// Bytes from the server after which all connections are cut; nil for never.
        var bytesToCut: Int?
        var connections = 0
        var bytes = 0
        var isClosed = false
        /// What came from the server, if it is kept.
        var recording: [UInt8]?
        /// Where connections lead, in turn.
        var targets: [String]
    }

    let port: Int
    private let listener: Int32
    private let state: Mutex<State>

    init(to targets: [String]) throws {
        // Many writes to connections that are gone are what this is for.
        signal(SIGPIPE, SIG_IGN)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(descriptor, address, length) == 0, listen(descriptor, 64) == 0 else {
                    return false
                }
                return getsockname(descriptor, address, &length) == 0
            }
        }
        guard bound else { throw Advice(.input, "the proxy found no port") }
        port = Int(UInt16(bigEndian: address.sin_port))
        state = Mutex(State(targets: targets.map { $0 + "/.s.PGSQL.5432" }))
        let thread = Thread { [weak self] in
            while true {
                let accepted = accept(descriptor, nil, nil)
                guard accepted >= 0, let self, !self.state.withLock({ $0.isClosed }) else {
                    if accepted >= 0 { Glibc.close(accepted) }
                    return
                }
                self.serve(accepted)
            }
        }
        thread.start()
    }

    deinit { close() }

    func close() {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        cut()
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    /// How often someone connected.
    var connections: Int { state.withLock { $0.connections } }
    /// Bytes that came from the server.
    var bytes: Int { state.withLock { $0.bytes } }

    /// Keeps what comes from the server from now on.
    func record() { state.withLock { $0.recording = [] } }
    /// What came from the server since it is kept.
    var recording: [UInt8] { state.withLock { $0.recording ?? [] } }

    func set(_ fault: Fault) { state.withLock { $0.fault = fault } }

    /// Ends all connections in order.
    func cut() {
        state.withLock { state in
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// Ends all connections with a reset.
    func reset() {
        state.withLock { state in
            for socket in state.sockets {
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(
                    socket, SOL_SOCKET, SO_LINGER, &linger,
                    socklen_t(MemoryLayout<Glibc.linger>.size))
                shutdown(socket, Int32(SHUT_RD))
            }
        }
    }

    /// Cuts all connections when the server has sent so many more bytes.
    func cut(afterBytes count: Int) { state.withLock { $0.bytesToCut = count } }

    private func serve(_ client: Int32) {
        let target = state.withLock { state in
            state.connections += 1
            return state.targets[state.connections % state.targets.count]
        }
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            room.copyBytes(from: Array(target.utf8) + [0])
        }
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isConnected else {
            Glibc.close(client)
            Glibc.close(server)
            return
        }
        state.withLock { $0.sockets.formUnion([client, server]) }
        let thread = Thread { [self] in
            pump(client, server)
            state.withLock { $0.sockets.subtract([client, server]) }
            Glibc.close(client)
            Glibc.close(server)
        }
        thread.start()
    }

    private func pump(_ client: Int32, _ server: Int32) {
        var noDelay = Int32(1)
        setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(4))
        while true {
            let fault = state.withLock { $0.fault }
            var waited = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            if fault == .stall {
                // Not even that one side has gone; the other would learn it from that.
                if state.withLock({ $0.isClosed }) { return }
                usleep(5000)
                continue
            }
            guard poll(&waited, 2, 50) > 0 else { continue }
            for (index, to) in [(0, server), (1, client)] where waited[index].revents != 0 {
                var room = [UInt8](repeating: 0, count: fault == .slices ? 512 : 65_536)
                let count = read(waited[index].fd, &room, room.count)
                guard count > 0 else { return }
                if index == 1 {
                    state.withLock { $0.recording?.append(contentsOf: room[..<count]) }
                    if isCut(by: count) { return }
                }
                guard send(room[..<count], to: to, fault) else { return }
            }
        }
    }

    private func isCut(by count: Int) -> Bool {
        let isCut = state.withLock { state in
            state.bytes += count
            guard let left = state.bytesToCut else { return false }
            state.bytesToCut = left > count ? left - count : nil
            return left <= count
        }
        if isCut { cut() }
        return isCut
    }

    private func send(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, _ fault: Fault) -> Bool {
        let step = fault == .slices ? 1 : bytes.count
        var rest = bytes
        while !rest.isEmpty {
            let sent = Array(rest.prefix(step)).withUnsafeBytes {
                write(descriptor, $0.baseAddress, $0.count)
            }
            if sent <= 0 { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }
}

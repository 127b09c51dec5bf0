import Foundation
import Glibc
import Vocabulary

/// A port of this machine on which nobody listens.
enum FreePort {
    /// Finds one.
    ///
    /// - Throws: `Advice` when the system gives none.
    static func find() throws -> Int {
        let socket = try LocalRequest.socket()
        defer { close(socket) }
        var address = LocalRequest.address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isFound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard isFound else {
            throw Advice(.unreachable, "the system gives no free port", remedy: "try again")
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// One request to a server of this machine, without a library that takes its time to begin.
enum LocalRequest {
    /// Whether a path is answered with 200.
    static func isWell(port: UInt16, path: String) -> Bool {
        guard let socket = try? socket() else { return false }
        defer { close(socket) }
        var address = address(port: port)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, length) == 0
            }
        }
        guard isConnected else { return false }
        let request = Array(
            "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard unsafe send(socket, request, request.count, Int32(MSG_NOSIGNAL)) > 0 else {
            return false
        }
        var answer = [UInt8](repeating: 0, count: 12)
        guard unsafe recv(socket, &answer, 12, Int32(MSG_WAITALL)) == 12 else {
            return false
        }
        return answer.elementsEqual("HTTP/1.1 200".utf8)
    }

    static func socket() throws -> Int32 {
        let made = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard made >= 0 else {
            throw Advice(.unreachable, "the system gives no socket", remedy: "try again")
        }
        return made
    }

    static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}

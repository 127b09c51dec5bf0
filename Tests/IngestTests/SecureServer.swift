import Counterparts
import Foundation

@testable import SourceSystems

/// A server's TLS side: an authority made for the test, a certificate that it signed, and a proxy in
/// Python (and so OpenSSL, where we have BoringSSL) that speaks TLS before a plain server.
final class SecureServer: @unchecked Sendable {
    // Unchecked: Process is used by one test at a time.
    private let process = Process()
    private let input = Pipe()
    private let folder: ScratchFolder
    /// The certificate of the authority that signed the server's.
    let authorities: String
    /// The port that speaks TLS.
    let port: Int

    /// Begins to serve before a port of 127.0.0.1, under a certificate for some names.
    init(before plainPort: Int, names: String = "IP:127.0.0.1,DNS:localhost", days: Int = 2) throws
    {
        folder = try ScratchFolder()
        let place = folder.path
        authorities = place + "/authority.pem"
        let steps = """
            cd '\(place)'
            openssl req -x509 -days 2 -keyout authority.key -out authority.pem -subj /CN=Authority \(Self.key)
            openssl req -keyout server.key -out server.csr -subj /CN=server \
                -addext 'subjectAltName=\(names)' \(Self.key)
            openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial \
                -copy_extensions copy -days \(days) -out server.pem
            """
        try Readers.run("sh", ["-ec", steps])
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Support/tls_proxy.py").path
        process.executableURL = URL(fileURLWithPath: try Readers.interpreter())
        process.arguments = [
            script, place + "/server.pem", place + "/server.key", String(plainPort),
        ]
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Readers.Failure(description: "the TLS proxy did not start")
        }
        self.port = port
    }

    private static let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}

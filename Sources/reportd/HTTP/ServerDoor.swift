import Foundation
import HummingbirdCore
import HummingbirdTLS
import NIOCore
import NIOSSL
import Vocabulary

/// The files by which the program speaks TLS itself.
struct ServerCertificate: Sendable, Hashable {
    /// The certificate and those that lead to an authority, in PEM.
    let certificateFile: String
    /// The private key, in PEM.
    let keyFile: String
}

/// How connections are taken.
enum ServerDoor {
    /// Seconds after which a connection on which nothing is asked is closed; also how long the head of
    /// a request may take.
    static let idleSeconds = Int64(60)

    /// The server of a program, with TLS where there is a certificate; it answers again what it can.
    ///
    /// - Throws: `Advice` when the certificate or its key cannot be used.
    static func builder(
        _ certificate: ServerCertificate?, _ repeater: Repeater
    ) throws -> HTTPServerBuilder {
        let plain = HTTPServerBuilder { responder in
            RepeatingChannel(
                base: HTTP1Channel(
                    responder: responder,
                    configuration: .init(idleTimeout: .seconds(idleSeconds))), repeater: repeater)
        }
        guard let certificate else { return plain }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate.certificateFile)
            let key = try NIOSSLPrivateKey(file: certificate.keyFile, format: .pem)
            var tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            tls.minimumTLSVersion = .tlsv12
            // A key that is not the certificate's shows only when a context is made of both.
            _ = try NIOSSLContext(configuration: tls)
            return try .tls(plain, tlsConfiguration: tls)
        } catch {
            throw Advice(
                .definition,
                "the certificate \(certificate.certificateFile) cannot be used with the key "
                    + certificate.keyFile,
                remedy:
                    "check that both are PEM files that this user may read, and that the key is "
                    + "that of the certificate", cause: "\(error)")
        }
    }
}

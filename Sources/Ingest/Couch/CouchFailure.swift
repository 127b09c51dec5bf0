import AsyncHTTPClient
import NIOCore
import NIOSSL
import Vocabulary

/// What went wrong between us and a CouchDB server.
enum CouchFailure: Error {
    /// The server cannot be reached, or broke off.
    case broken(cause: String)
    /// A connection by TLS that was not made, before anything was said.
    case insecure(Insecurity, cause: String)
    /// No sign of life came for too long.
    case silent(Duration)
    /// An answer that says no.
    case refused(status: Int, error: String, reason: String, path: String)
    /// Something that CouchDB does not answer.
    case foreign(String)
    /// A followed database is not what it was; everything is decided anew.
    case databaseChanged(String)
    /// A feed came to its end in good order.
    case feedEnded

    /// Why a connection by TLS is not made.
    enum Insecurity {
        /// No authority that is trusted has signed the certificate, or its time is over.
        case certificate
        /// The certificate is for another name.
        case name
        /// The server does not speak TLS at this port.
        case noTLS

        /// Takes an error of the TLS library for what it means; nil for any other error.
        init?(_ error: any Error) {
            if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
                self = .name
                return
            }
            guard case .handshakeFailed? = error as? NIOSSLError else { return nil }
            // The library tells the reasons of BoringSSL in words only.
            let text = "\(error)"
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                self = .certificate
            } else if ["WRONG_VERSION_NUMBER", "HTTP_REQUEST"].contains(where: text.contains) {
                self = .noTLS
            } else {
                return nil
            }
        }
    }

    /// Takes an error of the HTTP client for what it means here.
    init(_ error: any Error, silence: Duration) {
        switch error {
        case let failure as CouchFailure: self = failure
        case let failure as HTTPClientError where failure == .readTimeout: self = .silent(silence)
        default:
            self =
                Insecurity(error).map { .insecure($0, cause: "\(error)") }
                ?? .broken(cause: "\(error)")
        }
    }

    /// The failure as a person should read it.
    func advice(source: String, address: CouchAddress) -> Advice {
        let server = "the CouchDB server \(address.target) of source ‘\(source)’"
        switch self {
        case .broken(let cause):
            return Advice(
                .unreachable, "\(server) cannot be reached or broke off",
                remedy: "see that it runs and that reportd.yaml names its address; it is tried "
                    + "again by itself", cause: cause)
        case .insecure(let insecurity, let cause):
            return Self.advice(insecurity, server: server, address: address, cause: cause)
        case .silent(let time):
            return Advice(
                .unreachable, "\(server) sent nothing for \(time.shown)",
                remedy: "see whether it is overloaded or a proxy holds its answers back; it is "
                    + "tried again by itself")
        case .foreign(let what):
            return Advice(
                .unreachable, "\(server) answered what CouchDB does not: \(what)",
                remedy: "see that the address in reportd.yaml is that of CouchDB itself; it is "
                    + "tried again by itself")
        case .databaseChanged(let name):
            return Advice(
                .busy, "database ‘\(name)’ of source ‘\(source)’ was made anew or purged",
                remedy: "it is read again by itself")
        case .feedEnded:
            return Advice(
                .unreachable, "\(server) ended the feed of changes",
                remedy: "it is followed again by itself")
        case .refused(let status, let error, let reason, let path):
            // A server's report of its own fault may quote the document at hand.
            let words = status < 500 ? "\(error): \(reason)" : error
            return Self.advice(
                status: status, cause: "\(status) \(words)", path: path, source: source,
                server: server, address: address)
        }
    }

    /// Nothing was sent, no password either; what is wrong may be mended at the server.
    private static func advice(
        _ insecurity: Insecurity, server: String, address: CouchAddress, cause: String
    ) -> Advice {
        switch insecurity {
        case .certificate:
            let trusted = address.authorities.map { "in ‘\($0)’" } ?? "that this machine trusts"
            return Advice(
                .unreachable,
                "the certificate of \(server) is signed by no authority \(trusted), or its time "
                    + "is over",
                remedy: "put the certificate of the authority that signed it into a file in PEM "
                    + "form and name it in the address (https://…/?ca=FILE), or renew the server's "
                    + "certificate; it is tried again by itself", cause: cause)
        case .name:
            return Advice(
                .unreachable, "the certificate of \(server) is for another name",
                remedy: "write the name that it is for into the address (openssl x509 -noout -ext "
                    + "subjectAltName shows it), or have one made for this name; it is tried again "
                    + "by itself", cause: cause)
        case .noTLS:
            return Advice(
                .unreachable, "\(server) does not speak TLS",
                remedy: "name the port that does (6984, unless set otherwise) in the address, or "
                    + "write http:// where the way to it is private; it is tried again by itself",
                cause: cause)
        }
    }

    private static func advice(
        status: Int, cause: String, path: String, source: String, server: String,
        address: CouchAddress
    ) -> Advice {
        let database = path.split(separator: "/").first.map(String.init) ?? path
        switch status {
        case 401 where address.user == nil:
            return Advice(
                .denied, "\(server) wants a name and a password",
                remedy: "write them into the address: http://user:password@host:5984",
                cause: cause)
        case 401:
            return Advice(
                .denied, "\(server) does not accept the name and the password",
                remedy: "correct them in the address in reportd.yaml", cause: cause)
        case 403:
            let user = address.user ?? "reportd"
            return Advice(
                .denied, "user ‘\(user)’ may not read database ‘\(database)’ of source ‘\(source)’",
                remedy: "as an administrator of CouchDB, add it to the members: PUT "
                    + "/\(database)/_security {\"members\":{\"names\":[\(JSONText.quoted(user))]}}, "
                    + "beside those who are there", cause: cause)
        case 404:
            return Advice(
                .unknown, "database ‘\(database)’ of source ‘\(source)’ does not exist",
                remedy: "create it, or correct its name in the mapping; rows read before stay",
                cause: cause)
        case 408, 429, 500...:
            return Advice(
                .unreachable, "\(server) could not answer (\(status))",
                remedy: "see its log; it is tried again by itself", cause: cause)
        case 300..<400:
            return Advice(
                .definition, "\(server) sends readers elsewhere (\(status))",
                remedy: "write the address that it names into reportd.yaml", cause: cause)
        default:
            return Advice(
                .input, "\(server) refused a request (\(status))",
                remedy: "see that it is CouchDB 2 or newer, or report this", cause: cause)
        }
    }

    /// Whether a sequence that we stored is no longer accepted.
    var isMalformedSequence: Bool {
        guard case .refused(400, _, let reason, _) = self else { return false }
        return reason.contains("since")
    }
}

extension Duration {
    /// `30 s`, or `250 ms`.
    fileprivate var shown: String {
        let milliseconds =
            components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }
}

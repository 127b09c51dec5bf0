import AsyncHTTPClient
import NIOCore
import Vocabulary

/// What went wrong between us and a CouchDB server.
enum CouchFailure: Error {
    /// The server cannot be reached, or broke off.
    case broken(cause: String)
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

    /// Takes an error of the HTTP client for what it means here.
    init(_ error: any Error, silence: Duration) {
        switch error {
        case let failure as CouchFailure: self = failure
        case let failure as HTTPClientError where failure == .readTimeout: self = .silent(silence)
        default: self = .broken(cause: "\(error)")
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
            return Self.advice(
                status: status, cause: "\(status) \(error): \(reason)", path: path,
                source: source, server: server, address: address)
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

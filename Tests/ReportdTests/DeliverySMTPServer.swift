import Counterparts
import Foundation
import Testing
import Vocabulary

@testable import reportd

/// A folder that is gone when the test is over.
final class DeliveryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/reportd-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws -> String {
        let file = path + "/" + name
        let parent = URL(fileURLWithPath: file).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }
}

/// A mail server that reads in a recipient's address how to treat it.
///
/// It is `Tests/Support/smtp_server.py`, and ends with the test process.
final class DeliverySMTPServer: Sendable {
    /// What the server knows about a message it kept.
    struct Kept: Decodable {
        let from: String
        let to: [String]
        let greeting: String
        let connection: Int
        let encrypted: Bool
        let user: String?
    }
    private struct Address: Decodable {
        let port: Int
        let authorities: String?
    }

    let port: Int
    let authorities: String?
    private let folder: DeliveryFolder
    /// Its end is the server's end.
    private let life: FileHandle

    init(_ security: MailServer.Security, account: [String] = []) throws {
        let folder = try DeliveryFolder()
        let address: Address
        (address, life) = try Readers.serve(
            "smtp_server.py", [folder.path, security.rawValue] + account)
        self.folder = folder
        (port, authorities) = (address.port, address.authorities)
    }

    static let plain = Result { try DeliverySMTPServer(.plain) }
    static let starttls = Result {
        try DeliverySMTPServer(.starttls, account: ["reports", "open sesame"])
    }
    static let tls = Result { try DeliverySMTPServer(.tls) }

    /// The settings for it.
    func settings(
        _ security: MailServer.Security = .plain, user: String? = nil, password: String? = nil,
        authorities: String? = nil, messageSeconds: Int = 20
    ) throws -> MailServer {
        try MailServer(
            host: "localhost", port: port, security: security, user: user,
            password: password.map { HiddenText(secret: $0) }, authorities: authorities,
            sender: EnvelopeAddress("reports@example.org"), connectSeconds: 5,
            messageSeconds: messageSeconds)
    }

    /// The messages it kept for a recipient, in order.
    func kept(for recipient: String) throws -> [(kept: Kept, message: [UInt8])] {
        var found: [(kept: Kept, message: [UInt8])] = []
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let numbers = names.filter { $0.hasSuffix(".json") }
            .compactMap { Int($0.dropLast(5)) }.sorted()
        for number in numbers {
            let record = URL(fileURLWithPath: "\(folder.path)/\(number).json")
            let kept = try JSONDecoder().decode(Kept.self, from: Data(contentsOf: record))
            guard kept.to == [recipient] else { continue }
            let message = URL(fileURLWithPath: "\(folder.path)/\(number).eml")
            found.append((kept, [UInt8](try Data(contentsOf: message))))
        }
        return found
    }
}

extension DeliverySMTPServer {
    /// A message that tries a mail client: a leading dot, a lone dot, an empty line at the end.
    static func message(_ words: String = "Hello") -> [UInt8] {
        Array(
            "From: reports@example.org\r\nSubject: \(words)\r\n\r\n.dot\r\n.\r\n..\r\n\(words)\r\n\r\n"
                .utf8)
    }
}

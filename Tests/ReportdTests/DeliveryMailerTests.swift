import Foundation
import Testing
import Vocabulary

@testable import reportd

@Suite("Mailer")
struct DeliveryMailerTests {
    private func address(_ treatment: String) throws -> EnvelopeAddress {
        try EnvelopeAddress("\(treatment).\(UUID().uuidString.lowercased())@example.com")
    }

    @Test("hands the bytes over unchanged, several messages over one connection")
    func plain() async throws {
        let server = try DeliverySMTPServer.plain.get()
        let mailer = try Mailer(server.settings())
        let recipient = try address("ok")
        let long = DeliverySMTPServer.message(String(repeating: "long ", count: 180))
        let large =
            DeliverySMTPServer.message()
            + Array(String(repeating: ".x\r\n", count: 99_999).utf8)
        for message in [DeliverySMTPServer.message(), long, large] {
            let outcome = try await mailer.send(message, to: recipient)
            #expect(outcome == .accepted(MailReply(code: 250, text: "kept")))
        }
        let kept = try server.kept(for: recipient.text)
        #expect(kept.map(\.message) == [DeliverySMTPServer.message(), long, large])
        #expect(Set(kept.map(\.kept.connection)).count == 1)
        #expect(kept.allSatisfy { !$0.kept.encrypted && $0.kept.from == "reports@example.org" })
        #expect(kept.allSatisfy { $0.kept.greeting == "example.org" })
    }

    @Test("STARTTLS with a password, and TLS")
    func encrypted() async throws {
        let starttls = try DeliverySMTPServer.starttls.get()
        let signedIn = try Mailer(
            starttls.settings(
                .starttls, user: "reports", password: "open sesame",
                authorities: starttls.authorities))
        let recipient = try address("ok")
        for _ in 0..<2 {
            let outcome = try await signedIn.send(DeliverySMTPServer.message(), to: recipient)
            #expect(outcome == .accepted(MailReply(code: 250, text: "kept")))
        }
        let kept = try starttls.kept(for: recipient.text)
        #expect(kept.count == 2)
        #expect(kept.allSatisfy { $0.kept.encrypted && $0.kept.user == "reports" })

        let tls = try DeliverySMTPServer.tls.get()
        let mailer = try Mailer(tls.settings(.tls, authorities: tls.authorities))
        let outcome = try await mailer.send(DeliverySMTPServer.message(), to: recipient)
        #expect(outcome == .accepted(MailReply(code: 250, text: "kept")))
        #expect(try tls.kept(for: recipient.text).map(\.kept.encrypted) == [true])
    }

    @Test(
        "refusals keep the server's code and words",
        arguments: [
            ("rcpt-451", 451), ("rcpt-550", 550), ("data-452", 452), ("data-554", 554),
        ])
    func refusals(treatment: String, code: Int) async throws {
        let server = try DeliverySMTPServer.plain.get()
        let mailer = try Mailer(server.settings())
        let recipient = try address(treatment)
        let outcome = try await mailer.send(DeliverySMTPServer.message(), to: recipient)
        #expect(outcome.reply?.code == code)
        #expect(outcome.reply?.text.hasSuffix("says the test") == true)
        switch outcome {
        case .deferred: #expect(code < 500)
        case .refused: #expect(code >= 500)
        default: Issue.record("\(outcome)")
        }
        #expect(try server.kept(for: recipient.text).isEmpty)
        // A refusal of one says nothing about the next.
        let next = try await mailer.send(DeliverySMTPServer.message(), to: address("ok"))
        #expect(next.reply?.code == 250)
    }

    @Test(
        "a connection cut before the message's end: it was not sent", arguments: ["rcpt", "body"])
    func cutBefore(place: String) async throws {
        let server = try DeliverySMTPServer.plain.get()
        let mailer = try Mailer(server.settings())
        let recipient = try EnvelopeAddress(
            "drop-\(place)@\(UUID().uuidString.lowercased()).example")
        // Long enough that the server cuts while we still write.
        let long = Array(String(repeating: "0123456789abcde\r\n", count: 200_000).utf8)
        let outcome = try await mailer.send(long, to: recipient)
        guard case .unavailable(let advice) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(advice.kind == .unreachable)
        #expect(try server.kept(for: recipient.text).isEmpty)
    }

    @Test("421 concerns the connection, not the recipient")
    func closing() async throws {
        let mailer = try Mailer(DeliverySMTPServer.plain.get().settings())
        let outcome = try await mailer.send(DeliverySMTPServer.message(), to: address("rcpt-421"))
        guard case .unavailable(let advice) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(advice.happened.contains("421"))
    }

    @Test("handed over and never answered: nobody knows", arguments: ["drop-answer", "silent"])
    func lost(treatment: String) async throws {
        let server = try DeliverySMTPServer.plain.get()
        let mailer = try Mailer(server.settings(messageSeconds: treatment == "silent" ? 1 : 20))
        let recipient = try address(treatment)
        let outcome = try await mailer.send(DeliverySMTPServer.message(), to: recipient)
        guard case .lost = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(try server.kept(for: recipient.text).count == 1)
    }

    @Test("a connection that the server closed meanwhile is made anew")
    func idle() async throws {
        let server = try DeliverySMTPServer.plain.get()
        let mailer = try Mailer(server.settings())
        let first = try address("close")
        #expect(try await mailer.send(DeliverySMTPServer.message(), to: first).reply?.code == 250)
        let second = try address("ok")
        #expect(try await mailer.send(DeliverySMTPServer.message(), to: second).reply?.code == 250)
        let connections = try [first, second].map {
            try server.kept(for: $0.text)[0].kept.connection
        }
        #expect(connections[0] != connections[1])
        #expect(try server.kept(for: second.text).count == 1)
    }

    @Test("what is wrong with the server is said in one line")
    func advice() async throws {
        let starttls = try DeliverySMTPServer.starttls.get()
        let plain = try DeliverySMTPServer.plain.get()
        let tls = try DeliverySMTPServer.tls.get()
        let sender = try EnvelopeAddress("reports@example.org")
        let unused = try MailServer(
            host: "localhost", port: 1, security: .plain, sender: sender)
        let unknown = try MailServer(
            host: "mail.invalid", port: 25, security: .plain, sender: sender)
        let otherName = try MailServer(
            host: "127.0.0.1", port: tls.port, security: .tls, authorities: tls.authorities,
            sender: sender)
        let wrongPassword = try starttls.settings(
            .starttls, user: "reports", password: "open barley",
            authorities: starttls.authorities)
        let cases: [(MailServer, Advice.Kind, String)] = [
            (
                unused, .unreachable,
                "mail server localhost:1 does not accept connections; check that it runs, that "
                    + "‘mail.port’ is right and no firewall is between"
            ),
            (
                unknown, .unreachable,
                "mail server mail.invalid:25 cannot be found by that name; check ‘mail.host’, and "
                    + "that this machine can look names up"
            ),
            (
                wrongPassword, .denied,
                "mail server localhost:\(starttls.port) does not accept the user name or the "
                    + "password; check ‘mail.user’ and the file of ‘mail.password-file’"
            ),
            (
                try tls.settings(.tls), .unreachable,
                "mail server localhost:\(tls.port) shows a certificate that is not trusted or "
                    + "bears another name; check ‘mail.host’; if the authority is your own, name "
                    + "its file in ‘mail.ca-file’"
            ),
            (
                otherName, .unreachable,
                "mail server 127.0.0.1:\(tls.port) shows a certificate that is not trusted or "
                    + "bears another name; check ‘mail.host’; if the authority is your own, name "
                    + "its file in ‘mail.ca-file’"
            ),
            (
                try plain.settings(.starttls), .unreachable,
                "mail server localhost:\(plain.port) does not offer STARTTLS; set ‘mail.security’ "
                    + "to tls if its port is for TLS, or ask its administrator"
            ),
            (
                try plain.settings(.tls), .unreachable,
                "mail server localhost:\(plain.port) does not speak TLS here; check that "
                    + "‘mail.security’ fits ‘mail.port’ (tls for 465, starttls for 587)"
            ),
        ]
        for (server, kind, words) in cases {
            let mailer = try Mailer(server)
            let outcome = try await mailer.send(DeliverySMTPServer.message(), to: address("ok"))
            guard case .unavailable(let advice) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(advice.kind == kind)
            #expect(advice.description == words)
            #expect(!advice.debugDescription.contains("barley"))
        }
    }

    @Test("a password is not sent over the network in clear, and not shown")
    func password() throws {
        let sender = try EnvelopeAddress("reports@example.org")
        let password = HiddenText(secret: "open sesame")
        #expect(
            throws: Advice(
                .definition, "the mail password would go to mail.example.com in clear",
                remedy: "set ‘mail.security’ to starttls or tls")
        ) {
            try MailServer(
                host: "mail.example.com", security: .plain, user: "u", password: password,
                sender: sender)
        }
        let server = try MailServer(
            host: "mail.example.com", security: .tls, user: "u", password: password, sender: sender)
        var dumped = ""
        dump(server, to: &dumped)
        for text in ["\(server)", String(reflecting: server), dumped] {
            #expect(!text.contains("sesame"))
        }
    }

    @Test(
        "lines that do not end with CRLF are not sent",
        arguments: ["a\nb\r\n", "a\rb\r\n", "a", ""])
    func lines(text: String) async throws {
        let mailer = try Mailer(DeliverySMTPServer.plain.get().settings())
        let recipient = try address("ok")
        await #expect(throws: Advice.self) {
            try await mailer.send(Array(text.utf8), to: recipient)
        }
    }

    @Test("addresses that would end an SMTP command are refused")
    func addresses() throws {
        for text in ["", "a", "a@", "@b", "a@b@c", "a b@c", "a@c>", "a@c\r\nRCPT TO:<x@y>", "å@c"] {
            #expect(throws: Advice.self) { try EnvelopeAddress(text) }
        }
        #expect(try EnvelopeAddress("Anna@Example.COM").text == "Anna@example.com")
    }

    @Test("the section of the configuration is read, with the place of each mistake")
    func configuration() throws {
        let folder = try DeliveryFolder()
        let file = try folder.write("open sesame\nsecond line\n", to: "password")
        let text = """
            host: mail.example.com
            security: starttls
            user: reports
            password-file: \(file)
            from: reports@Example.com
            from-name: Reports
            """
        let server = try MailServer(DefinitionNode(parsing: text, file: "reportd.yaml"))
        #expect(server.port == 587)
        #expect(server.password?.secret == "open sesame")
        #expect(server.sender.text == "reports@example.com")
        let mistakes = [
            (
                "security: starttls", "security: startls",
                "reportd.yaml:2:11: ‘startls’ is not a kind "
                    + "of mail security; did you mean ‘starttls’?"
            ),
            ("host:", "hots:", "reportd.yaml:1:1: ‘hots’ is not known here; did you mean ‘host’?"),
            (
                "security: starttls", "security: plain",
                "reportd.yaml:1:7: the mail password would go "
                    + "to mail.example.com in clear; set ‘mail.security’ to starttls or tls"
            ),
            (
                file, "/nowhere",
                "reportd.yaml:4:16: there is no password in /nowhere; write it into "
                    + "that file, readable by this user only"
            ),
        ]
        for (right, wrong, words) in mistakes {
            let broken = text.replacing(right, with: wrong)
            let advice = #expect(throws: Advice.self) {
                try MailServer(DefinitionNode(parsing: broken, file: "reportd.yaml"))
            }
            #expect(advice?.description == words)
        }
    }
}

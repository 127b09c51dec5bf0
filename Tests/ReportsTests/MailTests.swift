import Counterparts
import Foundation
import Reports
import Testing
import Vocabulary

@Suite("Mail") struct MailTests {
    private func message(_ document: ReportDocument, _ tag: String = "da") throws -> MailMessage {
        let body = try ReportMail(
            document, locale: ReportLocale(tag), link: "https://reports.example.org/r?a=1&b=2")
        var message = MailMessage(
            from: try MailAddress("reports@example.org", name: "Rapporter, Tekup"),
            to: [try MailAddress("anna@example.org", name: "Anna Ødegård")],
            subject: "Omsætning – juni 2026: " + String(repeating: "årsopgørelse ", count: 12),
            messageID: "delivery-17@reports.example.org",
            date: try #require(Instant("2026-07-01T07:00:00Z")), text: body.text, html: body.html)
        message.images = body.images
        message.unsubscribe = "https://reports.example.org/unsubscribe?t=abc"
        message.attachments = [
            .init(
                fileName: "salg-2026-06.pdf", contentType: "application/pdf",
                bytes: (0..<5000).map { UInt8(truncatingIfNeeded: $0 * 31) }),
            .init(
                fileName:
                    "opgørelse “juni” 2026 – med et meget langt navn, som ingen kan huske.csv",
                contentType: "text/csv; charset=utf-8", bytes: Array("a;b\r\n".utf8)),
        ]
        return message
    }

    @Test("Python's email reads the parts, names, pictures and files back")
    func readBack() throws {
        let scratch = try Scratch()
        let document = Samples.document(rows: 30)
        let message = try message(document)
        let bytes = try message.bytes()
        let path = scratch.file("mail.eml")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        struct Answer: Decodable {
            let tree: [String]
            let subject: String
            let from: String
            let to: String
            let id: String
            let date: String
            let unsubscribe: [String]
            let text: String
            let html: String
            let cids: [String]
            let names: [String]
            let sizes: [Int]
            let first: String
            let defects: [String]
            let longest: Int
            let longestBase64: Int
            let bare: Int
        }
        let answer: Answer = try Readers.python(
            """
            import email, email.policy, re, hashlib
            raw = open(sys.argv[1], "rb").read()
            m = email.message_from_bytes(raw, policy=email.policy.default)
            parts = list(m.walk())
            files = list(m.iter_attachments())
            files = [p for p in parts if p.get_content_disposition() == "attachment"]
            lines = raw.split(b"\\r\\n")
            b64 = [l for l in lines if re.fullmatch(rb"[A-Za-z0-9+/=]{60,}", l)]
            emit({"tree": [p.get_content_type() for p in parts], "subject": m["subject"],
                  "from": m["from"].addresses[0].display_name, "to": str(m["to"]),
                  "id": m["message-id"], "date": m["date"].datetime.isoformat(),
                  "unsubscribe": [m["list-unsubscribe"], m["list-unsubscribe-post"]],
                  "text": m.get_body(("plain",)).get_content(),
                  "html": m.get_body(("html",)).get_content(),
                  "cids": [p["content-id"] for p in parts if p["content-id"]],
                  "names": [p.get_filename() for p in files],
                  "sizes": [len(p.get_payload(decode=True)) for p in files],
                  "first": hashlib.sha256(files[0].get_payload(decode=True)).hexdigest(),
                  "defects": [str(d) for p in parts for d in p.defects],
                  "longest": max(map(len, lines)), "longestBase64": max(map(len, b64)),
                  "bare": len(re.findall(rb"(?<!\\r)\\n|\\r(?!\\n)", raw))})
            """, [path])
        #expect(
            answer.tree == [
                "multipart/mixed", "multipart/related", "multipart/alternative", "text/plain",
                "text/html", "image/png", "image/png", "application/pdf", "text/csv",
            ])
        #expect(answer.subject == message.subject)
        #expect(answer.from == "Rapporter, Tekup")
        #expect(answer.to == "Anna Ødegård <anna@example.org>")
        #expect(answer.id == "<delivery-17@reports.example.org>")
        #expect(answer.date == "2026-07-01T07:00:00+00:00")
        #expect(
            answer.unsubscribe == [
                "<https://reports.example.org/unsubscribe?t=abc>", "List-Unsubscribe=One-Click",
            ])
        #expect(answer.names == message.attachments.map(\.fileName))
        #expect(answer.sizes == [5000, 5])
        #expect(answer.defects == [])
        #expect(answer.longest <= 90)
        #expect(answer.longestBase64 == 76)
        #expect(answer.bare == 0)
        #expect(answer.cids == message.images.map { "<\($0.contentID)>" })
        for image in message.images {
            #expect(answer.html.contains("src=\"cid:\(image.contentID)\""))
        }
        // Line breaks within cells travel as CRLF and come back as LF; the last one is the boundary's.
        func normal(_ text: String) -> String {
            text.replacing("\r\n", with: "\n").trimmingCharacters(in: .newlines)
        }
        let sameText = normal(answer.text) == normal(message.text)
        let sameHTML = normal(answer.html) == normal(try #require(message.html))
        #expect(sameText)
        #expect(sameHTML)
        #expect(try message.bytes() == bytes)
    }

    @Test(
        "the body shows figures, the first rows, totals and where they come from",
        arguments: ["da", "en"])
    func body(tag: String) throws {
        let document = Samples.document(rows: 30, remarks: ["incomplete <here>"])
        let locale = ReportLocale(tag)
        let mail = try ReportMail(document, locale: locale, note: "Look & see")
        let table = try #require(document.tables.first)
        let total = try #require(table.totals.first)
        let sum = locale.format(total.cells[6], kind: .money, zone: .utc)
        for body in [mail.text, mail.html] {
            #expect(body.contains(sum))
            #expect(body.contains(locale.firstRows(10, of: 30)))
            #expect(body.contains("Europe/Copenhagen"))
            #expect(body.contains(locale.change(Samples.figures[0].change[0])))
        }
        #expect(
            mail.html.contains("incomplete &lt;here&gt;") && mail.html.contains("Look &amp; see"))
        #expect(!mail.html.contains("<b>bold</b>"))
        #expect(mail.images.count == 2)
        #expect(mail.subject == "Sales register – Rendetalje ApS · \(locale.longMonth(6)) 2026")
    }

    @Test("a line break in a header value is refused, wherever it comes from")
    func injection() throws {
        let evil = "x\r\nBcc: everyone@example.org"
        #expect(throws: Advice.self) { try MailAddress("anna@example.org\r\nBcc: b@example.org") }
        #expect(throws: Advice.self) { try MailAddress("anna@example.org", name: evil) }
        let changes: [(inout MailMessage) -> Void] = [
            { $0.subject = evil }, { $0.subject = "a\nb" }, { $0.messageID = evil },
            { $0.unsubscribe = "https://example.org/\r\nX: y" },
            { $0.attachments[0] = .init(fileName: evil, contentType: "a/b", bytes: []) },
            { $0.attachments[0] = .init(fileName: "a", contentType: "a/b\r\nX: y", bytes: []) },
            { $0.images[0] = .init(contentID: "a>\r\nX: y", bytes: []) }, { $0.to = [] },
        ]
        for change in changes {
            var message = try message(Samples.document(rows: 1))
            change(&message)
            let advice = #expect(throws: Advice.self) { try message.bytes() }
            #expect(advice?.kind == .request)
            #expect(advice?.description.contains("\n") == false)
        }
    }

    @Test(
        "addresses that no server takes are refused",
        arguments: [
            "", "anna", "@example.org", "anna@", "a@b@c", "anna ø@example.org", "<a@b.org>",
            "a,b@c.org",
        ])
    func addresses(text: String) {
        #expect(throws: Advice.self) { try MailAddress(text) }
    }

    @Test("a message of text only has one part; a point alone on a line is encoded")
    func plain() throws {
        var message = MailMessage(
            from: try MailAddress("a@example.org"), to: [try MailAddress("b@example.org")],
            subject: "Hello", messageID: "1@example.org", date: Instant(seconds: 0),
            text: "first \n.\nFrom here\n" + String(repeating: "ø", count: 100))
        message.cc = [try MailAddress("c@example.org")]
        let text = String(decoding: try message.bytes(), as: UTF8.self)
        #expect(text.contains("Content-Type: text/plain; charset=utf-8\r\n"))
        #expect(text.contains("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"))
        #expect(text.contains("Cc: c@example.org\r\n"))
        #expect(text.contains("first=20\r\n=2E\r\n=46rom here\r\n"))
        #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 76 })
        #expect(!text.contains("multipart"))
    }
}

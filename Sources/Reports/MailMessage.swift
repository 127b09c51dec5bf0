public import Vocabulary

/// A message and its bytes after RFC 5322.
///
/// Structure: `multipart/mixed(related(alternative(text, html), images), attachments)`; levels that
/// would hold one part only are left out. Text is quoted-printable, files are base64 in lines of 76
/// columns, so no line is longer than 78 characters but for identifiers that may not be folded.
///
/// The message asks neither the clock nor chance: date and Message-ID are given (the same ones when
/// a delivery is tried again), and boundaries derive from the Message-ID. They contain `=_`, which
/// neither encoding can produce, so no content can end a part.
public struct MailMessage: Sendable {
    /// A picture that the HTML shows as `<img src="cid:…">`.
    public struct Image: Sendable, Hashable {
        /// The name after `cid:`, letters, digits, `.`, `-` and `@` only.
        public let contentID: String
        /// The media type, such as `image/png`.
        public let contentType: String
        /// The picture.
        public let bytes: [UInt8]

        /// Makes an inline picture.
        public init(contentID: String, contentType: String = "image/png", bytes: [UInt8]) {
            self.contentID = contentID
            self.contentType = contentType
            self.bytes = bytes
        }
    }

    /// A file that comes along.
    public struct Attachment: Sendable, Hashable {
        /// The name under which it is saved; any script.
        public let fileName: String
        /// The media type.
        public let contentType: String
        /// The file.
        public let bytes: [UInt8]

        /// Makes an attachment.
        public init(fileName: String, contentType: String, bytes: [UInt8]) {
            self.fileName = fileName
            self.contentType = contentType
            self.bytes = bytes
        }
    }

    /// Who sends it.
    public var from: MailAddress
    /// Who receives it.
    public var to: [MailAddress]
    /// Who receives a copy.
    public var cc: [MailAddress] = []
    /// Where answers go, when not to the sender.
    public var replyTo: MailAddress?
    /// The subject.
    public var subject: String
    /// The identifier without angle brackets: `delivery-17@reports.example.org`.
    public var messageID: String
    /// The date the message bears.
    public var date: Instant
    /// The body for readers without HTML.
    public var text: String
    /// The body in HTML; nil for a message of text only.
    public var html: String?
    /// Pictures in the HTML.
    public var images: [Image] = []
    /// Files that come along.
    public var attachments: [Attachment] = []
    /// An https address that ends the subscription when posted to (RFC 8058); nil for none.
    public var unsubscribe: String?

    /// Makes a message; what is optional is set afterwards.
    public init(
        from: MailAddress, to: [MailAddress], subject: String, messageID: String, date: Instant,
        text: String, html: String? = nil
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.messageID = messageID
        self.date = date
        self.text = text
        self.html = html
    }

    /// The message as it goes to the mail server, lines ended by CRLF.
    ///
    /// - Throws: `Advice` when there is no recipient, or a header value holds a line break or is
    ///   not of its form.
    public func bytes() throws -> [UInt8] {
        guard !to.isEmpty else {
            throw Advice(.request, "the mail has no recipient", remedy: "name at least one")
        }
        var header = ""
        func field(_ name: String, _ value: String) { header += "\(name): \(value)\r\n" }
        let subject = try MailHeader.checked(subject, in: "the subject")
        field("Date", MailHeader.date(date))
        field("From", from.header)
        field("To", MailHeader.list(to))
        if !cc.isEmpty { field("Cc", MailHeader.list(cc)) }
        if let replyTo { field("Reply-To", replyTo.header) }
        field("Message-ID", "<\(try Self.identifier(messageID, "Message-ID"))>")
        field("Subject", MailHeader.encodedText(subject, after: "Subject"))
        if let unsubscribe {
            let url = try MailHeader.checked(unsubscribe, in: "the address to unsubscribe")
            guard url.hasPrefix("https://"),
                url.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 60 && $0 != 62 }),
                url.utf8.count < 900
            else {
                throw Advice(
                    .request, "the address to unsubscribe is not an https address",
                    remedy: "give one that begins with https://")
            }
            field("List-Unsubscribe", "<\(url)>")
            field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
        }
        // Keeps holiday notices from answering (RFC 3834).
        field("Auto-Submitted", "auto-generated")
        field("MIME-Version", "1.0")
        var out = Array(header.utf8)
        let boundaries = MailBoundaries(messageID)
        try appendMixed(boundaries, to: &out)
        return out
    }

    private func appendMixed(_ boundaries: MailBoundaries, to out: inout [UInt8]) throws {
        if attachments.isEmpty { return try appendRelated(boundaries, to: &out) }
        let boundary = boundaries.mixed
        out += "Content-Type: multipart/mixed;\r\n boundary=\"\(boundary)\"\r\n\r\n".utf8
        out += "--\(boundary)\r\n".utf8
        try appendRelated(boundaries, to: &out)
        for attachment in attachments {
            let name = try MailHeader.checked(attachment.fileName, in: "the name of an attachment")
            out += "--\(boundary)\r\n".utf8
            out += "Content-Type: \(try Self.mediaType(attachment.contentType))\r\n".utf8
            out += "Content-Disposition: attachment".utf8
            out += "\(MailHeader.parameter("filename", name))\r\n".utf8
            out += "Content-Transfer-Encoding: base64\r\n\r\n".utf8
            MailEncoding.appendBase64Lines(attachment.bytes, to: &out)
        }
        out += "--\(boundary)--\r\n".utf8
    }

    private func appendRelated(_ boundaries: MailBoundaries, to out: inout [UInt8]) throws {
        guard html != nil, !images.isEmpty else {
            return appendAlternative(boundaries, to: &out)
        }
        let boundary = boundaries.related
        out += "Content-Type: multipart/related; type=\"multipart/alternative\";\r\n".utf8
        out += " boundary=\"\(boundary)\"\r\n\r\n--\(boundary)\r\n".utf8
        appendAlternative(boundaries, to: &out)
        for image in images {
            let identifier = try Self.identifier(image.contentID, "Content-ID")
            out += "--\(boundary)\r\n".utf8
            out += "Content-Type: \(try Self.mediaType(image.contentType))\r\n".utf8
            out += "Content-ID: <\(identifier)>\r\n".utf8
            out += "Content-Disposition: inline\r\n".utf8
            out += "Content-Transfer-Encoding: base64\r\n\r\n".utf8
            MailEncoding.appendBase64Lines(image.bytes, to: &out)
        }
        out += "--\(boundary)--\r\n".utf8
    }

    private func appendAlternative(_ boundaries: MailBoundaries, to out: inout [UInt8]) {
        guard let html else { return appendText(text, type: "plain", to: &out) }
        let boundary = boundaries.alternative
        out += "Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"\r\n\r\n".utf8
        out += "--\(boundary)\r\n".utf8
        appendText(text, type: "plain", to: &out)
        out += "--\(boundary)\r\n".utf8
        appendText(html, type: "html", to: &out)
        out += "--\(boundary)--\r\n".utf8
    }

    private func appendText(_ text: String, type: String, to out: inout [UInt8]) {
        out += "Content-Type: text/\(type); charset=utf-8\r\n".utf8
        out += "Content-Transfer-Encoding: quoted-printable\r\n\r\n".utf8
        MailEncoding.appendQuotedPrintable(text, to: &out)
    }

    /// An identifier without angle brackets, of the characters that need no quoting.
    private static func identifier(_ text: String, _ name: String) throws -> String {
        let isLegal =
            !text.isEmpty && text.utf8.count <= 240
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || Array(".-_@+=".utf8).contains(byte)
            }
        guard isLegal else {
            throw Advice(
                .request, "the \(name) of the mail is not of the form name@domain",
                remedy: "use letters, digits, . - _ + = and one @")
        }
        return text
    }

    private static func mediaType(_ text: String) throws -> String {
        let isLegal = text.utf8.allSatisfy { $0 >= 32 && $0 < 127 } && text.contains("/")
        guard isLegal, text.utf8.count < 200 else {
            throw Advice(
                .request, "a part of the mail has no legal media type",
                remedy: "use a type such as application/pdf")
        }
        return text
    }
}

/// The boundaries of a message's levels, derived from its Message-ID by FNV-1a, 64 bits.
private struct MailBoundaries {
    let mixed: String
    let related: String
    let alternative: String

    init(_ messageID: String) {
        var hash = UInt64(0xcbf2_9ce4_8422_2325)
        for byte in messageID.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        mixed = "=_mixed_\(digits)"
        related = "=_related_\(digits)"
        alternative = "=_alternative_\(digits)"
    }
}

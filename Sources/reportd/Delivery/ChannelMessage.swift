import Foundation
import Reports
import Vocabulary

/// What a channel is sent: JSON for a program, or words for a chat.
struct ChannelMessage: Sendable {
    /// Characters of one section of a chat's message, and sections of one: Slack's limits are 3,000
    /// and 50.
    private static let sectionCharacters = 2900
    private static let mostSections = 40
    /// Characters of a heading; Slack's limit is 150.
    private static let headingCharacters = 150

    let document: ReportDocument
    let request: DeliveryRequest
    let finding: Judgement?
    /// Where the report can be seen, or, of one that is too large, its file be taken.
    let link: String
    /// When `link` ends; nil for the report's own address, which asks for sign-in.
    let expires: Instant?

    /// A request's body for a program: what run it is, and the report as its JSON file has it.
    ///
    /// A report that is too large is left out (nil); `link` leads to it.
    func json(_ report: [UInt8]?) -> [UInt8] {
        let period = request.period
        let late = request.late.map { source in
            "{\"source\":\(JSONText.quoted(source.name)),"
                + "\"through\":\(source.through.map { "\"\($0)\"" } ?? "null")}"
        }
        let head =
            "{\"type\":\"report\",\"id\":\(JSONText.quoted(request.messageID)),"
            + "\"schedule\":\(JSONText.quoted(request.schedule.name)),"
            + "\"run\":\"\(request.run.local)\",\"due\":\"\(request.run.instant)\","
            + "\"from\":\"\(period.start)\",\"to\":\"\(period.last)\","
            + "\"finding\":\(finding.map { JSONText.quoted($0.words) } ?? "null"),"
            + "\"late\":[\(late.joined(separator: ","))],\"link\":\(JSONText.quoted(link)),"
            + "\"expires\":\(expires.map { "\"\($0)\"" } ?? "null"),\"report\":"
        return Array(head.utf8) + (report ?? Array("null".utf8)) + Array("}\n".utf8)
    }

    /// A message for a chat: the subject, why it comes, and the report's text.
    func chat(subject: String, text: String) -> [UInt8] {
        var sections: [String] = []
        var piece = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let line = line.prefix(Self.sectionCharacters)
            if piece.count + line.count + 1 > Self.sectionCharacters {
                sections.append(piece)
                piece = ""
            }
            piece += line + "\n"
        }
        if !piece.allSatisfy(\.isWhitespace) { sections.append(piece) }
        let heading = String(subject.prefix(Self.headingCharacters))
        var blocks = ["{\"type\":\"header\",\"text\":\(Self.plain(heading))}"]
        blocks += sections.prefix(Self.mostSections).filter { !$0.allSatisfy(\.isWhitespace) }
            .map { "{\"type\":\"section\",\"text\":\(Self.plain($0))}" }
        if link.hasPrefix("https://") {
            blocks.append(
                "{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":"
                    + "\(JSONText.quoted("<\(link)>"))}}")
        }
        // A chat that looks for a preview would take the file of a link and be counted as whoever did.
        let preview = expires == nil ? "" : ",\"unfurl_links\":false,\"unfurl_media\":false"
        return Array(
            ("{\"text\":\(JSONText.quoted(subject)),\"blocks\":[\(blocks.joined(separator: ","))]"
                + "\(preview)}\n").utf8)
    }

    /// Plain text, in which a chat reads no marks and no names.
    private static func plain(_ text: String) -> String {
        "{\"type\":\"plain_text\",\"emoji\":false,\"text\":\(JSONText.quoted(text))}"
    }
}

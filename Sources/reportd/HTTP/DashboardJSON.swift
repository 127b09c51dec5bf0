import Analytics
import Reports
import Vocabulary

/// Writes a dashboard's figures as JSON.
///
/// `{"name","title","dataCommit","provenance":{…},"cards":[{"name","title","period":{"from","to"},
/// "comparedWith":{…}|null,"isOpen","remarks":[…],"kind":"figures"|"charts"|"table"|"unavailable",
/// …}]}`, where a card has `"figures"`, `"charts"` or `"table"` (with the `"chart"` that draws it, if
/// there is one) as in a report's JSON, or, where it
/// cannot be computed, `"problem":{"happened","remedy"}`. Nothing in it depends on when it was asked
/// for, so the same state of the data gives the same bytes.
enum DashboardJSON {
    /// The whole answer.
    static func bytes(_ answer: DashboardAnswer) throws -> [UInt8] {
        let json = ReportJSON()
        var provenance = answer.provenance
        provenance.generatedAt = provenance.committedAt
        var text =
            "{\"name\":\(JSONText.quoted(answer.dashboard.name)),"
            + "\"title\":\(JSONText.quoted(answer.dashboard.title)),"
            + "\"dataCommit\":\(answer.dataCommit),\"provenance\":\(json.text(provenance)),"
            + "\"cards\":["
        for (index, card) in answer.cards.enumerated() {
            text += (index > 0 ? "," : "") + "\n" + (try self.text(card, json))
        }
        return Array((text + "\n]}\n").utf8)
    }

    private static func text(_ card: CardAnswer, _ json: ReportJSON) throws -> String {
        func period(_ period: Period) -> String {
            "{\"from\":\"\(period.start)\",\"to\":\"\(period.last)\"}"
        }
        let remarks = card.remarks.map(JSONText.quoted).joined(separator: ",")
        var text =
            "{\"name\":\(JSONText.quoted(card.card.name)),"
            + "\"title\":\(JSONText.quoted(card.card.title)),"
            + "\"period\":\(period(card.period)),"
            + "\"comparedWith\":\(card.comparedWith.map(period) ?? "null"),"
            + "\"isOpen\":\(card.isOpen),\"remarks\":[\(remarks)],"
        switch card.content {
        case .figures(let figures):
            let list = figures.map { json.text($0) }.joined(separator: ",")
            text += "\"kind\":\"figures\",\"figures\":[\(list)]"
        case .charts(let charts):
            let list = charts.map { json.text($0) }.joined(separator: ",")
            text += "\"kind\":\"charts\",\"charts\":[\(list)]"
        case .table(let table):
            var bytes: [UInt8] = []
            try json.write(table) { bytes += $0 }
            text += "\"kind\":\"table\",\"table\":\(String(decoding: bytes, as: UTF8.self))"
            if let picture = card.picture { text += ",\"chart\":\(json.text(picture))" }
        case .unavailable(let advice):
            let (happened, remedy) = (advice.happened, advice.remedy)
            text +=
                "\"kind\":\"unavailable\",\"problem\":{\"happened\":\(JSONText.quoted(happened)),"
                + "\"remedy\":\(JSONText.quoted(remedy))}"
        }
        return text + "}"
    }
}

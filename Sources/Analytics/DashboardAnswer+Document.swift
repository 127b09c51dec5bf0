public import Vocabulary

extension DashboardAnswer {
    /// The cards as one report, for a workbook or a PDF of the whole dashboard.
    ///
    /// A card that cannot be computed is a remark.
    public var document: ReportDocument {
        var provenance = provenance
        var blocks: [ReportDocument.Block] = []
        for card in cards {
            blocks += card.blocks
            if let advice = card.failure {
                provenance.remarks.append("\(card.card.title): \(advice.happened)")
            }
        }
        return ReportDocument(
            name: dashboard.name, title: dashboard.title, provenance: provenance, blocks: blocks)
    }
}

public import Vocabulary

extension DashboardAnswer {
    /// The cards as one report, for a workbook or a PDF of the whole dashboard.
    ///
    /// A card that cannot be computed is a remark.
    public var document: ReportDocument {
        var provenance = provenance
        var blocks: [ReportDocument.Block] = []
        for card in cards {
            switch card.content {
            case .figures(let figures): blocks.append(.figures(figures))
            case .charts(let charts): blocks += charts.map { .chart($0) }
            case .table(let table): blocks.append(.table(table))
            case .unavailable(let advice):
                provenance.remarks.append("\(card.card.title): \(advice.happened)")
            }
        }
        return ReportDocument(
            name: dashboard.name, title: dashboard.title, provenance: provenance, blocks: blocks)
    }
}

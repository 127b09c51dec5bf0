import Vocabulary

/// A database of one of the systems that we read, as its mapping is called.
struct SourceSystem {
    /// Its tables; see `sourceTables`.
    let tables: String
    /// What it holds in the beginning.
    let content: String
    /// What then happens, one day after another.
    let changes: [String]

    init(named source: String) throws {
        let changes: (Int) -> String
        switch source {
        case "teddykids":
            tables = "teddykids"
            content = TeddyKidsDatabase.content + TeddyKidsDatabase.oddities
            changes = TeddyKidsDatabase.changes
        case "angisoft":
            tables = "angisoft"
            content = AngiSoftDatabase.content + AngiSoftDatabase.oddities
            changes = AngiSoftDatabase.changes
        case "mvp":
            tables = "mvp"
            content = TokenDatabase.content + TokenDatabase.oddities
            changes = TokenDatabase.changes
        case "tekup":
            tables = "tekup"
            content = SalesGroupDatabase.planned + SalesGroupDatabase.plannedOddities
            changes = SalesGroupDatabase.plannedChanges
        case "renos":
            tables = "tekup"
            content = SalesGroupDatabase.renos + SalesGroupDatabase.renosOddities
            changes = SalesGroupDatabase.renosChanges
        case "crm":
            tables = "tekup"
            content = SalesGroupDatabase.crm + SalesGroupDatabase.crmOddities
            changes = SalesGroupDatabase.crmChanges
        case "chikondi", "chikondi-device":
            tables = "chikondi"
            content = ShopDatabase.content + ShopDatabase.oddities
            changes = ShopDatabase.changes
        default:
            throw Advice(.input, "there is no system ‘\(source)’")
        }
        self.changes = (0..<5).map(changes)
    }
}

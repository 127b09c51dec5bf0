import Vocabulary

/// The shape of a figure over time, drawn beside it without axis or labels.
struct FigureTrend: Sendable, Hashable {
    /// What the line shows, for readers who do not see it: `Revenue, last 12 weeks`.
    let title: String
    /// One value per step; nil where it is not known.
    let values: [ExactDecimal?]
}

/// One card of a page.
struct PageCard: Sendable {
    /// What a card shows.
    enum Body: Sendable {
        /// Headline figures, each with its trend (by the figure's name) where there is one.
        case figures([Figure], trends: [String: FigureTrend])
        /// A chart, and its numbers where they are more than it draws.
        case chart(Chart, numbers: ResultTable? = nil)
        /// A table, of which the page shows the first `PageCard.maximumRows` rows.
        case table(ResultTable)
        /// A card that could not be computed, and what to do about it.
        case unavailable(title: String, Advice)
    }

    /// How much of the page's width a card takes where there is room for two.
    enum Width: Sendable, Hashable {
        case half
        case full
    }

    /// Most rows of a table that a page shows; files hold all of them.
    static let maximumRows = 50

    /// Name, unique on the page: `top-customers`.
    let name: String
    /// How wide it is.
    var width: Width
    /// What it shows.
    let body: Body
    /// What is written above headline figures; nil where nothing needs to be.
    var heading: String?
    /// Where headline figures lead, by the figure's name.
    var explanations: [String: String] = [:]
    /// The members that definitions name and not the data, by dimension: those of bands.
    var bands: [String: Set<String>] = [:]

    init(name: String, width: Width = .half, body: Body) {
        self.name = name
        self.width = width
        self.body = body
    }

    /// What the card is called where it cannot be shown.
    var title: String {
        switch body {
        case .figures(let figures, _):
            heading ?? figures.map(\.label).joined(separator: ", ")
        case .chart(let chart, _): chart.title
        case .table(let table): table.title
        case .unavailable(let title, _): title
        }
    }

    /// A row of headline figures.
    static func figures(
        _ name: String, _ figures: [Figure], trends: [String: FigureTrend] = [:],
        heading: String? = nil
    ) -> PageCard {
        var card = PageCard(name: name, width: .full, body: .figures(figures, trends: trends))
        card.heading = heading
        return card
    }
}

/// A dashboard, ready to be shown.
struct DashboardPage: Sendable {
    /// What surrounds it.
    let frame: PageFrame
    /// Its own path, to which the pickers' form is sent: `/dashboards/sales`.
    let path: String
    /// Heading: `Sales`.
    let title: String
    /// All dashboards of this viewer, as tabs.
    var dashboards: [PageLink] = []
    /// Companies to choose from, groups included.
    var companies: [PageChoice] = []
    /// Periods to choose from.
    var periods: [PageChoice] = []
    /// What the figures can be held against.
    var comparisons: [PageChoice] = []
    /// The span the figures are held against.
    var comparedWith: Period?
    /// The cards, in order.
    let cards: [PageCard]
    /// Where the figures come from.
    let provenance: Provenance
    /// How current the sources are, and when that was so.
    var sources: [SourceFreshness] = []
    /// When the page is made; ages of sources are counted from it.
    let now: Instant
    /// Downloads and other views of the same figures.
    var links: [PageLink] = []
    /// What to know of the state shown.
    var notices: [PageNotice] = []
    /// The state asked for, which the pickers keep; nil for the newest.
    var knownAt: String?
    /// The path of the event stream; nil for a dashboard that stands still, as of a past commit.
    var events: String? = "/api/v1/events"
    /// Seconds between two questions of a page without such a stream; nil for one that stands still.
    var pollSeconds: Int?
    /// Where this reader changes it; nil for who may not, and for one of the operator’s.
    var changePath: String?
}

/// What stands around the `main` element of a dashboard: it changes with the reader and by the second.
struct DashboardSurroundings: Sendable {
    /// How current the sources are.
    let sources: [SourceFreshness]
    /// When the page is made; ages of sources are counted from it.
    let now: Instant
    /// The path of the event stream; nil for a dashboard without one.
    let events: String?
    /// Seconds between two questions of a page without such a stream; nil for one that stands still.
    var pollSeconds: Int?
    /// Where this reader changes it; nil for who may not, and for one of the operator’s.
    let changePath: String?
}

extension DashboardPage {
    /// What stands around it.
    var surroundings: DashboardSurroundings {
        DashboardSurroundings(
            sources: sources, now: now, events: events, pollSeconds: pollSeconds,
            changePath: changePath)
    }
}

/// A report: its parts as they stand in the files, with the files to download.
struct ReportPage: Sendable {
    /// What surrounds it.
    let frame: PageFrame
    /// Its own path: `/reports/sales-register`.
    let path: String
    /// What it is for, in a sentence; may be empty.
    var summary = ""
    /// Companies to choose from.
    var companies: [PageChoice] = []
    /// Periods to choose from.
    var periods: [PageChoice] = []
    /// The report; of tables the page shows the first `PageCard.maximumRows` rows.
    let document: ReportDocument
    /// One link per format: `CSV`, `XLSX`, `PDF`.
    let downloads: [PageLink]
    /// What to know of the state shown.
    var notices: [PageNotice] = []
    /// The state asked for, which the pickers keep; nil for the newest.
    var knownAt: String?
    /// When the page is made.
    let now: Instant
    /// The form that asks for the report in the background; nil where a download is quick.
    var background: BackgroundForm?
    /// The members that definitions name and not the data, by dimension.
    var bands: [String: Set<String>] = [:]
}

/// The list of reports.
struct ReportListPage: Sendable {
    /// One report of the list.
    struct Entry: Sendable {
        /// Heading.
        let title: String
        /// What it is for, in a sentence.
        let summary: String
        /// The path of its page.
        let path: String
        /// One link per format.
        let downloads: [PageLink]
    }

    /// What surrounds it.
    let frame: PageFrame
    /// The reports this viewer may see.
    let reports: [Entry]
}

/// The page on which people sign in.
struct SignInPage: Sendable {
    /// What surrounds it; without a viewer.
    let frame: PageFrame
    /// The path the form is sent to.
    var action = "/sign-in"
    /// The token that the form sends back.
    let formToken: String
    /// The name typed before, when this is another attempt.
    var name = ""
    /// Why the last attempt failed.
    var failure: Advice?
    /// The path to go to after sign-in; a path of our own, checked by the caller.
    var next = "/"
    /// Whether there is a form for name and password.
    var hasPassword = true
    /// The way to the identity provider, with its title; nil for none.
    var provider: PageLink?
}

/// A problem, and what to do about it.
struct ErrorPage: Sendable {
    /// What surrounds it.
    let frame: PageFrame
    /// The HTTP status: 404.
    let status: Int
    /// What happened and what to do; the technical cause is never shown.
    let advice: Advice
    /// The number under which the log knows the request.
    var requestID: String?
    /// A way on; the dashboards when nil.
    var link: PageLink?
}

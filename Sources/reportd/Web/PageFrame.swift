import Reports
import Vocabulary

/// Who is looking at a page.
struct PageViewer: Sendable, Hashable {
    /// The name shown in the header.
    let name: String
    /// The token that forms send back, so that no other site can submit them.
    let formToken: String
    /// Whether they may take files away, and so have exports.
    var mayExport = false
    /// Whether they may look at schedules, and whether they may change and send.
    var maySchedule = false
    var maySend = false
    /// Whether they may keep cards, and take them out of dashboards again.
    var mayDefine = false
    /// Whether they decide who may come in.
    var mayAdminister = false
}

/// One entry of a picker.
struct PageChoice: Sendable, Hashable {
    /// What the form sends.
    let code: String
    /// What people read.
    let name: String
    /// Whether it is the one in force.
    let isChosen: Bool
}

/// A link, and whether it leads to where the reader already is.
struct PageLink: Sendable, Hashable {
    /// The words of the link.
    let title: String
    /// Where it leads: a path of our own.
    let path: String
    /// Whether it leads to the page being shown.
    let isCurrent: Bool
    /// Whether it leads to a file to keep, not to something to look at.
    let isFile: Bool

    init(title: String, path: String, isCurrent: Bool = false, isFile: Bool = false) {
        self.title = title
        self.path = path
        self.isCurrent = isCurrent
        self.isFile = isFile
    }
}

/// Something to know of the state that a page shows, with where to go on.
struct PageNotice: Sendable, Hashable {
    /// The sentence.
    let text: String
    /// Other views of the same figures.
    var links: [PageLink] = []
    /// Whether the sentence is English on a page in another language.
    var isEnglish = false
}

/// What surrounds every page: language, header and navigation.
struct PageFrame: Sendable {
    /// The areas of the program that the header leads to.
    enum Area: Sendable, Hashable, CaseIterable {
        case dashboards
        case explore
        case reports
        case exports
        case schedules
        case sources
        case people

        /// The path of the area's first page.
        var path: String {
            switch self {
            case .dashboards: "/"
            case .explore: "/explore"
            case .reports: "/reports"
            case .exports: "/exports"
            case .schedules: "/schedules"
            case .sources: "/sources"
            case .people: "/users"
            }
        }
    }

    /// The reader's language and region.
    var locale: ReportLocale
    /// Who is signed in; nil before sign-in, when there is no navigation.
    let viewer: PageViewer?
    /// The area to mark in the navigation.
    let area: Area?
    /// Whether somebody looks who has a link and is not signed in.
    var isGuest = false

    init(locale: ReportLocale, viewer: PageViewer? = nil, area: Area? = nil) {
        self.locale = locale
        self.viewer = viewer
        self.area = area
    }
}

/// How current one source is.
///
/// It stands outside `main`: it changes every second, while the figures, and so their `ETag`, only
/// change with a commit.
struct SourceFreshness: Sendable, Hashable {
    /// How the connection to the source is.
    enum State: String, Sendable, Hashable {
        /// Changes arrive.
        case live
        /// Changes arrive later than they should.
        case late
        /// The source cannot be reached.
        case lost
    }

    /// Name for events: `tekup`.
    let name: String
    /// Name for people: `Tekup`.
    let title: String
    /// How the connection is.
    let state: State
    /// The moment up to which all of its changes are in the figures; nil before the first load.
    let completeUpTo: Instant?
    /// Rows read or changed per second, over the last minute.
    var rowsPerSecond = 0
    /// What went wrong last, if this reader can do something about it.
    var problem: Advice?
}

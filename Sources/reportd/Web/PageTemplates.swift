import Mustache
import Vocabulary

/// Values for a template: text (escaped when written), truths, lists, and values within values.
///
/// Mustache looks for a name it does not find in the values around; names that may be absent are
/// therefore not used on two levels.
typealias PageValues = [String: Any]

/// The templates of all pages, parsed once.
struct PageTemplates: Sendable {
    /// One file of `Assets`.
    enum Name: String, Sendable, CaseIterable {
        case layout, heading, tabs, controls, links, remarks, provenance, empty
        case figures, chart, table, unavailable
        case signIn = "sign-in"
        case reports, error, notices, export, background, advice, explore, kept
        case ownDashboards = "own-dashboards"
        case person, grantFields = "grant-fields", invite, outcome, account, password, forgotten
        case grant, makeKey = "make-key", makeGuest = "make-guest"
        case schedules, schedule, deliveries, delivery
        case deliveryRows = "delivery-rows"
        case scheduleForm = "schedule-form"

        fileprivate var bytes: [UInt8] {
            switch self {
            case .layout: PackageResources.layout_mustache
            case .heading: PackageResources.heading_mustache
            case .tabs: PackageResources.tabs_mustache
            case .controls: PackageResources.controls_mustache
            case .links: PackageResources.links_mustache
            case .remarks: PackageResources.remarks_mustache
            case .provenance: PackageResources.provenance_mustache
            case .empty: PackageResources.empty_mustache
            case .figures: PackageResources.figures_mustache
            case .chart: PackageResources.chart_mustache
            case .table: PackageResources.table_mustache
            case .unavailable: PackageResources.unavailable_mustache
            case .signIn: PackageResources.sign_in_mustache
            case .reports: PackageResources.reports_mustache
            case .error: PackageResources.error_mustache
            case .notices: PackageResources.notices_mustache
            case .explore: PackageResources.explore_mustache
            case .kept: PackageResources.kept_mustache
            case .ownDashboards: PackageResources.own_dashboards_mustache
            case .schedules: PackageResources.schedules_mustache
            case .schedule: PackageResources.schedule_mustache
            case .deliveries: PackageResources.deliveries_mustache
            case .delivery: PackageResources.delivery_mustache
            case .deliveryRows: PackageResources.delivery_rows_mustache
            case .scheduleForm: PackageResources.schedule_form_mustache
            case .export: PackageResources.export_mustache
            case .background: PackageResources.background_mustache
            case .advice: PackageResources.advice_mustache
            case .person: PackageResources.person_mustache
            case .grantFields: PackageResources.grant_fields_mustache
            case .invite: PackageResources.invite_mustache
            case .outcome: PackageResources.outcome_mustache
            case .account: PackageResources.account_mustache
            case .password: PackageResources.password_mustache
            case .forgotten: PackageResources.forgotten_mustache
            case .grant: PackageResources.grant_mustache
            case .makeKey: PackageResources.make_key_mustache
            case .makeGuest: PackageResources.make_guest_mustache
            }
        }
    }

    private let library: MustacheLibrary

    init() {
        // A template knows its content type when it is parsed, so that must be known before.
        MustacheContentTypes.register(PageText(), named: PageText.name)
        var library = MustacheLibrary()
        for name in Name.allCases {
            let text =
                "{{% CONTENT_TYPE:\(PageText.name)}}" + String(decoding: name.bytes, as: UTF8.self)
            do {
                try library.register(text, named: name.rawValue)
            } catch {
                preconditionFailure("the template \(name.rawValue) is not well formed: \(error)")
            }
        }
        self.library = library
    }

    /// Fills in a template.
    func render(_ name: Name, _ values: PageValues) -> String {
        guard let text = library.render(values, withTemplate: name.rawValue) else {
            preconditionFailure("all templates are registered")
        }
        return text
    }
}

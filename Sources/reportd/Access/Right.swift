import Vocabulary

/// Something that a principal may do, beside what rows they see.
///
/// A role has rights, and an API key is made for some of those of its role: its scopes.
enum Right: String, Sendable, Hashable, CaseIterable {
    /// Dashboards and the stream of changes.
    case dashboards
    /// Metrics: questions, explanations, and the addresses of applications' own APIs.
    case metrics
    /// Lists and pages of reports, restatements and closed periods.
    case reports
    /// Taking files away: downloads, exports and their links.
    case exports
    /// Looking at schedules, at what became of their runs, and at what was sent.
    case schedules
    /// Pausing, running and changing schedules, and sending again.
    case sending
    /// Making, changing and removing dashboards through the pages.
    case definitions
    /// Measurements for a Prometheus server.
    case monitoring
    /// The audit log.
    case audit
    /// Users, and who may come in.
    case users
}

extension Role {
    /// What the role may do, after the sales system's permission matrix.
    var rights: Set<Right> {
        switch self {
        case .admin: Set(Right.allCases)
        case .salesManager, .accountant:
            [.dashboards, .metrics, .reports, .exports, .schedules, .monitoring]
        case .viewer, .salesRep: [.dashboards, .metrics, .reports, .monitoring]
        }
    }
}

extension Principal {
    /// What they may do: what their role may, and of that, for a key, what it is made for.
    var rights: Set<Right> { scopes.map(role.rights.intersection) ?? role.rights }

    /// Whether files may be taken away.
    var mayExport: Bool { rights.contains(.exports) }

    /// Refuses who lacks a right.
    ///
    /// - Throws: `Advice` of kind `denied`.
    func must(_ right: Right) throws {
        guard !rights.contains(right) else { return }
        guard role.rights.contains(right) else {
            switch right {
            case .exports:
                throw Advice(
                    .denied, "the role \(role.rawValue) may not take files away",
                    remedy: "ask an administrator for another role")
            case .audit:
                throw Advice(
                    .denied, "the audit log is for administrators",
                    remedy: "ask one of them for what you need of it")
            default:
                throw Advice(
                    .denied, "this is not for the role \(role.rawValue)",
                    remedy: "ask an administrator for what you need of it")
            }
        }
        throw Advice(
            .denied, "this key is not made for the scope ‘\(right.rawValue)’",
            remedy: "make one with ‘reportd key make … --scope \(right.rawValue)’")
    }
}

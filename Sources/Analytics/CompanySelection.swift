public import Store
public import Vocabulary

/// Whose rows a question is about, among the companies that the reader may see.
public enum CompanySelection: Sendable, Hashable {
    /// Every company that the reader may see.
    case all
    /// Some companies, by code.
    case companies([String])
    /// The companies of a group that the reader may see.
    case group(String)

    /// The scope narrowed to the selection.
    ///
    /// A company that exists but is not in the scope is answered like one that does not exist, so
    /// that nobody learns of companies they may not see.
    ///
    /// - Throws: `Advice` of kind `unknown` that names the nearest visible company or group.
    public func scope(within scope: Scope, of directory: CompanyDirectory) throws -> Scope {
        let visible = directory.companies.filter { scope.companies.contains($0.code) }
        switch self {
        case .all: return scope
        case .companies(let codes):
            for code in codes where !visible.contains(where: { $0.code == code }) {
                throw Advice(
                    .unknown, "there is no company ‘\(code)’",
                    remedy: Spelling.remedy(for: code, legal: visible.map(\.code)))
            }
            return scope.narrowed(to: codes)
        case .group(let name):
            let members = visible.filter { $0.groups.contains(name) }
            guard !members.isEmpty else {
                throw Advice(
                    .unknown, "there is no group ‘\(name)’",
                    remedy: Spelling.remedy(for: name, legal: Set(visible.flatMap(\.groups))))
            }
            return scope.narrowed(to: members.map(\.code))
        }
    }
}

extension Store {
    /// A snapshot of the companies that a selection names within a reader's scope.
    ///
    /// - Throws: `Advice` for unknown companies and groups, and what `snapshot(_:at:)` throws.
    public func snapshot(
        _ scope: Scope, of selection: CompanySelection, at moment: Moment = .latest
    ) throws -> Snapshot {
        try snapshot(try selection.scope(within: scope, of: schema.companies), at: moment)
    }
}

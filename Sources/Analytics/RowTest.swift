import Store
import Vocabulary

/// Tells of rows at hand whether they pass filters, and which members they belong to.
///
/// It does in memory what a scan does in the store, for rows whose values are not the present ones
/// or were read for another reason. References can be told apart, but not found by their key.
struct RowTest {
    private let filters: [Filter]
    private let groups: [Group]
    private let model: Model
    private let schema: Schema
    /// The columns that it looks at.
    let paths: [ColumnPath]

    /// `figures` says in an error whose rows they are.
    init(
        _ model: Model, filters: [Filter], groups: [Group], schema: Schema,
        of figures: String = "figures that follow rows"
    ) throws {
        self.model = model
        self.schema = schema
        self.filters = filters
        self.groups = groups
        var paths: [ColumnPath] = []
        for path in (filters.flatMap(\.paths) + groups.compactMap(\.path)).map(\.underived)
        where !paths.contains(path) {
            paths.append(path)
        }
        self.paths = paths
        for filter in filters {
            guard case .among(let path, let cells) = filter.positive,
                cells.contains(where: \.isKey)
            else { continue }
            throw Advice(
                .request, "\(figures) cannot be narrowed to the row of ‘\(path)’",
                remedy: "split by ‘\(path)’, or narrow to one of its columns")
        }
    }

    private func isInstant(_ path: ColumnPath) -> Bool {
        schema.type(of: path, in: model) != .day
    }

    /// The company's local day of what a path gives.
    func day(_ path: ColumnPath, _ company: Company, _ stored: (ColumnPath) -> Cell) -> LocalDay? {
        guard case .number(let number) = value(path, company, stored) else { return nil }
        return isInstant(path)
            ? company.zone.day(of: Instant(microseconds: number))
            : LocalDay(number: Int32(clamping: number))
    }

    /// What a path gives, of cells as they are stored.
    func value(_ path: ColumnPath, _ company: Company, _ stored: (ColumnPath) -> Cell) -> Cell {
        let cell = stored(path.underived)
        guard let derivation = path.derivation else { return cell }
        return derivation.cell(of: cell, isInstant: isInstant(path), zone: company.zone)
    }

    /// Whether a row passes the filters.
    func passes(_ company: Company, _ stored: (ColumnPath) -> Cell) -> Bool {
        func cell(_ path: ColumnPath) -> Cell { value(path, company, stored) }
        return filters.allSatisfy { filter in
            switch filter {
            case .days(let path, let period):
                day(path, company, stored).map(period.contains) ?? false
            case .range(let path, let range):
                if case .number(let number) = cell(path) { range.contains(number) } else { false }
            case .among(let path, let cells): cells.contains(cell(path))
            case .notAmong(let path, let cells): !cells.contains(cell(path))
            case .compared(let path, let standings, let other):
                Filter.standing(
                    cell(path), cell(other),
                    types: (
                        schema.type(of: path, in: model) ?? .instant,
                        schema.type(of: other, in: model) ?? .instant
                    ), zone: company.zone
                ).map(standings.contains) ?? false
            }
        }
    }

    /// What the store would put a row together by.
    func place(_ company: Company, _ stored: (ColumnPath) -> Cell) -> [Cell] {
        func cell(_ path: ColumnPath) -> Cell { value(path, company, stored) }
        return groups.map { group in
            switch group {
            case .company: return .text(company.code)
            case .value(let path): return cell(path)
            case .band(let path, let bounds):
                guard case .number(let number) = cell(path) else { return .missing }
                return .number(Int64(bounds.count { $0 <= number }))
            case .dayBand(let path, let bounds):
                guard let day = day(path, company, stored) else { return .missing }
                return .number(Int64(bounds.count { $0 <= day }))
            case .step, .novelty:
                preconditionFailure("rows at hand are split by columns only")
            }
        }
    }
}

/// Present values of rows at hand, read all at once.
struct PresentCells {
    private var cells: [ColumnPath: [Reference: Cell]] = [:]

    /// Of no rows.
    init() {}

    init(
        of references: some Sequence<Reference>, _ model: Model, _ paths: [ColumnPath],
        _ snapshot: Snapshot
    ) throws {
        let rows = Set(references).sorted()
        func read(_ model: String, _ column: String, _ rows: [Reference]) throws
            -> [Reference: Cell]
        {
            Dictionary(
                uniqueKeysWithValues: zip(
                    rows, try snapshot.cells(model: model, column: column, of: rows)))
        }
        for path in paths {
            let own = try read(model.name, path.column, rows)
            guard let attribute = path.attribute,
                case .reference(let target)? = model.column(path.column)?.type
            else {
                cells[path] = own
                continue
            }
            func referred(_ cell: Cell) -> Reference? {
                guard case .reference(let reference) = cell else { return nil }
                return reference
            }
            let targets = Set(own.values.compactMap(referred)).sorted()
            let attributes = try read(target, attribute, targets)
            cells[path] = own.compactMapValues { referred($0).flatMap { attributes[$0] } }
        }
    }

    subscript(_ row: Reference, _ path: ColumnPath) -> Cell { cells[path]?[row] ?? .missing }
}

import Vocabulary

/// A chunk's column within its segment: a column of the model, or one of the store's own.
struct ChunkColumn: Sendable, Hashable {
    /// What is kept of a column.
    enum Part: Int, Sendable {
        /// The values themselves.
        case values = 0
        /// The local day of an instant, in the zone of the row's company.
        case days = 1
    }

    let id: Int
    let part: Part

    init(_ id: Int, _ part: Part = .values) {
        self.id = id
        self.part = part
    }

    // At once, since summaries are looked up for each row that has changed.
    func hash(into hasher: inout Hasher) { hasher.combine(id &<< 1 | part.rawValue) }

    /// Number of the row's origin.
    static let origin = ChunkColumn(-1)
    /// Key of the row within its origin.
    static let key = ChunkColumn(-2)
    /// Commit that began the row version; absent in segments written by a first load.
    static let begin = ChunkColumn(-3)
    /// Dense index of the row for references to it; absent where no model refers to this one.
    static let reference = ChunkColumn(-4)
    /// Row numbers in the order of their keys' hashes, to find a row by its key.
    ///
    /// Absent, like `filter`, where the keys of each company's rows are integers that ascend.
    static let index = ChunkColumn(-5)
    /// Which keys the segment may have.
    static let filter = ChunkColumn(-6)
}

/// A model together with the numbers that the file uses for it and its columns.
struct ModelLayout: Sendable {
    let id: Int
    let model: Model
    /// The number of each column, in the model's order.
    let columnIDs: [Int]
    /// Whether rows of this model can be referred to, and so need a dense index.
    let isReferenced: Bool

    /// The numbers of the columns whose changes are kept.
    var historyColumns: [Int] {
        zip(columnIDs, model.columns).filter { $1.hasHistory }.map { id, _ in id }
    }

    /// The number of the category dictionary of a column.
    func id(ofColumn position: Int) -> Int { columnIDs[position] }
}

extension ColumnType {
    /// Whether values are kept as texts rather than numbers.
    var holdsText: Bool { self == .text }

    /// Whether a number may stand in a column of the type, or is missing.
    func holds(_ number: Int64) -> Bool {
        self != .boolean || number == 0 || number == 1 || number == NumberVector.missing
    }

    /// The word that stands for the type in the file.
    var stored: String {
        switch self {
        case .boolean: "boolean"
        case .integer: "integer"
        case .decimal(let scale): "decimal(\(scale))"
        case .money: "money"
        case .instant: "instant"
        case .day: "day"
        case .category: "category"
        case .text: "text"
        case .reference(let model): "reference(\(model))"
        }
    }
}

/// A dictionary of category texts; codes count up from 0 and are never reused.
struct TextDictionary: Sendable {
    private var table = TextTable()

    var texts: [String] { table.texts }

    func code(of text: String) -> Int64? { table.number(of: text).map { Int64($0) } }

    func text(of code: Int64) -> String? {
        texts.indices.contains(Int(code)) ? texts[Int(code)] : nil
    }

    mutating func append(_ text: String) -> Int64 { Int64(table.append(text)) }
}

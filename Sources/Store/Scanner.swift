import Vocabulary

/// Answers a `ScanRequest`: one walk per company, then all put together.
struct Scanner {
    private let snapshot: Snapshot
    private let plan: ScanPlan
    private let shared: ScanShared

    init(_ snapshot: Snapshot, _ request: ScanRequest) throws {
        self.snapshot = snapshot
        plan = try ScanPlan(snapshot, request)
        shared = try ScanShared(snapshot, plan, isKept: false)
    }

    func run() throws -> ScanResult {
        var answer = ScanAnswer(snapshot, plan)
        let companies = snapshot.companyNumbers.sorted()
        for company in companies {
            let scan = try CompanyScan(snapshot, plan, company: company, shared: shared)
            scan.isAlone = companies.count == 1
            try scan.run()
            try answer.add(scan)
        }
        return answer.result()
    }
}

extension Cell {
    private var rank: Int {
        switch self {
        case .missing: 0
        case .number: 1
        case .reference: 2
        case .text: 3
        case .key: 4
        }
    }

    /// The order of a scan's groups: missing first, then numbers, references, text by its bytes.
    func precedes(_ other: Cell) -> Bool {
        switch (self, other) {
        case (.number(let left), .number(let right)): left < right
        case (.reference(let left), .reference(let right)): left < right
        case (.text(let left), .text(let right)):
            left.utf8.lexicographicallyPrecedes(right.utf8)
        default: rank < other.rank
        }
    }
}

import Synchronization
import Vocabulary

/// What the scans of all companies of a question have in common, made once.
final class ScanShared: Sendable {
    /// What the numbers of a column stand for.
    enum Codes: Sendable {
        case values
        /// So many words, counted from 0.
        case words(Int)
        /// Rows of a model, by its number.
        case references(Int?)
    }

    let snapshot: Snapshot
    let plan: ScanPlan
    /// What totals are kept under, so that they must be able to lose rows again; nil when they are
    /// not kept.
    let question: ScanMemory.Question?
    /// What the numbers of each column of the model stand for.
    let codes: [Codes]
    /// The conditions that are the same for all companies; nil in the place of others.
    let tests: [CompanyTest?]
    /// The operand of the steps that segments are sorted by, when nothing else divides the rows.
    let sortedSteps: Int?
    let stepTables: [Int: StepTable]
    let inner: [Int: ScanShared]
    /// Other models on whose rows the answer depends, by number, and the last erasure of their rows.
    private let referred: [(model: Int, erasure: UInt64)]
    private let allPieces = Mutex<[[Piece]]?>(nil)
    private let isCancelled = Atomic(false)

    init(
        _ snapshot: Snapshot, _ plan: ScanPlan, keptAs question: ScanMemory.Question?
    ) throws {
        self.snapshot = snapshot
        self.plan = plan
        // An older snapshot cannot go on from totals of the newest, nor can texts and hashed values.
        self.question =
            snapshot.memory.keepsTotals && snapshot.commit == snapshot.state.commit
                && plan.canBeKept ? question : nil
        var (tables, inner): ([Int: StepTable], [Int: ScanShared]) = ([:], [:])
        for (index, dimension) in plan.dimensions.enumerated() {
            switch dimension {
            case .step(let operand, let grain):
                if case .column = plan.operands[operand] {
                    tables[index] = try Self.steps(
                        plan, operand, grain, isClipped: true, isKept: self.question != nil)
                }
            case .novelty(_, let time, let grain, let firsts):
                tables[index] = try Self.steps(
                    plan, time, grain, isClipped: false, isKept: self.question != nil)
                inner[index] = try ScanShared(
                    snapshot, firsts,
                    keptAs: question.map { ScanMemory.Question(.firsts($0, index)) })
            default: break
            }
        }
        sortedSteps = plan.sortedSteps
        stepTables = tables
        self.inner = inner
        codes = plan.model.layout.model.columns.indices.map { position in
            let layout = plan.model.layout
            return switch layout.model.columns[position].type {
            case .category:
                .words(snapshot.state.dictionaries[layout.id(ofColumn: position)]?.texts.count ?? 0)
            case .reference(let target): .references(snapshot.state.models[target]?.layout.id)
            case .boolean, .integer, .decimal, .money, .instant, .day, .text: .values
            }
        }
        tests = plan.conditions.map { CompanyTest($0, of: plan, in: snapshot.state) }
        referred = try plan.referredModels.map { name in
            (try snapshot.rows(of: name).layout.id, snapshot.state.erasures[name] ?? 0)
        }
    }

    var isKept: Bool { question != nil }

    /// Buffers for the scans of one thread.
    func takeBuffers() -> ScanBuffers { snapshot.memory.takeBuffers() }

    /// Keeps buffers for the next scan.
    func giveBack(_ buffers: ScanBuffers) { snapshot.memory.giveBack(buffers) }

    // MARK: Totals

    /// One company's totals: kept ones brought up to date, or made now.
    func totals(_ company: Int, _ buffers: ScanBuffers) throws -> CompanyTotals {
        try resumed(company, buffers) ?? scanned(company, buffers)
    }

    /// One company's totals made now.
    func scanned(_ company: Int, _ buffers: ScanBuffers) throws -> CompanyTotals {
        let scan = try CompanyScan(
            self, company: company, pieces: pieces(of: company), buffers: buffers)
        // With several companies, each is the work of one thread.
        try scan.run(threads: snapshot.scope.companies.count == 1 ? snapshot.memory.threads : 1)
        return CompanyTotals(company: company, totals: scan.totals, words: scan.lanes.words)
    }

    /// One company's kept totals brought up to date; nil when they must be made anew.
    func resumed(_ company: Int, _ buffers: ScanBuffers) throws -> CompanyTotals? {
        guard let question else { return nil }
        let name = ScanMemory.TotalsName(question: question, company: company)
        guard let kept = snapshot.memory.takeTotals(name),
            try isUpToDate(kept, company, buffers)
        else { return nil }
        return CompanyTotals(company: company, totals: kept.totals, words: [])
    }

    /// Keeps totals for the next time; nothing may change them until they are taken.
    func keep(_ found: CompanyTotals) {
        guard let question else { return }
        found.totals.settle()
        snapshot.memory.keepTotals(
            ScanMemory.KeptTotals(totals: found.totals, commit: snapshot.commit.number),
            as: ScanMemory.TotalsName(question: question, company: found.company))
    }

    /// Notes that the totals kept for a company are those of this snapshot, too.
    func renew(_ company: Int) {
        guard let question else { return }
        snapshot.memory.renewTotals(
            ScanMemory.TotalsName(question: question, company: company),
            from: max(lastChange(company), snapshot.state.oldest), to: snapshot.commit.number)
        for inner in inner.values { inner.renew(company) }
    }

    /// The pieces of a company's rows.
    private func pieces(of company: Int) -> [Piece] {
        allPieces.withLock { known in
            let all = known ?? Piece.all(of: plan.model, companies: snapshot.companyNumbers)
            known = all
            return company < all.count ? all[company] : []
        }
    }

    /// Ends the scan when the question is no longer wanted.
    func checkCancellation() throws {
        // Only the thread that was asked belongs to the task; the others learn of it from there.
        if Task.isCancelled { isCancelled.store(true, ordering: .relaxed) }
        if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
    }

    // MARK: Changes

    /// Whether what was kept at a commit can be brought up to date by following changes.
    ///
    /// Another reader may have been ahead of this snapshot; and rows that were erased, or that ended
    /// before the oldest commit, leave without a trace that could be followed.
    func canFollow(_ commit: UInt64) -> Bool {
        commit <= snapshot.commit.number && commit >= snapshot.state.oldest
            && lastErasure <= commit
    }

    /// The last commit that changed anything that a company's part of the answer depends on.
    func lastChange(_ company: Int) -> UInt64 {
        max(lastOwnChange(company), lastReferredChange(company), lastErasure)
    }

    private var lastErasure: UInt64 {
        snapshot.state.erasures[plan.model.layout.model.name] ?? 0
    }

    private func lastOwnChange(_ company: Int) -> UInt64 {
        let touch = Touch(model: plan.model.layout.id, company: company)
        return snapshot.state.touches[touch] ?? 0
    }

    /// The last commit that changed rows that the model's own refer to, so far as the answer depends
    /// on them.
    private func lastReferredChange(_ company: Int) -> UInt64 {
        var last = UInt64(0)
        for (model, erasure) in referred {
            let touch = Touch(model: model, company: company)
            last = max(last, snapshot.state.touches[touch] ?? 0, erasure)
        }
        for inner in inner.values { last = max(last, inner.lastReferredChange(company)) }
        return last
    }

    /// Brings kept totals up to date; false when they must be made anew.
    private func isUpToDate(
        _ kept: ScanMemory.KeptTotals, _ company: Int, _ buffers: ScanBuffers
    ) throws -> Bool {
        guard canFollow(kept.commit), lastReferredChange(company) <= kept.commit else {
            return false
        }
        if lastOwnChange(company) <= kept.commit { return true }
        for (index, inner) in inner {
            let firsts = try inner.totals(company, buffers)
            let isSame = firsts.totals.generation == kept.totals.firsts[index]
            inner.keep(firsts)
            if !isSame { return false }
        }
        let scan = try CompanyScan(
            self, company: company, pieces: [], buffers: buffers, kept: kept.totals)
        let changes = try snapshot.changes.changes(
            of: plan.model, after: kept.commit, in: snapshot)
        return try scan.advance(
            added: .changed(changes.added, places: changes.added.places(of: company)),
            removed: .changed(changes.removed, places: changes.removed.places(of: company)))
    }
}

/// What a question comes to for one company.
struct CompanyTotals {
    let company: Int
    let totals: Totals
    /// The texts that each text operand numbered.
    let words: [TextDictionary]

    /// A text that the scan numbered.
    func text(_ number: Int64, _ operand: Int) -> String {
        words[operand].text(of: number) ?? ""
    }
}

extension ScanPlan {
    /// The models on whose rows the answer depends because rows of the question's own refer to them.
    fileprivate var referredModels: Set<String> {
        var models: Set<String> = []
        for case .attribute(_, let name, _, _, _) in operands { models.insert(name) }
        for condition in conditions {
            // Which rows have a key is known from the rows that it is the key of.
            if case .reference(let name) = condition.meaning,
                case .among(let cells, _) = condition.test,
                cells.contains(where: { if case .key = $0 { true } else { false } })
            {
                models.insert(name)
            }
        }
        return models
    }
}

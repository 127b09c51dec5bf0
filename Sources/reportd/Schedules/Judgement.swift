import Vocabulary

/// How a run's condition was found for one recipient.
struct Judgement: Sendable, Hashable {
    /// The outcomes.
    enum Kind: String, Sendable, Hashable, CaseIterable {
        /// It is as the condition says.
        case met
        /// It is not.
        case unmet
        /// There is nothing to judge by: no value, or too few earlier ones.
        case unknown
    }

    let kind: Kind
    /// A sentence for the recipient, and for whoever wonders why nothing came.
    let words: String
    /// SHA-256 of what the report shows; empty where nobody asks whether it changed.
    var digest = ""
}

/// How an earlier run's condition was found for the same recipient.
struct PastJudgement: Sendable, Hashable {
    let kind: Judgement.Kind
    let digest: String
    /// Whether a message told of it, or is on its way.
    let wasTold: Bool
}

/// How often a recipient is told of a condition that lasts.
///
///     tell: {again: 7, recovery: true}
struct Telling: Sendable, Hashable {
    /// What becomes of a run.
    enum Verdict: Sendable, Hashable {
        /// It is sent.
        case send
        /// It is sent, to say that the condition is no longer met.
        case sendRecovery
        /// It is not sent.
        case leaveOut
    }

    /// Told at first, and again after so many runs; 0 for never again, 1 for each time.
    let again: Int
    /// Whether it is told when the condition is no longer met.
    let recovery: Bool

    /// Every run whose condition is met is sent.
    static let always = Telling(again: 1, recovery: false)
    /// The greatest number of runs.
    static let mostRuns = 1000

    init(again: Int, recovery: Bool) {
        self.again = again
        self.recovery = recovery
    }

    /// Reads the section `tell` of a schedule.
    ///
    /// - Throws: `Advice` with file and line.
    init(_ node: DefinitionNode) throws {
        let fields = try node.mapping(allowing: ["again", "recovery"])
        if let again = fields.optional("again"), try again.string() == "never" {
            self.again = 0
        } else {
            again = try fields.optional("again")?.integer(in: 1...Self.mostRuns) ?? 1
        }
        recovery = try fields.optional("recovery")?.boolean() ?? false
    }

    /// What becomes of a run, given how it and the runs before it were found, latest first.
    ///
    /// Runs without a finding neither begin nor end anything.
    func verdict(_ finding: Judgement, after past: [PastJudgement]) -> Verdict {
        let known = past.filter { $0.kind != .unknown }
        let lasting = known.prefix { $0.kind == .met }
        switch finding.kind {
        case .unknown: return .leaveOut
        case .unmet:
            return recovery && lasting.contains(where: \.wasTold) ? .sendRecovery : .leaveOut
        case .met:
            guard let since = lasting.firstIndex(where: \.wasTold) else { return .send }
            // The first of `lasting` is the run before this one.
            return again > 0 && since + 1 >= again ? .send : .leaveOut
        }
    }
}

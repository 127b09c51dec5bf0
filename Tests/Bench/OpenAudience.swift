import Foundation
import Synchronization
import Vocabulary

/// Those who see the same companies, and what has become of those companies' sales.
///
/// It is the truth that their pages are held against: how many sales there are, and when the server had
/// committed each of the new ones.
final class OpenAudience: Sendable {
    let name: String
    let role: String
    /// The numbers of their companies, from 1; empty for all.
    let companies: Set<Int>
    /// The language that their browsers ask for.
    let language: String
    /// How many sales of these companies the period had when the feed began.
    private let before: Int
    private let commits = Mutex<[ContinuousClock.Instant]>([])

    private init(
        name: String, role: String, companies: Set<Int>, language: String, before: [Int: Int]
    ) {
        self.name = name
        self.role = role
        self.companies = companies
        self.language = language
        self.before =
            before.filter { companies.isEmpty || companies.contains($0.key) }.values.reduce(0, +)
    }

    /// So many audiences: of all companies, of some, and of one each, from the largest on.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - before: How many sales of each company there are.
    /// - Returns: The audiences.
    static func audiences(_ count: Int, before: [Int: Int]) -> [OpenAudience] {
        (0..<count).map { number in
            let (role, companies): (String, Set<Int>) =
                switch number {
                case 0: ("ADMIN", [])
                case 1: ("SALES_MANAGER", [1])
                case 2: ("SALES_MANAGER", Set(1...5))
                case 3: ("ACCOUNTANT", [1, 2])
                default: (number % 2 == 0 ? "VIEWER" : "ACCOUNTANT", [number % 48 + 2])
                }
            return OpenAudience(
                name: "reader-\(number + 1)", role: role, companies: companies,
                language: ["en", "da", "nl"][number % 3], before: before)
        }
    }

    /// What the program's commands are told about them.
    var grant: [String] {
        ["--role", role] + companies.sorted().flatMap { ["--company", Self.code($0)] }
    }

    /// The condition by which SQL finds their sales of the period.
    var condition: String {
        let list = companies.sorted().map { String($0) }.joined(separator: ", ")
        return OpenFeed.period + (list.isEmpty ? "" : " AND company_id IN (\(list))")
    }

    private static func code(_ company: Int) -> String { String(format: "c%02d", company) }

    func sees(_ company: Int) -> Bool { companies.isEmpty || companies.contains(company) }

    /// Notes that the server has committed another sale of theirs.
    func note(_ committed: ContinuousClock.Instant) {
        commits.withLock { $0.append(committed) }
    }

    /// How many sales there are.
    var sales: Int { before + commits.withLock { $0.count } }

    /// When a sale was committed, by how many there were then; nil before the server's answer is here,
    /// and for those that were there from the beginning.
    func committed(_ sale: Int) -> ContinuousClock.Instant? {
        commits.withLock { commits in
            let index = sale - before - 1
            return commits.indices.contains(index) ? commits[index] : nil
        }
    }
}

import Foundation
import Synchronization

extension Typesetter {
    /// Sets the texts of a file with a typesetter that nobody else has meanwhile.
    ///
    /// Opening the fonts and learning their letters costs more than setting a page, so typesetters
    /// rest between files. One that has rested sets a text as a new one does: it begins with no
    /// letters, and what it knows of pango's answers depends on the fonts alone, which are those that
    /// `FontChoice` found when the program began.
    ///
    /// - Throws: `Advice` when the fonts are not installed, and what the work throws.
    static func lending<Result>(_ work: (Typesetter) throws -> Result) throws -> Result {
        let typesetter = try RestingTypesetters.shared.take() ?? Typesetter()
        defer { RestingTypesetters.shared.rest(typesetter) }
        return try work(typesetter)
    }
}

/// Typesetters that wait for their next file.
private final class RestingTypesetters: Sendable {
    static let shared = RestingTypesetters()

    /// Files that one works on before another takes its place, so that what pango remembers of the texts
    /// that it has seen does not grow for ever.
    private static let mostFiles = 250
    private static let most = ProcessInfo.processInfo.activeProcessorCount

    /// Each is in one place at a time: in the list, or with the one thread that has borrowed it.
    private struct Resting: @unchecked Sendable { let typesetter: Typesetter }

    private let resting = Mutex<[Resting]>([])

    func take() -> Typesetter? { resting.withLock { $0.popLast() }?.typesetter }

    func rest(_ typesetter: Typesetter) {
        typesetter.beginAnew()
        guard typesetter.files < Self.mostFiles else { return }
        let one = Resting(typesetter: typesetter)
        resting.withLock { all in if all.count < Self.most { all.append(one) } }
    }
}

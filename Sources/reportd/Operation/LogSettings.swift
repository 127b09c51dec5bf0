import Foundation
import Logging
import Vocabulary

/// What the log says and in which form: section ‘log’ of the configuration.
struct LogSettings: Sendable, Hashable {
    enum Format: String, Sendable, Hashable, CaseIterable {
        /// Lines for people.
        case text
        /// One JSON object a line, for programs.
        case json
    }

    var format = Format.text
    var level = Logger.Level.info
    /// Whether each request has a line.
    var hasRequests = false

    /// The variable that says more or less than the configuration, for one start.
    static let variable = "REPORTD_LOG_LEVEL"

    /// The log as it is without a section.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        level = Self.level(environment) ?? level
    }

    /// Reads the section.
    ///
    /// - Throws: `Advice` with file and line.
    init(_ section: DefinitionNode?, environment: [String: String]) throws {
        let fields = try section?.mapping(allowing: ["format", "level", "requests"])
        if let format = try fields?.optional("format")?.choice(Format.self, naming: "format") {
            self.format = format
        }
        if let node = fields?.optional("level") {
            let word = try node.string()
            guard let level = Logger.Level(rawValue: word) else {
                throw node.advice(
                    "‘\(word)’ is not a level of the log",
                    remedy: Spelling.remedy(
                        for: word, legal: Logger.Level.allCases.map(\.rawValue)))
            }
            self.level = level
        }
        level = Self.level(environment) ?? level
        hasRequests = try fields?.optional("requests")?.boolean() ?? (format == .json)
    }

    private static func level(_ environment: [String: String]) -> Logger.Level? {
        environment[variable].flatMap(Logger.Level.init(rawValue:))
    }
}

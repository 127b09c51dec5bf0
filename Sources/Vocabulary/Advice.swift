/// A place in a file that a person can open: `queries/metrics/sales.yaml:12:7`.
public struct Place: Sendable, Hashable, CustomStringConvertible {
    /// The file as its reader would name it, relative to where they stand.
    public let file: String
    /// Line, counted from 1.
    public let line: Int
    /// Column, counted from 1.
    public let column: Int

    /// Names a place.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// The form every editor understands: `file:line:column`.
    public var description: String { "\(file):\(line):\(column)" }
}

/// A place in the program itself, for whoever mends it: `reportd/ExportRoom.swift:120`.
public struct CodePlace: Sendable, Hashable, CustomStringConvertible {
    /// The file, with the room that it is in.
    public let file: String
    /// Line, counted from 1.
    public let line: UInt

    /// Names a place.
    public init(file: String, line: UInt) {
        self.file = file
        self.line = line
    }

    /// Its file and line.
    public var description: String { "\(file):\(line)" }
}

/// An error that is advice: what happened, and what to do about it.
///
/// Everything that can go wrong because of the world (input, files, servers, disks) is thrown as
/// an `Advice`. Our own mistakes trap instead. `description` is one line and safe to show to a
/// customer; `debugDescription` adds the cause.
public struct Advice: Error, Sendable, Hashable, CustomStringConvertible {
    /// What sort of failure it is.
    ///
    /// It decides the exit code of the program and the HTTP status.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The request itself is wrong: a flag, a parameter, an impossible period.
        case request
        /// A definition or configuration file is wrong.
        case definition
        /// Something named does not exist.
        case unknown
        /// A file or a document that was to be read is not what it should be.
        case input
        /// A server (source, mail) cannot be reached or broke off.
        case unreachable
        /// The caller, or we ourselves, lack a right.
        case denied
        /// The caller has not said who they are, or their token is not valid.
        case unauthenticated
        /// Another process or run is in the way.
        case busy
        /// The disk is full or a file cannot be written.
        case storage
        /// Stored data does not match its checksum or breaks an invariant.
        case damaged

        /// The program's exit code, after sysexits.h where it has a word for it.
        public var exitCode: Int32 {
            switch self {
            case .request: 64
            case .definition: 78
            case .unknown: 66
            case .input: 65
            case .unreachable: 69
            case .denied, .unauthenticated: 77
            case .busy: 75
            case .storage: 73
            case .damaged: 74
            }
        }
    }

    /// What sort of failure it is.
    public let kind: Kind
    /// What happened, as one sentence without a full stop.
    public let happened: String
    /// What the reader can do, as one sentence without a full stop; empty when nothing helps.
    public let remedy: String
    /// Where, when it happened in a file.
    public let place: Place?
    /// Each of the places where it happened, for who has to correct them all; one sentence each.
    public let details: [String]
    /// The technical cause, for whoever debugs it; never shown to a customer.
    public let cause: String?
    /// Where in the program it arose; no part of what it says, so that the same advice is equal
    /// wherever it comes from.
    public let origin: CodePlace

    /// Makes a piece of advice.
    ///
    /// `file` and `line` are those of the caller, and are never given.
    public init(
        _ kind: Kind, _ happened: String, remedy: String = "", at place: Place? = nil,
        details: [String] = [], cause: String? = nil, file: String = #fileID,
        line: UInt = #line
    ) {
        origin = CodePlace(file: file, line: line)
        self.kind = kind
        self.happened = happened
        self.remedy = remedy
        self.place = place
        self.details = details
        self.cause = cause
    }

    /// Whether two say the same.
    public static func == (left: Advice, right: Advice) -> Bool {
        left.kind == right.kind && left.happened == right.happened && left.remedy == right.remedy
            && left.place == right.place && left.details == right.details
            && left.cause == right.cause
    }

    /// Mixes what it says into a hash.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(happened)
        hasher.combine(remedy)
        hasher.combine(place)
        hasher.combine(details)
        hasher.combine(cause)
    }

    /// One line: where, what happened, what to do.
    public var description: String {
        let location = place.map { "\($0): " } ?? ""
        return location + (remedy.isEmpty ? happened : "\(happened); \(remedy)")
    }
}

extension Advice: CustomDebugStringConvertible {
    /// The line that a customer sees, and the cause behind it.
    public var debugDescription: String {
        cause.map { "\(description) [\($0)]" } ?? description
    }
}

/// Suggests the legal name that was probably meant.
public enum Spelling {
    /// The candidate nearest to `word`, if it is near enough to be a slip of the fingers.
    ///
    /// Distance is Levenshtein's; up to a third of the letters (at least two) may differ.
    public static func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
        let limit = max(2, word.count / 3)
        var best: (name: String, distance: Int)?
        for candidate in candidates.sorted() {
            let distance = distance(Array(word.lowercased()), Array(candidate.lowercased()))
            if distance <= limit, distance < (best?.distance ?? .max) {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// A remedy for an unknown name: the nearest one, or the list of legal ones.
    public static func remedy(for word: String, legal: some Sequence<String>) -> String {
        if let nearest = nearest(to: word, in: legal) { return "did you mean ‘\(nearest)’?" }
        let names = legal.sorted()
        if names.isEmpty { return "none is defined" }
        return "use one of: " + names.prefix(24).joined(separator: ", ")
            + (names.count > 24 ? " … (\(names.count) in all)" : "")
    }

    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        if left.isEmpty { return right.count }
        var previous = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                let substitution = previous[column] + (letter == other ? 0 : 1)
                current.append(min(substitution, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[right.count]
    }
}

import Analytics
import Vocabulary

/// An application's own API that reportd answers in its place: a file of `queries/endpoints/`.
///
/// The application's front end sees the addresses, parameters and shapes that it knows; every figure
/// in them comes from metrics. docs/ENDPOINTS.md explains the format.
struct ApplicationAPI: Sendable {
    /// Who signs in at the application's own address.
    struct SignIn: Sendable {
        let path: String
        /// The source whose users are meant, and which says what it calls each company.
        let source: String
        /// The model that holds the names of users.
        let model: String
    }

    /// The application, as errors name it.
    let name: String
    /// What addresses begin with, `/api/v1`, besides nothing.
    let base: String
    /// The model whose rows say which companies use the application.
    let model: String
    /// The one currency of its amounts; nil where each company has only its own.
    let currency: ReportingCurrency?
    /// How many requests a user has in an hour.
    let requestsPerHour: Int
    let signIn: SignIn?
    /// What is answered, by path.
    let endpoints: [String: Endpoint]

    /// The path of a request as the file writes it.
    func path(of address: String) -> String {
        address.hasPrefix(base + "/") ? String(address.dropFirst(base.count)) : address
    }

    /// Whether it answers an address.
    func owns(_ address: String) -> Bool {
        let path = path(of: address)
        return endpoints[path] != nil || signIn?.path == path
    }
}

/// One address of an application's API.
struct Endpoint: Sendable {
    /// The parameters that name the days, and the days without them.
    struct Days: Sendable {
        let from: String
        let to: String
        let standard: PeriodName
    }

    /// A parameter with words to choose from.
    struct Parameter: Sendable {
        enum Meaning: Sendable {
            /// The step of time that each word stands for.
            case grain([String: Grain])
            /// The column that has to hold the word.
            case condition(String)
            /// Nothing: there is one way only.
            case nothing
        }

        let name: String
        let words: [String]
        let standard: String?
        let meaning: Meaning
    }

    enum Answer: Sendable {
        /// JSON of this shape.
        case shape(Shape)
        /// The first list of a report, as CSV; `<date>` in the name is today.
        case file(report: String, name: String)
    }

    let path: String
    /// Nil where the answer is of all days.
    let days: Days?
    let parameters: [Parameter]
    let needsExportRight: Bool
    let answer: Answer
    /// The models that it reads.
    let modelsTouched: Set<String>
    /// Stands for the definition and all that it rests on.
    let hash: String
}

/// What an answer looks like.
indirect enum Shape: Sendable {
    case object([(name: String, shape: Shape)])
    case list(ShapeList)
    case word(ShapeWord)

    /// The words of it and of the objects in it, those of lists apart.
    var words: [ShapeWord] {
        switch self {
        case .object(let fields): fields.flatMap(\.shape.words)
        case .list: []
        case .word(let word): [word]
        }
    }

    /// The lists of it and of the objects in it, in order.
    var lists: [ShapeList] {
        switch self {
        case .object(let fields): fields.flatMap(\.shape.lists)
        case .list(let list): [list]
        case .word: []
        }
    }
}

/// A list in an answer: a question for metrics, of which each row becomes an object.
struct ShapeList: Sendable {
    enum Step: Sendable, Hashable {
        case grain(Grain)
        /// The one that a parameter names.
        case parameter(String)
    }

    let by: [String]
    let step: Step?
    let order: String?
    let top: Int?
    let each: Shape
}

/// One value of an answer.
enum ShapeWord: Sendable, Hashable {
    /// What of a metric is shown.
    enum Facet: String, Sendable, CaseIterable {
        case value, previous, change
        /// The day that lies so many days before today.
        case ago
        /// `increasing`, `decreasing` or `stable`, by the change.
        case trend

        /// Whether it is about the days before.
        var compares: Bool { self == .previous || self == .change || self == .trend }
    }

    case metric(String, Facet)
    /// The member of a dimension, and its key at the source.
    case member(String)
    case key(String)
    /// The step of time, its first and its last day within the days asked for.
    case step
    case start
    case end
    /// The place in the list, from 1.
    case rank
    /// What a parameter says.
    case parameter(String)

    /// The metric, if it is one.
    var metric: String? {
        guard case .metric(let name, _) = self else { return nil }
        return name
    }

    var compares: Bool {
        guard case .metric(_, let facet) = self else { return false }
        return facet.compares
    }
}

extension [ShapeWord] {
    /// The metrics among them, each once.
    var metrics: [String] {
        reduce(into: []) { names, word in
            if let name = word.metric, !names.contains(name) { names.append(name) }
        }
    }
}

import Vocabulary

/// A file that defines a schedule.
struct ScheduleFile: Sendable, Hashable {
    let path: String
    /// As people are told of it: relative to the folder of definitions.
    let name: String
    /// The line at which the definition begins.
    let line: Int
    /// Whether it was made through the pages, which then may change it.
    let isOwn: Bool
}

/// All schedules, as defined in `schedules/` of the definitions and of those made through the pages, one
/// in each file.
///
/// Loading never fails as a whole: a broken file leaves the last good definition in force, and
/// `problems` says what is wrong with it.
struct ScheduleBook: Sendable {
    /// The schedules, by name.
    let schedules: [Schedule]
    /// What is wrong with which file; empty when all is well.
    let problems: [Advice]
    private let files: [String: Schedule]
    private let places: [String: ScheduleFile]

    /// Makes a book of schedules that come from no file.
    init(_ schedules: [Schedule]) {
        self.schedules = schedules
        problems = []
        files = [:]
        places = [:]
    }

    private init(
        files: [String: Schedule], places: [String: ScheduleFile], problems: [Advice]
    ) {
        self.files = files
        self.places = Dictionary(
            uniqueKeysWithValues: files.compactMap { path, schedule in
                places[path].map { (schedule.name, $0) }
            })
        self.problems = problems
        schedules = files.values.sorted { $0.name < $1.name }
    }

    /// Reads the schedules of a folder of definitions.
    ///
    /// - Parameters:
    ///   - folder: The folder that holds `schedules/`.
    ///   - own: The definitions that were made through the pages; nil for none.
    ///   - companies: The companies that schedules may name.
    ///   - holidays: The days on which businesses rest.
    ///   - reports: The names of the reports there are.
    ///   - metrics: The metrics that conditions may name.
    ///   - previous: The book in force, from which broken files keep their schedule.
    /// - Returns: The book, with what is wrong in `problems`.
    static func load(
        _ folder: String, own: OwnDefinitions? = nil, companies: CompanyDirectory,
        holidays: HolidayBook = HolidayBook(),
        reports: [String], metrics: ScheduleMetrics = ScheduleMetrics(),
        keeping previous: ScheduleBook? = nil
    ) -> ScheduleBook {
        var files: [String: Schedule] = [:]
        var problems: [Advice] = []
        var channels: [Channel] = []
        do {
            channels = try Channel.all(definitions: folder)
        } catch {
            problems.append(
                error as? Advice ?? Advice(.definition, "channels.yaml cannot be read: \(error)"))
        }
        var places: [String: ScheduleFile] = [:]
        let theirs = DefinitionFolder.files(in: "schedules", of: folder)
        let ours = own?.files(in: .schedules) ?? []
        for path in theirs + ours {
            let base = ours.contains(path) ? own?.base ?? folder : folder
            let shown = String(path.dropFirst(base.count + 1))
            // A file that cannot be read keeps its last definition, and so its place.
            places[path] = ScheduleFile(
                path: path, name: shown,
                line: previous?.places.values.first { $0.path == path }?.line
                    ?? 1, isOwn: ours.contains(path))
            do {
                let node = try DefinitionNode(contentsOf: path, relativeTo: base)
                let schedule = try Schedule(
                    node, companies: companies, holidays: holidays, reports: reports,
                    metrics: metrics, channels: channels)
                if let other = files.first(where: { $0.value.name == schedule.name })?.key {
                    throw node.advice(
                        "schedule ‘\(schedule.name)’ is also defined in "
                            + (places[other]?.name ?? other),
                        remedy: "give one of the two another name")
                }
                files[path] = schedule
                places[path] = ScheduleFile(
                    path: path, name: shown, line: node.place.line, isOwn: ours.contains(path))
            } catch {
                problems.append(
                    error as? Advice ?? Advice(.definition, "\(path) cannot be read: \(error)"))
                let last = previous?.files[path]
                if let last, !files.values.contains(where: { $0.name == last.name }) {
                    files[path] = last
                }
            }
        }
        return ScheduleBook(files: files, places: places, problems: problems)
    }

    /// The file that defines a schedule; nil for one that comes from none.
    func file(of name: String) -> ScheduleFile? { places[name] }

    /// Finds a schedule by its name.
    ///
    /// - Throws: `Advice` that names the nearest one, or what is wrong with the file that may
    ///   define it.
    func schedule(_ name: String) throws -> Schedule {
        if let found = schedules.first(where: { $0.name == name }) { return found }
        if schedules.isEmpty, let problem = problems.first { throw problem }
        throw Advice(
            .unknown, "there is no schedule ‘\(name)’",
            remedy: Spelling.remedy(for: name, legal: schedules.map(\.name)))
    }
}

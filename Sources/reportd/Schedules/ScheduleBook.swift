import Vocabulary

/// All schedules, as defined in `queries/schedules/`, one in each file.
///
/// Loading never fails as a whole: a broken file leaves the last good definition in force, and
/// `problems` says what is wrong with it.
struct ScheduleBook: Sendable {
    /// The schedules, by name.
    let schedules: [Schedule]
    /// What is wrong with which file; empty when all is well.
    let problems: [Advice]
    private let files: [String: Schedule]

    /// Makes a book of schedules that come from no file.
    init(_ schedules: [Schedule]) {
        self.schedules = schedules
        problems = []
        files = [:]
    }

    private init(files: [String: Schedule], problems: [Advice]) {
        self.files = files
        self.problems = problems
        schedules = files.values.sorted { $0.name < $1.name }
    }

    /// Reads the schedules of a folder of definitions.
    ///
    /// - Parameters:
    ///   - folder: The folder that holds `schedules/`.
    ///   - companies: The companies that schedules may name.
    ///   - holidays: The days on which businesses rest.
    ///   - reports: The names of the reports there are.
    ///   - metrics: The metrics that conditions may name.
    ///   - previous: The book in force, from which broken files keep their schedule.
    /// - Returns: The book, with what is wrong in `problems`.
    static func load(
        _ folder: String, companies: CompanyDirectory, holidays: HolidayBook = HolidayBook(),
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
        for path in DefinitionFolder.files(in: "schedules", of: folder) {
            do {
                let node = try DefinitionNode(contentsOf: path, relativeTo: folder)
                let schedule = try Schedule(
                    node, companies: companies, holidays: holidays, reports: reports,
                    metrics: metrics, channels: channels)
                if let other = files.first(where: { $0.value.name == schedule.name })?.key {
                    throw node.advice(
                        "schedule ‘\(schedule.name)’ is also defined in \(other.dropFirst(folder.count + 1))",
                        remedy: "give one of the two another name")
                }
                files[path] = schedule
            } catch {
                problems.append(
                    error as? Advice ?? Advice(.definition, "\(path) cannot be read: \(error)"))
                let last = previous?.files[path]
                if let last, !files.values.contains(where: { $0.name == last.name }) {
                    files[path] = last
                }
            }
        }
        return ScheduleBook(files: files, problems: problems)
    }

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

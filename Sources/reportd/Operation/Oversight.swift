/// What a running program is watched and stopped by.
struct Oversight: Sendable {
    var log = LogSettings()
    let counts = RequestCounts()
    var closing = ClosingNotice()
    /// Files that grow, by what they are, for the room on their disks.
    var files: KeyValuePairs<String, String> = [:]
    /// Where unexpected errors are told; nil for nowhere.
    var errorReports: ErrorReports?
}

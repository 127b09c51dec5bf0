import Vocabulary

extension TekupDemo {
    /// How far a demo's database has come, as it keeps it itself.
    struct Progress: Sendable, Equatable {
        let seed: UInt64
        let scale: Double
        let firstDay: LocalDay
        /// Everything up to this instant has happened.
        let through: Instant
        /// How many pulses there were: the number of the next one.
        let pulses: Int
    }

    /// Reads how far the demo in a cluster has come; nil when there is none.
    ///
    /// - Throws: `Advice` when the server does not answer or the record is not ours.
    static func progress(in postgres: ScratchPostgres) throws -> Progress? {
        let databases = try postgres.query(
            "SELECT 1 FROM pg_database WHERE datname = '\(database)'")
        if databases.isEmpty { return nil }
        let tables = try postgres.query(
            "SELECT 1 WHERE to_regclass('demo.progress') IS NOT NULL", database: database)
        if tables.isEmpty { return nil }
        let rows = try postgres.query(
            """
            SELECT seed, scale, first_day, to_char(through, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), pulses
            FROM demo.progress
            """, database: database)
        guard let row = rows.first, row.count == 5, let seed = row[0].flatMap({ UInt64($0) }),
            let scale = row[1].flatMap({ Double($0) }),
            let firstDay = row[2].flatMap({ LocalDay($0) }),
            let through = row[3].flatMap({ Instant($0) }), let pulses = row[4].flatMap({ Int($0) })
        else {
            throw Advice(
                .input, "the demo's database does not say how far it has come",
                remedy: "delete the demo's folder to begin anew")
        }
        return Progress(
            seed: seed, scale: scale, firstDay: firstDay, through: through, pulses: pulses)
    }

    /// Makes the demo's database, or brings the one that is there up to now.
    ///
    /// A database that exists keeps its own seed, scale and first day. A clock that went backwards
    /// changes nothing.
    ///
    /// - Parameters:
    ///   - postgres: A cluster that runs.
    ///   - seed: What everything in a new database follows from.
    ///   - scale: How busy the companies of a new database are.
    ///   - days: How many days of history a new database gets.
    ///   - now: The present.
    /// - Returns: The demo, to be advanced and pulsed, and whether it was there before.
    /// - Throws: `Advice` when the server fails.
    static func open(
        in postgres: ScratchPostgres, seed: UInt64, scale: Double = 1, days: Int = 730,
        now: Instant
    ) throws -> (demo: TekupDemo, continued: Bool) {
        if let progress = try progress(in: postgres) {
            let demo = try TekupDemo(
                seed: progress.seed, scale: progress.scale, firstDay: progress.firstDay)
            try demo.advance(in: postgres, through: now)
            return (demo, true)
        }
        let today = try Zone(named: zoneName).day(of: now)
        let demo = try TekupDemo(seed: seed, scale: scale, firstDay: today.adding(days: -days))
        try postgres.createDatabase(database)
        try postgres.execute(database: database) { write in
            try demo.writeHistory(through: now, to: write)
        }
        return (demo, false)
    }

    /// Plays what has happened since the database was last brought up to date.
    ///
    /// - Throws: `Advice` when the server fails.
    func advance(in postgres: ScratchPostgres, through now: Instant) throws {
        guard let progress = try Self.progress(in: postgres), progress.through < now else { return }
        try postgres.execute(
            advanceScript(after: progress.through, through: now), database: Self.database)
    }
}

public import Store
import Vocabulary

/// The files that a proposal for a database consists of.
public struct ProposedFiles: Sendable {
    /// The name of the source, and of the files.
    public let source: String
    /// The file of `sources/`.
    public let mapping: String
    /// The file of `models/`.
    public let models: String
    /// The file of `metrics/`: first figures.
    public let metrics: String
    /// The file `companies.yaml`; empty when companies were given.
    public let companies: String
    /// How many tables are mapped, and how many are left out with the reason.
    public let tables: (mapped: Int, omitted: Int)
    /// How many choices the files leave to their reader.
    public let decisions: Int
}

/// Proposes a mapping for a Postgres database that nobody has described.
///
/// Reads the catalog, and for columns whose type does not tell enough at most 5,000 rows of each
/// table, in read-only transactions; columns that may be private are not read at all.
public struct PostgresDiscovery: Sendable {
    private let settings: ConnectionSettings
    private let source: String?
    private let schemas: [String]
    private let existing: Schema?
    private let company: String?

    /// Names a database.
    ///
    /// - Parameters:
    ///   - connection: A connection string, `postgresql://…` or `host=… dbname=…`.
    ///   - source: The name of the source; that of the database if not given.
    ///   - schemas: The schemas to look at; all but the server's own if none is given.
    ///   - existing: Definitions that the new ones will stand beside.
    ///   - company: The company that rows belong to, as far as no column tells.
    /// - Throws: `Advice` when the connection string cannot be read.
    public init(
        connection: String, source: String? = nil, schemas: [String] = [],
        existing: Schema? = nil, company: String? = nil
    ) throws {
        self.settings = try ConnectionSettings(connection, source: source ?? "(new)")
        self.source = source
        self.schemas = schemas
        self.existing = existing
        self.company = company
    }

    /// Looks at the database.
    ///
    /// - Throws: `Advice` when it cannot be reached, or has nothing that can be read.
    public func propose() async throws -> ProposedFiles {
        let interrupt = try Interrupt()
        do {
            return try await OwnThread.run(named: "discover", interrupt: interrupt) { [self] in
                try propose(interrupt)
            }
        } catch let failure as PostgresFailure {
            throw failure.advice(source: source ?? "(new)", target: settings.target)
        }
    }

    private func propose(_ interrupt: Interrupt) throws -> ProposedFiles {
        let connection = try PostgresConnection(
            settings, replication: false, application: "reportd discover", interrupt: interrupt)
        try connection.execute("SET default_transaction_read_only = on")
        let survey = try DatabaseSurvey(schemas: schemas, through: connection)
        let name =
            source
            ?? String(
                NameForm.identifier(NameForm.words(survey.database), otherwise: "database")
                    .prefix(40)
            ).replacing("_", with: "-")
        let proposal = try DatabaseProposal(
            survey, source: name, existing: existing, company: company,
            sampler: TableSampler(connection))
        guard !proposal.tables.isEmpty else { throw nothing(survey, proposal) }
        return ProposedFiles(
            source: name, mapping: proposal.mapping, models: proposal.models,
            metrics: proposal.metrics, companies: proposal.companiesFile,
            tables: (proposal.tables.count, proposal.omitted.count),
            decisions: proposal.decisions)
    }

    private func nothing(_ survey: DatabaseSurvey, _ proposal: DatabaseProposal) -> Advice {
        let database = "database ‘\(YAMLText.inComment(survey.database))’"
        guard !proposal.omitted.isEmpty else {
            return Advice(
                .unknown,
                schemas.isEmpty
                    ? "\(database) has no tables"
                    : "\(database) has no tables in \(schemas.joined(separator: ", "))",
                remedy: "check that the connection string names the database of the application, "
                    + "and that its role may see its schemas")
        }
        let reasons = proposal.omitted.prefix(5).map {
            YAMLText.inComment("\($0.name): \($0.reason)")
        }
        return Advice(
            .unknown, "no table of \(database) can be read",
            remedy: "mend one of these first: " + reasons.joined(separator: "; "))
    }
}

import Vocabulary

/// What ‘make bench BENCH="…"’ was asked for.
struct BenchArguments {
    /// A group of cases that can be run alone.
    enum Subject: String, CaseIterable {
        /// The ten questions of a manager's page, against DuckDB and SQLite.
        case page
        /// Bytes on disk, against DuckDB and SQLite.
        case size
        /// Memory while answering the page.
        case memory
        /// The page again after a hundred changed rows.
        case refresh
        /// Small durable commits, against the disk's own rate.
        case commit
        /// Full scans through the SQL surface, against SQLite.
        case sql
        /// Bulk write of the sales, against SQLite.
        case bulk
        /// The sales as a CSV file, against DuckDB.
        case csv
        /// The sales as a workbook, against libxlsxwriter in C and XlsxWriter in Python.
        case xlsx
        /// A whole dashboard as a workbook and as a PDF.
        case dashboard
        /// The first load of a Postgres database, against psql.
        case load
        /// The first load of a CouchDB database, against curl.
        case couch
        /// The time from a commit in Postgres to its being seen.
        case visible
        /// The changes of a Postgres database, against pg_recvlogical.
        case stream
        /// Memory while one large transaction is taken over.
        case transaction
        /// A statement of a thousand pages, against ReportLab and WeasyPrint.
        case pdf
        /// A thousand statements by mail, against a bar.
        case mail
        /// Dashboards over HTTP, against a bare handler and nginx; start and rest.
        case http
        /// A hundred open pages while a thousand changes a second arrive, against bars.
        case openPages = "open-pages"
        /// What a page weighs, and when a browser paints it, against bars.
        case weight
    }

    static let usage = """
        usage: reportd-bench [SUBJECT…] [--rows N] [--rounds N] [--reuse]
                             [--readers N] [--seconds N] [--steady]

          SUBJECT      \(Subject.allCases.map(\.rawValue).joined(separator: ", ")); all when none is named
          --rows N     sales in the data, 100000 to 100000000 (1000000); for open-pages from 10000
          --rounds N   runs of each side of a page's questions, interleaved, 1 to 1000 (15)
          --reuse      ask the store that an earlier run has loaded, and do not load it again
          --readers N  pages that are open, 1 to 1000 (100)
          --seconds N  how long they are while changes arrive, 1 to 86400 (60)
          --steady     fail when the program's memory has grown meanwhile

        Through make: make bench BENCH="page size --rows 10000000", make load MINUTES=10
        """

    /// What to run, in the order of `Subject`.
    private(set) var subjects = Subject.allCases
    /// How many sales the data has.
    private(set) var rows = 1_000_000
    /// How often each side of a page's question is run.
    private(set) var rounds = 15
    /// Whether the store of an earlier run is asked.
    private(set) var reuses = false
    /// How many pages are open.
    private(set) var readers = 100
    /// How many seconds they are open while changes arrive.
    private(set) var seconds = 60
    /// Whether growth of memory fails the run.
    private(set) var wantsSteadiness = false
    /// Whether only the usage is wanted.
    private(set) var wantsHelp = false

    /// Reads the words after the program's name.
    ///
    /// - Throws: `Advice` of kind `request` for a word that means nothing here.
    init(_ words: some Sequence<String>) throws {
        var named: Set<Subject> = []
        var rest = words.makeIterator()
        while let word = rest.next() {
            switch word {
            case "--help", "-h": wantsHelp = true
            case "--reuse": reuses = true
            case "--steady": wantsSteadiness = true
            case "--readers": readers = try Self.number(rest.next(), for: word, in: 1...1000)
            case "--seconds": seconds = try Self.number(rest.next(), for: word, in: 1...86_400)
            case "--rows": rows = try Self.number(rest.next(), for: word, in: 10_000...100_000_000)
            case "--rounds": rounds = try Self.number(rest.next(), for: word, in: 1...1000)
            default:
                guard let subject = Subject(rawValue: word) else {
                    let legal =
                        Subject.allCases.map(\.rawValue) + [
                            "--rows", "--rounds", "--reuse", "--readers", "--seconds",
                            "--steady", "--help",
                        ]
                    throw Advice(
                        .request, "the benchmark has no ‘\(word)’",
                        remedy: Spelling.remedy(for: word, legal: legal))
                }
                named.insert(subject)
            }
        }
        if !named.isEmpty { subjects = Subject.allCases.filter(named.contains) }
        // What others do with the rows spreads over so many.
        guard rows >= 100_000 || subjects == [.openPages] else {
            throw Advice(
                .request, "\(rows) sales are too few", remedy: "give 100000 with --rows, or more")
        }
    }

    private static func number(
        _ text: String?, for option: String, in range: ClosedRange<Int>
    ) throws -> Int {
        guard let number = text.flatMap({ Int($0) }), range.contains(number) else {
            throw Advice(
                .request, "\(option) takes a number, not ‘\(text ?? "")’",
                remedy: "give one from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

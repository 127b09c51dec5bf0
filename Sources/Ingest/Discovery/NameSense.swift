/// What the words of a name tell about what stands in a column.
///
/// Guesses, and meant as such: each ends up beside a comment that a person reads. What may be private
/// is recognised generously, since a column that is left out can be put back with one line, and one
/// that was copied cannot be taken back.
enum NameSense {
    private static let secrets: Set<String> = [
        "password", "passwords", "passwd", "pwd", "passphrase", "passcode", "hash", "salt",
        "secret", "secrets", "token", "tokens", "pin", "pins", "pincode", "otp", "totp", "mfa",
        "2fa", "apikey", "credential", "credentials", "session", "cookie", "signature", "cvv",
        "cvc",
        "nonce", "answer", "jwt", "challenge",
    ]
    private static let writings: Set<String> = [
        "message", "messages", "body", "content", "contents", "text", "note", "notes", "comment",
        "comments", "description", "remark", "remarks", "memo", "bio", "biography", "html",
        "markdown", "summary", "transcript", "prompt", "reply", "response", "subject", "chat",
        "conversation", "feedback", "review", "about", "details", "instructions", "caption",
        "story", "article", "letter", "reason", "persona", "explanation", "question", "excerpt",
        "greeting", "scenario", "outcome", "backstory", "opening", "template", "lyrics", "query",
        "json", "xml", "payload", "raw", "input", "output", "stacktrace", "error", "notat",
        "notities", "opmerking", "opmerkingen",
        "omschrijving", "beschrijving", "bemerkung", "bericht", "besked", "kommentar",
    ]
    private static let persons: Set<String> = [
        "email", "mail", "emailaddress", "phone", "mobile", "telephone", "tel", "fax", "cell",
        "address", "addresses", "street", "postal", "postcode", "postalcode", "zip", "zipcode",
        "birth", "birthday", "birthdate", "dob", "ip", "ipaddress", "useragent", "agent",
        "latitude", "longitude", "lat", "lng", "geo", "avatar", "photo", "picture",
        "iban", "bic", "ssn", "cpr", "bsn", "passport", "gender", "sex", "religion", "nationality",
        "username", "nickname", "login", "uid", "fingerprint", "visitor", "linkedin", "twitter",
        "facebook", "instagram", "whatsapp", "adres", "telefoon", "telefon",
    ]
    private static let links: Set<String> = ["url", "uri", "link", "href", "path", "filename"]

    /// Why a column is left out although its type could be read; nil when its name raises no doubt.
    static func privacy(of column: DatabaseSurvey.Column) -> String? {
        let words = Set(column.words)
        let numbers: Set<String> = [
            "pin", "pins", "pincode", "otp", "totp", "cvv", "cvc", "ssn", "cpr", "bsn", "passcode",
        ]
        switch column.kind {
        case .boolean, .uuid: return nil
        case .timestamp, .timestamptz, .date:
            return words.isDisjoint(with: ["birth", "birthday", "birthdate", "dob"])
                ? nil : "personal: no figure needs it"
        case .integer, .numeric, .float:
            if !words.isDisjoint(with: numbers) { return "secret: never copy it" }
            let places: Set<String> = ["latitude", "longitude", "lat", "lng", "phone"]
            return words.isDisjoint(with: places) ? nil : "personal: no figure needs it"
        case .text, .enumeration, .json, .other: break
        }
        let isKeyOfAccess =
            words.contains("key")
            && !words.isDisjoint(with: ["api", "private", "access", "secret", "encryption", "auth"])
        if isKeyOfAccess || !words.isDisjoint(with: secrets) { return "secret: never copy it" }
        if case .enumeration = column.kind { return nil }
        if !words.isDisjoint(with: persons) || isCardNumber(words) || isStrangersName(words) {
            return "personal: no figure needs it"
        }
        if isStatus(column.words) { return nil }
        if !words.isDisjoint(with: writings) { return "free text: may hold what people wrote" }
        if !words.isDisjoint(with: links) {
            return "an address of a page or file, which may hold names or tokens"
        }
        return nil
    }

    /// Whether words name somebody who is no customer and no colleague.
    private static func isStrangersName(_ words: Set<String>) -> Bool {
        words.contains("name")
            && !words.isDisjoint(with: ["contact", "sender", "recipient", "guest", "emergency"])
    }

    /// Whether rows of the table are people whose names no figure needs.
    static func isOfStrangers(_ name: String) -> Bool {
        !Set(NameForm.words(name).map(NameForm.singular)).isDisjoint(with: [
            "lead", "visitor", "subscriber", "applicant", "candidate", "patient", "student",
            "child", "guest", "enquiry", "inquiry", "ticket",
        ])
    }

    private static func isCardNumber(_ words: Set<String>) -> Bool {
        let isNumbered = !words.isDisjoint(with: ["number", "no", "nr", "pan"])
        return isNumbered && !words.isDisjoint(with: ["card", "account", "bank", "licence"])
    }

    /// Whether a column of this name is never copied, not even as part of a key.
    static func isSecretKey(_ column: DatabaseSurvey.Column) -> Bool { privacy(of: column) != nil }

    /// Whether rows of the table are themselves secrets, such as sessions.
    static func isSecretTable(_ name: String) -> Bool {
        !Set(NameForm.words(name).map(NameForm.singular)).isDisjoint(with: [
            "session", "password", "credential", "secret", "otp", "apikey", "verification",
            "authenticator", "oauth", "nonce", "passkey",
        ])
    }

    /// Whether the table holds what people write to each other.
    static func isCorrespondence(_ name: String) -> Bool {
        !Set(NameForm.words(name).map(NameForm.singular)).isDisjoint(with: [
            "message", "chat", "conversation", "note", "comment", "mail", "email", "letter", "sms",
            "prompt", "thread", "feedback", "diary", "memory", "notification", "notice",
        ])
    }

    /// Whether a table belongs to a tool rather than to the business.
    static func isHousekeeping(schema: String, table: String) -> Bool {
        let tables: Set<String> = [
            "_prisma_migrations", "schema_migrations", "ar_internal_metadata", "alembic_version",
            "django_migrations", "django_content_type", "django_session", "django_admin_log",
            "flyway_schema_history", "databasechangelog", "databasechangeloglock",
            "knex_migrations", "knex_migrations_lock", "__efmigrationshistory", "migrations",
            "typeorm_metadata", "sequelizemeta", "goose_db_version", "__drizzle_migrations",
            "spatial_ref_sys", "pgmigrations",
        ]
        let schemas: Set<String> = [
            "auth", "storage", "realtime", "vault", "graphql", "graphql_public", "extensions",
            "supabase_migrations", "supabase_functions", "pgsodium", "pgbouncer", "net", "cron",
            "drizzle", "hdb_catalog", "_timescaledb_internal", "_timescaledb_catalog",
        ]
        return tables.contains(table.lowercased()) || schemas.contains(schema)
    }

    /// Whether values are words of a state, whose changes are worth keeping.
    static func isStage(_ words: [String]) -> Bool {
        guard let last = words.last else { return false }
        return ["status", "stage", "state", "phase"].contains(last)
    }

    /// Whether values are probably few words that say of what sort a row is.
    static func isStatus(_ words: [String]) -> Bool {
        guard let last = words.last else { return false }
        return isStage(words)
            || [
                "type", "kind", "category", "role", "priority", "source", "channel", "method",
                "provider", "currency", "country", "unit", "level", "tier", "plan", "format",
                "visibility", "urgency", "quality", "intent", "region", "language", "locale",
                "industry", "segment", "department", "colour", "color", "size", "code",
            ].contains(last) && last != "code"
    }

    /// Words that make a number an amount; `weak` ones do so only for numbers with decimals.
    private static let amounts: Set<String> = [
        "amount", "price", "cost", "costs", "fee", "fees", "salary", "wage", "cents", "revenue",
        "payout", "rent", "turnover", "bedrag", "prijs", "betrag", "preis", "pris", "msrp",
    ]
    private static let weak: Set<String> = [
        "total", "subtotal", "paid", "balance", "income", "net", "gross", "vat", "tax", "discount",
        "deposit", "refund", "refunded", "payment", "budget", "charge", "profit", "margin",
        "commission", "due", "debit", "credit", "tip", "spend", "spent", "earnings", "quoted",
        "estimate", "sum", "sales", "expense", "moms", "btw",
    ]
    private static let counts: Set<String> = [
        "rate", "percent", "pct", "percentage", "ratio", "count", "number", "no", "qty",
        "quantity", "id", "score", "index", "level", "days", "hours", "minutes", "seconds",
        "weight", "token", "tokens", "credits", "point", "points", "coins", "size", "stock",
        "units", "items", "probability", "factor", "orders", "share", "year", "month", "version",
    ]
    private static let minor: Set<String> = [
        "cents", "cent", "minor", "pence", "ore", "oere", "centimes", "tambala", "kobo", "paise",
    ]

    /// Whether a number is an amount of money.
    static func isMoney(_ column: DatabaseSurvey.Column, in table: String) -> Bool {
        let words = Set(column.words)
        if !words.isDisjoint(with: minor) { return true }
        guard words.isDisjoint(with: counts) else { return false }
        let other = Set(NameForm.words(table).map(NameForm.singular))
        guard other.isDisjoint(with: ["token", "credit", "point", "coin", "stock", "inventory"])
        else { return false }
        if !words.isDisjoint(with: amounts) { return true }
        if column.kind == .integer { return false }
        // Names that run together: `extendedprice`, `supplycost`.
        if words.contains(where: { word in
            ["price", "cost", "amount"].contains { word.hasSuffix($0) }
        }) {
            return true
        }
        let isValue = words.contains("value") && words.count > 1
        return isValue || !words.isDisjoint(with: weak)
            || (words == ["value"] && !other.isDisjoint(with: ["deal", "order", "contract"]))
    }

    /// Whether a number that may be an amount is often written as a share of one.
    static func mayBeShare(_ column: DatabaseSurvey.Column) -> Bool {
        !Set(column.words).isDisjoint(with: ["tax", "vat", "discount", "margin", "moms", "btw"])
    }

    /// Whether an amount is what one piece costs, so that a sum of it means nothing.
    static func isPerPiece(_ words: [String]) -> Bool {
        let isOfPiece = ["unit", "list", "retail", "standard", "msrp", "each", "per"]
            .contains { words.contains($0) }
        return ["price", "cost"].contains(words.last ?? "") && (isOfPiece || words.count == 1)
            || words.contains("msrp") || words == ["retailprice"] || words == ["unitprice"]
    }

    /// Whether a number says how many pieces there are.
    static func isQuantity(_ column: DatabaseSurvey.Column) -> Bool {
        switch column.kind {
        case .integer, .numeric, .float:
            return ["quantity", "qty", "pieces", "aantal", "menge", "antal"]
                .contains(column.words.joined(separator: " "))
        default: return false
        }
    }

    /// Whether an integer that is no amount by its name alone might still be one.
    static func mayBeMoney(_ column: DatabaseSurvey.Column) -> Bool {
        let words = Set(column.words)
        return words.isDisjoint(with: counts) && !words.isDisjoint(with: weak)
    }

    /// Whether an amount says that it counts the smallest unit.
    static func countsMinorUnits(_ words: [String]) -> Bool { !Set(words).isDisjoint(with: minor) }

    /// Whether a text names the currency of amounts beside it.
    static func isCurrency(_ column: DatabaseSurvey.Column) -> Bool {
        column.kind.isTextual
            && !Set(column.words).isDisjoint(with: ["currency", "valuta", "waehrung", "ccy"])
    }

    /// Whether the column marks rows as deleted.
    static func isDeletion(_ column: DatabaseSurvey.Column) -> Bool {
        let name = column.words.joined(separator: "_")
        switch column.kind {
        case .timestamp, .timestamptz, .date:
            return ["deleted_at", "deleted_on", "date_deleted", "deleted", "deleted_date"]
                .contains(name)
        case .boolean: return ["deleted", "is_deleted", "soft_deleted"].contains(name)
        default: return false
        }
    }

    /// How well a name fits the one time by which rows are asked for; 0 if not at all.
    static func timeRank(_ column: DatabaseSurvey.Column, in table: String) -> Int {
        let words = column.words
        let name = words.joined(separator: "_")
        let own = NameForm.singular(NameForm.words(table)).last ?? ""
        let last = words.last ?? ""
        let isOfItself =
            (words.first == own && words.count == 2)
            || [
                "occurred_at", "occurred_on", "booked_at", "sold_at", "ordered_at", "issued_at",
                "issue_date", "date", "timestamp", "placed_at", "happened_at", "posted_at",
                "transaction_date", "event_time", "viewed_at",
            ].contains(name)
        if isOfItself { return column.isRequired ? 5 : 3 }
        let created: Set<String> = [
            "created_at", "created", "created_on", "inserted_at", "date_created", "creation_date",
            "created_date", "date_joined", "registered_at", "added_at", "create_time",
        ]
        if created.contains(name) { return 4 }
        if last == "at" || last == "date" || last == "on" { return 1 }
        return 1
    }

    /// How well a name fits the tenant that a row belongs to; 0 if not at all.
    static func tenantRank(_ column: DatabaseSurvey.Column) -> Int {
        guard column.kind.keyClass != nil else { return 0 }
        let ranks: [String: Int] = [
            "tenant": 9, "organization": 8, "organisation": 8, "org": 7, "company": 6,
            "workspace": 5, "business": 4, "store": 3, "shop": 3, "branch": 3, "location": 2,
        ]
        let words = column.words.filter { !["id", "uuid", "code", "slug", "key"].contains($0) }
        guard words.count == 1, let word = words.first else { return 0 }
        return ranks[word] ?? 0
    }
}

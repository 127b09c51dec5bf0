import Vocabulary

/// A table of the application's database, with its columns in order.
struct TekupTable: Sendable {
    let name: String
    let columns: [String]

    static let organizations = TekupTable(
        name: "organizations",
        columns: ["id", "name", "type", "billing_email", "created_at", "updated_at"])
    static let users = TekupTable(
        name: "users",
        columns: [
            "id", "organization_id", "email", "password_hash", "name", "role", "active",
            "created_at", "updated_at",
        ])
    static let services = TekupTable(
        name: "services",
        columns: [
            "id", "organization_id", "name", "description", "category", "base_price", "currency",
            "pricing_model", "duration_minutes", "active", "created_at", "updated_at",
        ])
    static let customers = TekupTable(
        name: "customers",
        columns: [
            "id", "organization_id", "name", "email", "phone", "customer_type", "company_name",
            "address", "tags", "notes", "total_sales_count", "total_revenue", "last_contact_at",
            "status", "created_at", "updated_at",
        ])
    static let sales = TekupTable(
        name: "sales",
        columns: [
            "id", "organization_id", "customer_id", "service_id", "sale_number", "status",
            "sale_date", "scheduled_date", "delivery_start", "delivery_end", "quoted_amount",
            "final_amount", "currency", "tax_rate", "tax_amount", "total_with_tax",
            "payment_status", "payment_date", "source", "assigned_to", "internal_notes",
            "customer_notes", "billy_invoice_id", "calendar_event_id", "created_at", "updated_at",
        ])
    static let leads = TekupTable(
        name: "leads",
        columns: [
            "id", "organization_id", "customer_id", "contact_name", "contact_email",
            "contact_phone", "source", "status", "priority", "score", "interest_service_id",
            "estimated_value", "message", "notes", "follow_up_date", "follow_up_count",
            "assigned_to", "converted_sale_id", "created_at", "updated_at",
        ])
    static let auditLogs = TekupTable(
        name: "audit_logs",
        columns: [
            "id", "organization_id", "user_id", "action_type", "resource_type", "resource_id",
            "details", "created_at",
        ])

    /// The row's values in the order of the columns; columns that are not named are null.
    func row(_ values: KeyValuePairs<String, String?>) -> [String?] {
        var row = [String?](repeating: nil, count: columns.count)
        for (column, value) in values { row[position(of: column)] = value }
        return row
    }

    /// Where a column stands.
    func position(of column: String) -> Int {
        guard let position = columns.firstIndex(of: column) else {
            preconditionFailure("\(name) has no column \(column)")
        }
        return position
    }
}

/// One change of one row, with the audit row that the application writes beside it.
///
/// Values are the text that Postgres reads, for COPY and for statements alike; so a row loaded at
/// once cannot differ from one that was changed step by step.
struct TekupEvent {
    enum Change {
        case insert([String?])
        /// New values, and what other columns must hold for the change to apply: a row that
        /// somebody has meanwhile moved elsewhere stays where it is.
        case update(set: [(column: String, value: String?)], expecting: [(String, String)])
        case delete
        /// The totals that the application keeps on a customer, raised by a new sale.
        case purchase(amount: String)
    }

    let at: Instant
    let table: TekupTable
    /// The row's id.
    let id: String
    let change: Change
    var audit: [String?]?

    /// The statement that makes the change.
    var statement: String {
        let key = "id = \(SQLText.literal(id))"
        let change: String
        switch self.change {
        case .insert(let row):
            change =
                "INSERT INTO \(table.name) (\(table.columns.joined(separator: ", "))) VALUES "
                + "(\(row.map(SQLText.literal).joined(separator: ", ")))"
        case .update(let set, let expecting):
            let values = set.map { "\($0.column) = \(SQLText.literal($0.value))" }
            let conditions = [key] + expecting.map { "\($0.0) = \(SQLText.literal($0.1))" }
            change =
                "UPDATE \(table.name) SET \(values.joined(separator: ", ")) "
                + "WHERE \(conditions.joined(separator: " AND "))"
        case .delete: change = "DELETE FROM \(table.name) WHERE \(key)"
        case .purchase(let amount):
            let time = SQLText.literal(SQLText.time(at))
            change =
                "UPDATE customers SET total_sales_count = total_sales_count + 1, "
                + "total_revenue = total_revenue + \(amount), last_contact_at = \(time), "
                + "updated_at = \(time) WHERE \(key)"
        }
        guard let audit else { return change + ";\n" }
        // Every column is cast: the values of a SELECT have no type to begin with.
        let values = zip(
            audit, ["uuid", "uuid", "uuid", "text", "text", "text", "jsonb", "timestamp"]
        )
        .map { "\(SQLText.literal($0))::\($1)" }.joined(separator: ", ")
        return "WITH changed AS (\(change) RETURNING 1) INSERT INTO audit_logs "
            + "(\(TekupTable.auditLogs.columns.joined(separator: ", "))) "
            + "SELECT \(values) FROM changed;\n"
    }
}

/// Values as Postgres reads them.
enum SQLText {
    /// A quoted literal, or NULL (`standard_conforming_strings` is on).
    static func literal(_ text: String?) -> String {
        guard let text else { return "NULL" }
        return "'" + text.replacing("'", with: "''") + "'"
    }

    /// A line of COPY's text format.
    static func copyLine(_ row: [String?]) -> String {
        row.map { value in
            guard let value else { return "\\N" }
            let isPlain = value.utf8.allSatisfy { $0 >= 32 && $0 != UInt8(ascii: "\\") }
            if isPlain { return value }
            return value.replacing("\\", with: "\\\\").replacing("\t", with: "\\t")
                .replacing("\n", with: "\\n").replacing("\r", with: "\\r")
        }.joined(separator: "\t") + "\n"
    }

    /// A `timestamp` in UTC: `2026-06-30 22:30:00.125`.
    static func time(_ instant: Instant) -> String {
        let seconds = instant.seconds
        let local = LocalTime(secondsSinceEpoch: seconds)
        let fraction = instant.microseconds - seconds * 1_000_000
        guard fraction != 0 else { return "\(local.day) \(local.clock)" }
        let digits = String(fraction + 1_000_000).dropFirst()
        return
            "\(local.day) \(local.clock).\(digits.hasSuffix("000") ? digits.dropLast(3) : digits)"
    }

    /// An amount in hundredths as a decimal: `1234.50`.
    static func amount(_ hundredths: Int64) -> String {
        ExactDecimal(unscaled: Int128(hundredths), scale: 2).description
    }
}

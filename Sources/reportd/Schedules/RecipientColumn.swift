import Analytics
import Reports
import Vocabulary

/// Recipients that the data names: everybody whose address stands in a column, each of whom gets the
/// report of their own rows.
///
///     recipients:
///       from: customer.email       # the column with the address, as the report's rows lead to it
///       having: revenue            # those for whom this metric has rows in the run's period
///       locale: da                 # or {from: customer.language, else: da}
///       companies: [rendetalje]    # whose rows they may be sent
///
/// Whoever stands there is known when the run is planned, which is after its data has arrived where it
/// waits for it. A report that cannot be divided by the column is sent to nobody.
struct RecipientColumn: Sendable, Hashable {
    /// The column, as a condition names it.
    let path: String
    /// The metric that says for whom there is anything.
    let metric: String
    /// The language and region of messages and figures, where the data names none that we have.
    let locale: String
    /// The column that names it for each of them; nil for one language for all.
    var localePath: String?
    /// The companies whose rows are sent.
    let companies: [String]

    /// The question whose members are the addresses.
    func query(_ period: PeriodName) -> MetricQuery {
        MetricQuery(
            metrics: [metric], period: period, by: [path], filters: [Condition(path, .present)])
    }

    /// The question whose members are what the data says of one recipient's language; nil where it is
    /// not asked, or the address is none.
    func localeQuery(of address: String, _ period: PeriodName) throws -> MetricQuery? {
        guard let localePath, let condition = condition(for: address) else { return nil }
        return MetricQuery(
            metrics: [metric], period: period, by: [localePath],
            filters: [try Condition(parsing: condition), Condition(localePath, .present)])
    }

    /// The language of a recipient for whom the data names these.
    ///
    /// It is the one that is named, as far as we have it; where several are, nobody knows which is meant,
    /// and it is the usual one.
    func locale(among named: [String]) -> String {
        let known = Set(
            named.compactMap { text in
                ReportLocale.tags.contains(ReportLocale(text).tag)
                    && ReportLocale.tags.contains { text.lowercased().hasPrefix($0.prefix(2)) }
                    ? ReportLocale(text).tag : nil
            })
        guard known.count == 1, let only = known.first else { return locale }
        return only
    }

    /// The condition that leaves one recipient's rows; nil for what is no mail address.
    ///
    /// An address has no quotes, commas or spaces, so that it cannot say more than itself.
    func condition(for address: String) -> String? {
        guard (try? EnvelopeAddress(address)) != nil else { return nil }
        return "\(path)=\"\(address)\""
    }
}

extension Schedule {
    /// The recipient of a delivery, as the schedule knows it now; nil when it does not any more.
    ///
    /// Of recipients that the data names, whoever was planned for is one; what they are sent follows
    /// from the data at that time, which may be nothing.
    func recipient(at address: String) -> Recipient? {
        guard let column else { return recipients.first { $0.address == address } }
        guard let condition = column.condition(for: address) else { return nil }
        return Recipient(
            address: address, name: "", locale: column.locale, companies: column.companies,
            condition: condition)
    }
}

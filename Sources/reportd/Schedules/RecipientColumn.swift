import Analytics
import Vocabulary

/// Recipients that the data names: everybody whose address stands in a column, each of whom gets the
/// report of their own rows.
///
///     recipients:
///       from: customer.email       # the column with the address, as the report's rows lead to it
///       having: revenue            # those for whom this metric has rows in the run's period
///       locale: da
///       companies: [rendetalje]    # whose rows they may be sent
///
/// Whoever stands there is known when the run is planned, which is after its data has arrived where it
/// waits for it. A report that cannot be divided by the column is sent to nobody.
struct RecipientColumn: Sendable, Hashable {
    /// The column, as a condition names it.
    let path: String
    /// The metric that says for whom there is anything.
    let metric: String
    /// The language and region of messages and figures.
    let locale: String
    /// The companies whose rows are sent.
    let companies: [String]

    /// The question whose members are the addresses.
    func query(_ period: PeriodName) -> MetricQuery {
        MetricQuery(
            metrics: [metric], period: period, by: [path], filters: [Condition(path, .present)])
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

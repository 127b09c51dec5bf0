import Foundation
import Hummingbird
import Vocabulary

/// Parameters or fields that cannot be right, as the application's error shape lists them.
struct FieldMistakes: Error {
    struct Mistake: Sendable, Hashable {
        let field: String
        let message: String
    }

    let mistakes: [Mistake]

    init(_ mistakes: [Mistake]) { self.mistakes = mistakes }

    init(_ field: String, _ message: String) {
        self.init([Mistake(field: field, message: message)])
    }
}

extension EndpointChoices {
    /// Reads the parameters of a request.
    ///
    /// Days are ISO 8601: dates, or moments whose day on the companies' clock counts. An end that is
    /// left out is that of the standard period. Without `company`, those are meant that use the
    /// application.
    ///
    /// - Throws: `FieldMistakes` that names every parameter which cannot be right.
    init(
        _ request: Request, _ endpoint: Endpoint, companies: [Company], now: Instant
    ) throws {
        let zone = companies.first?.zone ?? .utc
        let legal =
            endpoint.parameters.map(\.name)
            + [endpoint.days?.from, endpoint.days?.to].compactMap { $0 }
            + ["company"]
        var mistakes: [FieldMistakes.Mistake] = []
        var given: [String: String] = [:]
        for (name, value) in request.uri.queryParameters {
            let (name, text) = (String(name), String(value))
            // Of ‘?&a=b’ the first parameter has neither name nor value.
            if name.isEmpty, text.isEmpty { continue }
            guard legal.contains(name) else {
                mistakes.append(
                    .init(
                        field: name,
                        message: "\(name) is not known; "
                            + Spelling.remedy(for: name, legal: legal)))
                continue
            }
            if given[name] != nil {
                mistakes.append(.init(field: name, message: "\(name) is given twice"))
            }
            if !text.isEmpty { given[name] = text }
        }
        view.companies =
            given["company"].map { $0.split(separator: ",").map(String.init) }
            ?? companies.map(\.code)
        for parameter in endpoint.parameters {
            guard let text = given[parameter.name] else {
                words[parameter.name] = parameter.standard
                continue
            }
            let chosen = text.split(separator: ",").map(String.init)
            let isCondition = if case .condition = parameter.meaning { true } else { false }
            guard !chosen.isEmpty, isCondition || chosen.count == 1,
                chosen.allSatisfy({ parameter.words.contains($0) })
            else {
                let all = parameter.words.joined(separator: ", ")
                mistakes.append(
                    .init(
                        field: parameter.name,
                        message: "\(parameter.name) must be one of the following values: \(all)"))
                continue
            }
            words[parameter.name] = text
            if case .condition(let column) = parameter.meaning {
                view.conditions.append("\(column)=\(text)")
            }
        }
        if let days = endpoint.days {
            let standard = days.standard.period(today: zone.day(of: now))
            func day(_ name: String, _ otherwise: LocalDay) -> LocalDay {
                guard let text = given[name] else { return otherwise }
                if let day = LocalDay(text) ?? Instant(text).map({ zone.day(of: $0) }) {
                    return day
                }
                mistakes.append(
                    .init(
                        field: name,
                        message: "\(name) must be a valid ISO 8601 date string, as 2026-06-30"))
                return otherwise
            }
            let first = day(days.from, standard.start)
            let last = day(days.to, standard.last)
            if mistakes.isEmpty, given[days.from] != nil || given[days.to] != nil {
                if first > last {
                    mistakes.append(
                        .init(
                            field: days.from,
                            message:
                                "\(days.from) (\(first)) must not be after \(days.to) (\(last))"
                        ))
                }
                (view.from, view.to) = ("\(first)", "\(last)")
            }
        }
        guard mistakes.isEmpty else { throw FieldMistakes(mistakes) }
    }
}

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Vocabulary

/// The page on which people sign in, gone through as a browser does.
struct SignInDoor {
    let client: HTTPClient
    let address: String

    /// Signs somebody in; returns the cookie of their session.
    ///
    /// - Throws: `Advice` of kind `denied` when they are not let in.
    func session(_ name: String, _ password: String) async throws -> String {
        let page = try await client.execute(
            HTTPClientRequest(url: address + "/sign-in"), timeout: .seconds(20))
        let body = Data(try await page.body.collect(upTo: 1 << 20).readableBytesView)
        guard let token = body.text(between: "name=\"token\" value=\"", and: "\"") else {
            throw Advice(.damaged, "the page to sign in has no form", remedy: "look at it")
        }
        var request = HTTPClientRequest(url: address + "/sign-in")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
        let fields = [("token", token), ("name", name), ("password", password), ("next", "/")]
        request.body = .bytes(
            ByteBuffer(
                string: fields.map { field, value in
                    field + "="
                        + (value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
                }.joined(separator: "&")))
        let answer = try await client.execute(request, timeout: .seconds(20))
        _ = try await answer.body.collect(upTo: 1 << 20)
        guard answer.status == .seeOther,
            let cookie = answer.headers.first(name: "set-cookie")?.split(separator: ";").first
        else {
            throw Advice(
                .denied, "\(name) is not let in: status \(answer.status.code)",
                remedy: "sign in by hand and see why")
        }
        return String(cookie)
    }
}

/// The headline figures of a dashboard's JSON, in a form that SQL can write as well.
struct FigureLines {
    /// `revenue DKK 1234.50`, `sales 71`, `leads 12`, in order.
    let lines: [String]

    private struct Dashboard: Decodable {
        let cards: [Card]
    }
    private struct Card: Decodable {
        let figures: [Figure]?
    }
    private struct Figure: Decodable {
        let name: String
        let values: [Value]
    }
    private enum Value: Decodable {
        case amount(String, currency: String)
        case number(Int)

        private enum CodingKeys: String, CodingKey {
            case amount, currency
        }

        init(from decoder: any Decoder) throws {
            if let number = try? decoder.singleValueContainer().decode(Int.self) {
                self = .number(number)
                return
            }
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            self = .amount(
                try fields.decode(String.self, forKey: .amount),
                currency: try fields.decode(String.self, forKey: .currency))
        }
    }

    /// Reads the first card.
    ///
    /// - Throws: `DecodingError` when it is no dashboard with headline figures.
    init(json: Data) throws {
        let figures = try JSONDecoder().decode(Dashboard.self, from: json).cards.first?.figures
        lines = (figures ?? []).filter { ["revenue", "sales", "leads"].contains($0.name) }
            .flatMap { figure in
                figure.values.map { value in
                    switch value {
                    case .amount(let amount, let currency): "\(figure.name) \(currency) \(amount)"
                    case .number(let number): "\(figure.name) \(number)"
                    }
                }
            }.sorted()
    }
}

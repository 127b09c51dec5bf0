import Foundation
import Hummingbird
import Vocabulary

/// Reads JSON that was sent to us.
enum JSONBody {
    /// An object whose members are among some names.
    ///
    /// `thing` is what it should be, as `a question`.
    ///
    /// - Throws: `Advice` of kind `request` when it is not one, or has a name that means nothing.
    static func read<Body: Decodable, Names: BodyNames>(
        _ data: Data, as body: Body.Type, names: Names.Type, _ thing: String, remedy: String
    ) throws -> Body {
        let known = names.allCases.map(\.rawValue)
        if let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let other = object.keys.sorted().first(where: { !known.contains($0) })
        {
            throw Advice(
                .request, "‘\(other)’ is not known in \(thing)",
                remedy: Spelling.remedy(for: other, legal: known))
        }
        do {
            return try JSONDecoder().decode(body, from: data)
        } catch {
            throw Advice(.request, "the body is not \(thing) in JSON", remedy: remedy)
        }
    }
}

extension Request {
    /// Reads the body as JSON.
    ///
    /// - Throws: As `JSONBody.read`.
    func json<Body: Decodable, Names: BodyNames>(
        as body: Body.Type, names: Names.Type, _ thing: String, remedy: String
    ) async throws -> Body {
        let buffer = try await self.body.collect(upTo: APIRoutes.bodyLimit)
        return try JSONBody.read(
            Data(buffer.readableBytesView), as: body, names: names, thing, remedy: remedy)
    }
}

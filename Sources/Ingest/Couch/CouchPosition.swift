import Store
import Vocabulary

/// How far each database of a source is durable in our store, as text of `SourcePosition`.
///
/// ```
/// {"couchdb":1,"mapping":"…","databases":{"shop":{"since":"53-g1A…","started":"1751…","server":"…",
///  "purged":"0-g1A…","partial":true}}}
/// ```
/// Sequences are opaque and kept as they came. `partial` says that a reading from the beginning is
/// under way: rows that it has not met yet may have to go, so it has to be begun again.
struct CouchPosition: Sendable, Equatable {
    /// The place within one database.
    struct Place: Sendable, Equatable {
        /// The sequence up to which all changes are durable; `0` before the first.
        var since = "0"
        /// When the database was made, by its server: differs once it is made anew.
        var started = ""
        /// The server's own identity.
        var server = ""
        /// How far documents were purged, which the feed does not tell.
        var purged = ""
        /// Whether a reading from the beginning is under way.
        var isPartial = false

        /// The number that a sequence begins with: how many changes there were, summed over shards.
        var count: Int { CouchPosition.count(of: since) }
    }

    /// A hash of the mapping that the rows were made by.
    var mapping: String
    /// The places, by database.
    var places: [String: Place] = [:]

    init(mapping: String) { self.mapping = mapping }

    /// Reads a stored position; nil for one of another kind.
    init?(_ text: String) {
        guard let json = try? JSONParser.parse(text), json["couchdb"] == .number("1"),
            case .text(let mapping)? = json["mapping"],
            case .object(let members)? = json["databases"]
        else { return nil }
        self.mapping = mapping
        for member in members {
            func text(_ name: String) -> String {
                guard case .text(let text)? = member.value[name] else { return "" }
                return text
            }
            var place = Place()
            place.since = text("since")
            place.started = text("started")
            place.server = text("server")
            place.purged = text("purged")
            place.isPartial = member.value["partial"] == .boolean(true)
            places[member.name] = place
        }
    }

    /// The text to store.
    var text: String {
        let databases = places.sorted { $0.key < $1.key }.map { name, place in
            var members: [JSONValue.Member] = [
                .init(name: "since", value: .text(place.since)),
                .init(name: "started", value: .text(place.started)),
                .init(name: "server", value: .text(place.server)),
                .init(name: "purged", value: .text(place.purged)),
            ]
            if place.isPartial { members.append(.init(name: "partial", value: .boolean(true))) }
            return JSONValue.Member(name: name, value: .object(members))
        }
        return JSONValue.object([
            .init(name: "couchdb", value: .number("1")),
            .init(name: "mapping", value: .text(mapping)),
            .init(name: "databases", value: .object(databases)),
        ]).serialized
    }

    /// What is shown to people: how many changes of each database are in.
    var shown: String {
        places.sorted { $0.key < $1.key }.map { name, place in
            "\(name) \(place.count)" + (place.isPartial ? " (being read again)" : "")
        }.joined(separator: ", ")
    }

    /// The number that a sequence begins with; 0 for other sequences.
    static func count(of sequence: String) -> Int {
        Int(sequence.prefix { $0.isASCII && $0.isNumber }) ?? 0
    }
}

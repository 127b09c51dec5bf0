import Foundation
import Synchronization

/// One database of the stand-in.
struct CouchStandInDatabase {
    /// One end of a document's revision tree.
    struct Leaf {
        let revision: String
        /// The members besides `_id`, `_rev` and `_deleted`, as JSON between no braces.
        let members: String
        let isDeleted: Bool

        var generation: Int { Int(revision.prefix { $0 != "-" }) ?? 0 }
    }

    struct Document {
        let id: String
        var leaves: [Leaf]
        /// The number of its latest change.
        var change: Int

        /// The leaf that CouchDB lets win: living before deleted, longer before shorter, then the
        /// greater revision as text.
        var winner: Leaf {
            leaves.max { left, right in
                if left.isDeleted != right.isDeleted { return left.isDeleted }
                if left.generation != right.generation {
                    return left.generation < right.generation
                }
                return left.revision < right.revision
            } ?? Leaf(revision: "0-0", members: "", isDeleted: true)
        }

        var body: String {
            let winner = winner
            let head = "{\"_id\":\(CouchStandInJSON.quoted(id)),\"_rev\":\"\(winner.revision)\""
            return head + (winner.isDeleted ? ",\"_deleted\":true" : "")
                + (winner.members.isEmpty ? "" : "," + winner.members) + "}"
        }

        /// The document with the losing leaves that live, as with `conflicts=true`.
        var bodyWithConflicts: String {
            let winner = winner.revision
            let losing = leaves.filter { !$0.isDeleted && $0.revision != winner }
                .map(\.revision).sorted(by: >).map { "\"\($0)\"" }
            guard !losing.isEmpty else { return body }
            return body.dropLast() + ",\"_conflicts\":[" + losing.joined(separator: ",") + "]}"
        }
    }

    let name: String
    /// When it was made, in seconds; tells a database made anew from the one before.
    let started: Int64
    /// Told apart by sequences, so that one of another database is known as such.
    let identity: UInt32
    var documents: [String: Document] = [:]
    /// How many changes there were.
    var changes = 0
    var purges = 0
    /// Rows by the number of their change; replaced changes are nil.
    private(set) var order: [String?] = []

    init(name: String, started: Int64, identity: UInt32) {
        self.name = name
        self.started = started
        self.identity = identity
    }

    /// Adds a leaf to a document's tree, in the place of another or beside the others.
    mutating func add(_ leaf: Leaf, to id: String, replacing old: String?) {
        if let change = documents[id]?.change { order[change - 1] = nil }
        changes += 1
        order.append(id)
        documents[id, default: Document(id: id, leaves: [], change: 0)].change = changes
        documents[id]?.leaves.removeAll { $0.revision == old }
        documents[id]?.leaves.append(leaf)
    }

    mutating func purge(_ id: String) {
        guard let old = documents.removeValue(forKey: id) else { return }
        order[old.change - 1] = nil
        purges += 1
    }

    /// Goes back to an earlier state, as a restored backup does.
    mutating func truncate(to count: Int) {
        for id in order[count...].compactMap({ $0 }) { documents[id] = nil }
        order.removeSubrange(count...)
        changes = count
    }

    /// A place in the order of changes.
    ///
    /// Shards are read side by side, so that rows come in another order at times; a sequence then
    /// stands for the rows that have come and not for a number. Such a place is the `offset`th of the
    /// changes `base + 1 ... end` as `seed` shuffles them.
    struct Place {
        var base: Int
        var end: Int
        var seed: UInt64 = 0
        var offset = 0

        init(_ number: Int) { (base, end) = (number, number) }

        init(base: Int, end: Int, seed: UInt64, offset: Int) {
            (self.base, self.end, self.seed, self.offset) = (base, end, seed, offset)
        }

        /// The changes that are still to come of the shuffled ones.
        var rest: ArraySlice<Int> {
            var numbers = Array(base..<end).map { $0 + 1 }
            var state = seed
            for index in numbers.indices.dropFirst().reversed() {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                numbers.swapAt(index, Int(state >> 33) % (index + 1))
            }
            return numbers[min(offset, numbers.count)...]
        }
    }

    /// `N-<base64url>` for a place.
    func sequence(_ place: Place) -> String {
        let number = place.base + place.offset
        let text =
            "\(identity):\(place.base):\(place.end):\(place.seed):\(place.offset)"
            + ":g1AAAACTeJzLYWBgYMpgTmHgz8tPSTV0MDQy1zMAQsMckEQ"
        let code = Data(text.utf8).base64EncodedString().replacing("+", with: "-")
            .replacing("/", with: "_").replacing("=", with: "")
        return "\(number)-\(code)"
    }

    /// `N-<base64url>` for a number of changes.
    func sequence(_ number: Int) -> String { sequence(Place(number)) }

    /// The place that a sequence stands for; the beginning for one of another database; nil for what
    /// is no sequence.
    func place(of sequence: String) -> Place? {
        var sequence = sequence
        if sequence == "0" { return Place(0) }
        if sequence == "now" { return Place(changes) }
        if sequence.hasPrefix("\""), sequence.hasSuffix("\""), sequence.count > 1 {
            sequence = String(sequence.dropFirst().dropLast())
        }
        guard let dash = sequence.firstIndex(of: "-") else { return nil }
        var code = String(sequence[sequence.index(after: dash)...])
            .replacing("-", with: "+").replacing("_", with: "/")
        while code.count % 4 != 0 { code += "=" }
        guard let data = Data(base64Encoded: code) else { return nil }
        let parts = String(decoding: data, as: UTF8.self).split(separator: ":")
        guard parts.count == 6, let base = Int(parts[1]), let end = Int(parts[2]),
            let seed = UInt64(parts[3]), let offset = Int(parts[4])
        else { return nil }
        guard UInt32(parts[0]) == identity, end <= changes else { return Place(0) }
        return Place(base: base, end: end, seed: seed, offset: offset)
    }

    /// The rows after a place, with the place after each.
    func rows(after place: Place) -> [(place: Place, document: Document)] {
        var found: [(Place, Document)] = []
        for (index, number) in place.rest.enumerated() {
            guard let document = order[number - 1].flatMap({ documents[$0] }) else { continue }
            var after = place
            after.offset += index + 1
            found.append((after, document))
        }
        for number in place.end..<order.count {
            guard let document = order[number].flatMap({ documents[$0] }) else { continue }
            found.append((Place(number + 1), document))
        }
        return found
    }
}

/// JSON as CouchDB writes it.
enum CouchStandInJSON {
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case "\u{0}"..<"\u{20}":
                out += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}

extension CouchStandIn {
    // MARK: What a client with all rights would do

    /// Makes an empty database; one of that name that exists is deleted first.
    public func makeDatabase(_ name: String) {
        content.withLock { content in
            content.clock += 1
            content.cookieCount += 1
            content.databases[name] = CouchStandInDatabase(
                name: name, started: content.clock,
                identity: UInt32(truncatingIfNeeded: content.cookieCount &* 2_654_435_761))
        }
        wake()
    }

    /// Deletes a database.
    public func deleteDatabase(_ name: String) {
        content.withLock { $0.databases[name] = nil }
        wake()
    }

    /// Writes a document as the successor of its winner.
    ///
    /// - Parameters:
    ///   - database: The database.
    ///   - id: The document.
    ///   - members: JSON members without `_id` and `_rev`, between no braces.
    /// - Returns: Its revision.
    @discardableResult
    public func put(_ database: String, _ id: String, _ members: String) -> String {
        write(database, id, members, deleted: false)
    }

    /// Deletes a document; a tombstone may keep members.
    @discardableResult
    public func delete(_ database: String, _ id: String, keeping members: String = "") -> String {
        write(database, id, members, deleted: true)
    }

    private func write(
        _ database: String, _ id: String, _ members: String, deleted: Bool
    ) -> String {
        let revision = content.withLock { content -> String in
            let old = content.databases[database]?.documents[id]?.winner
            let generation = (old?.generation ?? 0) + 1
            let revision =
                "\(generation)-"
                + Self.digest("\(id)\(old?.revision ?? "")\(members)\(deleted)")
            content.databases[database]?.add(
                .init(revision: revision, members: members, isDeleted: deleted), to: id,
                replacing: old?.revision)
            return revision
        }
        wake()
        return revision
    }

    /// Adds a leaf with a revision of its own, as replication does (`new_edits: false`).
    public func addLeaf(
        _ database: String, _ id: String, revision: String, _ members: String,
        deleted: Bool = false
    ) {
        content.withLock { content in
            content.databases[database]?.add(
                .init(revision: revision, members: members, isDeleted: deleted), to: id,
                replacing: nil)
        }
        wake()
    }

    /// Removes a document and all trace of it but the purge counter.
    public func purge(_ database: String, _ id: String) {
        content.withLock { $0.databases[database]?.purge(id) }
        wake()
    }

    /// Sets a database back to its first so many changes, keeping its identity.
    public func restore(_ database: String, toChange count: Int) {
        content.withLock { $0.databases[database]?.truncate(to: count) }
        wake()
    }

    /// How many changes a database has seen.
    public func changeCount(_ database: String) -> Int {
        content.withLock { $0.databases[database]?.changes ?? 0 }
    }

    /// The living documents of a database as JSON, by id.
    public func documents(_ database: String) -> [(id: String, json: String)] {
        let found = content.withLock { $0.databases[database]?.documents ?? [:] }
        return found.values.filter { !$0.winner.isDeleted }
            .sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
            .map { ($0.id, $0.body) }
    }

    /// 32 hexadecimal digits that follow from a text.
    static func digest(_ text: String) -> String {
        var state: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for byte in text.utf8 {
            state ^= UInt128(byte)
            state &*= 0x0000_0000_0100_0000_0000_0000_0000_013b
        }
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}

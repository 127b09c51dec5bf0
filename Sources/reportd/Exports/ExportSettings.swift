import Foundation
import Store
import Vocabulary

/// How exports are made and kept: section ‘exports’ of the configuration.
struct ExportSettings: Sendable {
    /// The folder in which files are made, and kept where there is no bucket.
    var folder: String
    /// Days for which a file is kept.
    var keepDays = 7
    /// Exports that one process makes at once.
    var atOnce = 1
    /// Exports of one user that may wait or be made at a time.
    var waiting = 5
    /// Bytes of the files that one user may keep.
    var keptBytes = 2 << 30
    /// Days that a link may last at the most.
    var linkDays = 30
    /// Where files are kept; nil for the folder.
    var bucket: BucketSettings?

    /// The limits as they are without a configuration, in a folder.
    init(folder: String) { self.folder = folder }

    /// Reads the section; what it leaves out takes its default.
    ///
    /// - Throws: `Advice` with file and line.
    init(
        _ section: DefinitionNode?, besides state: String, absolute: (String) -> String,
        environment: [String: String]
    ) throws {
        folder = URL(fileURLWithPath: state).deletingLastPathComponent().path + "/exports"
        guard let section else { return }
        let fields = try section.mapping(allowing: [
            "folder", "keep-days", "at-once", "waiting", "kept", "link-days", "bucket",
        ])
        if let node = fields.optional("folder") { folder = absolute(try node.string()) }
        func number(_ name: String, _ range: ClosedRange<Int>, _ value: inout Int) throws {
            if let node = fields.optional(name) { value = try node.integer(in: range) }
        }
        try number("keep-days", 1...3660, &keepDays)
        try number("at-once", 1...64, &atOnce)
        try number("waiting", 1...1000, &waiting)
        try number("link-days", 1...3660, &linkDays)
        if let node = fields.optional("kept") {
            keptBytes = try StoreSettings.bytes(node, from: 1 << 20)
        }
        bucket = try fields.optional("bucket").map {
            try BucketSettings($0, environment: environment)
        }
    }

    /// The advice for who asks for more than they may.
    func tooMany(waiting count: Int) -> Advice {
        Advice(
            .busy, "\(count) exports of yours are being made or wait, and no more may",
            remedy: "wait until one is done, or cancel one")
    }

    /// The advice for who keeps more than they may.
    func tooMuch() -> Advice {
        Advice(
            .busy, "your exports take \(keptBytes >> 20) MB, and no more may be kept",
            remedy: "remove some that you have downloaded")
    }
}

/// A bucket of a storage that speaks the S3 protocol.
struct BucketSettings: Sendable {
    /// Where the storage is: scheme, host and port.
    let endpoint: URL
    /// The bucket's name.
    let name: String
    /// The region that signatures name.
    let region: String
    /// What the names of our objects begin with.
    let prefix: String
    /// Which key signs.
    let keyID: String
    /// The key that signs.
    let secret: HiddenText
    /// A PEM file of authorities to trust instead of the system's; nil for the system's.
    let authorities: String?

    /// Describes a bucket.
    ///
    /// - Throws: `Advice` when the endpoint is not an address.
    init(
        endpoint: String, name: String, region: String = "us-east-1", prefix: String = "reportd/",
        keyID: String, secret: String, authorities: String? = nil
    ) throws {
        guard let url = URL(string: endpoint), let scheme = url.scheme,
            ["http", "https"].contains(scheme), url.host != nil, ["", "/"].contains(url.path),
            url.query == nil, url.user == nil
        else {
            throw Advice(
                .definition, "‘\(endpoint)’ is not the address of a storage",
                remedy: "write scheme and host, as https://s3.eu-central-1.amazonaws.com")
        }
        let isPlain = { (text: String) in
            text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || Array("-_./".utf8).contains(byte)
            }
        }
        guard !name.isEmpty, isPlain(name), !name.contains("/"), isPlain(prefix),
            !prefix.hasPrefix("/"), !region.isEmpty, isPlain(region), !keyID.isEmpty
        else {
            throw Advice(
                .definition, "the bucket ‘\(name)’, its region, prefix or key is not well formed",
                remedy: "use letters, digits, ‘-’, ‘_’ and ‘.’; a prefix may hold ‘/’, as reportd/")
        }
        self.endpoint = url
        self.name = name
        self.region = region
        self.prefix = prefix
        self.keyID = keyID
        self.secret = HiddenText(secret: secret)
        self.authorities = authorities
    }

    /// Reads section ‘bucket’.
    ///
    /// - Throws: `Advice` with file and line; never the key.
    init(_ section: DefinitionNode, environment: [String: String]) throws {
        let fields = try section.mapping(allowing: [
            "endpoint", "name", "region", "prefix", "key-id", "key-id-env", "secret-file",
            "secret-env", "ca-file",
        ])
        let endpoint = try fields.required("endpoint")
        let keyID: String
        if let node = fields.optional("key-id-env") {
            keyID = try Settings.variable(node, environment)
        } else {
            keyID = try fields.required("key-id").string()
        }
        let secret: String
        if let node = fields.optional("secret-env") {
            secret = try Settings.variable(node, environment)
        } else {
            secret = try fields.required("secret-file").reading(Self.secret)
        }
        do {
            try self.init(
                endpoint: try endpoint.string(), name: try fields.required("name").string(),
                region: try fields.optional("region")?.string() ?? "us-east-1",
                prefix: try fields.optional("prefix")?.string() ?? "reportd/", keyID: keyID,
                secret: secret, authorities: try fields.optional("ca-file")?.string())
        } catch let error as Advice where error.place == nil {
            throw endpoint.advice(error.happened, remedy: error.remedy)
        }
    }

    /// The first line of a file that holds a secret.
    static func secret(_ path: String) throws -> String {
        let text = try? String(contentsOfFile: path, encoding: .utf8)
        guard let line = text?.split(whereSeparator: \.isNewline).first, !line.isEmpty else {
            throw Advice(
                .definition, "there is no key in \(path)",
                remedy: "write it into that file, readable by this user only")
        }
        return String(line)
    }
}

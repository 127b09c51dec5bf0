import Glibc
import Vocabulary

/// Addresses of the internet protocol, of either version, that begin with the same bits: `10.0.0.0/8`.
struct AddressRange: Sendable, Hashable {
    private let bytes: [UInt8]
    private let bits: Int

    /// This machine itself.
    static let near = ["127.0.0.0/8", "::1"].compactMap { try? AddressRange($0) }

    /// Reads an address, or the beginning of several as `10.0.0.0/8`.
    ///
    /// - Throws: `Advice` when it is none.
    init(_ text: String) throws {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let bytes = Self.bytes(of: String(parts[0])) ?? []
        let bits = parts.count == 2 ? Int(parts[1]) ?? -1 : bytes.count * 8
        guard !bytes.isEmpty, (0...bytes.count * 8).contains(bits) else {
            throw Advice(
                .definition, "‘\(text)’ is not an address or a range of addresses",
                remedy: "write it as 10.1.2.3, 10.0.0.0/8 or fd00::/8")
        }
        self.bytes = bytes
        self.bits = bits
    }

    /// Whether an address begins with the same bits.
    func contains(_ address: String) -> Bool {
        guard let other = Self.bytes(of: address), other.count == bytes.count else { return false }
        return (0..<bits).allSatisfy { bit in
            (bytes[bit / 8] ^ other[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
        }
    }

    /// The four or sixteen bytes of an address; nil when the text is none.
    ///
    /// An address of version 4 that is written in version 6 is the same address.
    static func bytes(of text: String) -> [UInt8]? {
        var four = [UInt8](repeating: 0, count: 4)
        if unsafe inet_pton(AF_INET, text, &four) == 1 { return four }
        var sixteen = [UInt8](repeating: 0, count: 16)
        guard unsafe inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
        return sixteen.starts(with: mapped) ? Array(sixteen.suffix(4)) : sixteen
    }

    /// By what to count whoever comes from an address: a network of version 6 (64 bits) is one
    /// customer, who has as many addresses as they like.
    static func countingName(of address: String) -> String {
        guard let bytes = bytes(of: address) else { return address }
        return bytes.prefix(bytes.count == 16 ? 8 : 4).map { String($0, radix: 16) }
            .joined(separator: ".")
    }
}

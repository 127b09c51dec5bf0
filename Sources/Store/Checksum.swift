import CKernels

/// CRC-32C (Castagnoli polynomial, as in iSCSI, RFC 3720 appendix B.4).
enum Checksum {
    /// The checksum of some bytes, continuing from that of the bytes before them.
    static func crc32c(_ bytes: [UInt8], from start: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe rk_crc32c(start, $0.baseAddress, $0.count) }
    }

    /// The checksum of a part of some bytes, continuing from that of the bytes before them.
    static func crc32c(_ bytes: ArraySlice<UInt8>, from start: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe rk_crc32c(start, $0.baseAddress, $0.count) }
    }
}

/// CRC-32C (Castagnoli polynomial, as in iSCSI, RFC 3720 appendix B.4), eight bytes at a time.
enum Checksum {
    private static let tables: [[UInt32]] = {
        var tables = [[UInt32]](repeating: [UInt32](repeating: 0, count: 256), count: 8)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
            tables[0][byte] = value
        }
        for byte in 0..<256 {
            for slice in 1..<8 {
                let last = tables[slice - 1][byte]
                tables[slice][byte] = last >> 8 ^ tables[0][Int(last & 0xFF)]
            }
        }
        return tables
    }()
    private static let flat = tables.flatMap(\.self)

    /// The checksum of some bytes, continuing from that of the bytes before them.
    static func crc32c(_ bytes: some Sequence<UInt8>, from start: UInt32 = 0) -> UInt32 {
        let result: UInt32? = bytes.withContiguousStorageIfAvailable {
            unsafe crc32c($0, from: start)
        }
        return result ?? crc32c(Array(bytes), from: start)
    }

    private static func crc32c(_ bytes: UnsafeBufferPointer<UInt8>, from start: UInt32) -> UInt32 {
        unsafe flat.withUnsafeBufferPointer { table in
            var state = ~start
            var index = 0
            let raw = UnsafeRawBufferPointer(bytes)
            while index + 8 <= bytes.count {
                let word = unsafe raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                let low = UInt32(truncatingIfNeeded: UInt64(littleEndian: word)) ^ state
                let high = UInt32(truncatingIfNeeded: UInt64(littleEndian: word) >> 32)
                state = unsafe table[1792 + Int(low & 0xFF)]
                state ^= unsafe table[1536 + Int(low >> 8 & 0xFF)]
                state ^= unsafe table[1280 + Int(low >> 16 & 0xFF)]
                state ^= unsafe table[1024 + Int(low >> 24)]
                state ^= unsafe table[768 + Int(high & 0xFF)]
                state ^= unsafe table[512 + Int(high >> 8 & 0xFF)]
                state ^= unsafe table[256 + Int(high >> 16 & 0xFF)]
                state ^= unsafe table[Int(high >> 24)]
                index += 8
            }
            while index < bytes.count {
                state = unsafe state >> 8 ^ table[Int((state ^ UInt32(bytes[index])) & 0xFF)]
                index += 1
            }
            return ~state
        }
    }
}

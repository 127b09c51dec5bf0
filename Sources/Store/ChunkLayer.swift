import CKernels
import CZstd

/// The second layer over a payload: zstd, for elements of several bytes plane by plane.
///
/// The first bytes of all elements come first, then the second ones, and so on: high bytes, which
/// are much alike, then stand side by side.
enum ChunkLayer {
    /// Level 1 for codes: it compresses as fast as the rest of a segment is encoded.
    static let codeLevel = Int32(1)
    /// Texts gain from longer matches.
    static let textLevel = Int32(3)
    /// zstd expands to at most so many bytes per byte of its own; more in a header is damage.
    private static let greatestExpansion = 1 << 16

    /// Compresses the payload of a chunk if what remains is at most a share of its size.
    static func compress(
        _ chunk: inout Chunk, elementBytes: Int, level: Int32, keepingAtMost share: Double,
        in room: EncodingRoom
    ) {
        precondition(chunk.layer == nil, "a payload is compressed once")
        let limit = Int(Double(chunk.payload.count) * share)
        guard
            let compressed = compressed(
                chunk.payload, elementBytes: elementBytes, level: level, limit: limit, in: room)
        else { return }
        chunk.layer = Chunk.Layer(elementBytes: elementBytes, rawBytes: chunk.payload.count)
        chunk.payload = compressed
    }

    /// The compressed bytes; nil when they would be more than `limit`.
    static func compressed(
        _ bytes: [UInt8], elementBytes: Int, level: Int32, limit: Int, in room: EncodingRoom
    ) -> [UInt8]? {
        if bytes.isEmpty || limit < 1 { return nil }
        let source = elementBytes == 1 ? bytes : shuffled(bytes, elementBytes)
        return room.compressed(source, level: level, limit: limit)
    }

    static func shuffled(_ elements: [UInt8], _ elementBytes: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: elements.count) { target, count in
            count = elements.count
            unsafe elements.withUnsafeBufferPointer { source in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                unsafe rk_shuffle(from, source.count / elementBytes, UInt32(elementBytes), to)
            }
        }
    }

    /// The payload before compression; nil when the bytes are not a compressed payload.
    static func restored(_ stored: ArraySlice<UInt8>, _ layer: Chunk.Layer) -> [UInt8]? {
        guard [1, 2, 4, 8, 16].contains(layer.elementBytes), layer.rawBytes > 0,
            layer.rawBytes % layer.elementBytes == 0,
            layer.rawBytes / greatestExpansion <= stored.count
        else { return nil }
        let planes = unsafe [UInt8](unsafeUninitializedCapacity: layer.rawBytes) { target, count in
            let written = unsafe stored.withUnsafeBytes { source in
                unsafe ZSTD_decompress(
                    target.baseAddress, layer.rawBytes, source.baseAddress, source.count)
            }
            count = written == layer.rawBytes ? written : 0
        }
        if planes.isEmpty || layer.elementBytes == 1 { return planes.isEmpty ? nil : planes }
        return unsafe [UInt8](unsafeUninitializedCapacity: planes.count) { target, count in
            count = planes.count
            unsafe planes.withUnsafeBufferPointer { source in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                unsafe rk_unshuffle(
                    from, source.count / layer.elementBytes, UInt32(layer.elementBytes), to)
            }
        }
    }
}

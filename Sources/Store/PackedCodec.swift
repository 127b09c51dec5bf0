import CKernels

/// Codec 2, *packed*: the codes of a frame with as many bits as they need, block by block.
///
/// A block is 1024 rows (the last one what remains). The payload begins with one byte per block,
/// the number of bits b of its codes, 0 to 8 × `width`; then come the blocks. A block of n rows is a
/// grid of 32 columns of ⌈⌈n ÷ 32⌉ × b ÷ 32⌉ words of four bytes, stored line by line. Column c
/// holds the codes of rows c, 32 + c, 64 + c, … one after another, from the lowest bit of its first
/// word on, and the rest of its last word is zero. Neighbouring rows so stand in neighbouring
/// words at the same bit, and one vector instruction unpacks many of them.
///
/// In memory the codes are those of a frame (codec 1) of `width` bytes.
enum PackedCodec {
    // MARK: Encode

    static func encode(_ analysis: NumberAnalysis, in room: EncodingRoom) -> Chunk {
        var chunk = analysis.header(.packed)
        let quotients = unsafe room.quotients.pointer(analysis.count)
        let narrow = unsafe room.narrow.pointer(analysis.count)
        unsafe rk_narrow(quotients, analysis.count, analysis.offset, 4, narrow)
        chunk.payload = pack(analysis.count, in: room)
        return chunk
    }

    /// Packs the codes that lie in the room.
    static func pack(_ count: Int, in room: EncodingRoom) -> [UInt8] {
        let narrow = unsafe room.narrow.pointer(count)
        let packed = unsafe room.packed.pointer(rk_packed_capacity(count))
        let bytes = unsafe rk_pack(narrow, count, packed)
        return unsafe Array(UnsafeBufferPointer(start: packed, count: bytes))
    }

    // MARK: Decode

    static func decode(_ chunk: Chunk) -> NumberVector.Shape? {
        guard [1, 2, 4].contains(chunk.width), chunk.entries == 0, chunk.count > 0,
            let codes = unpack(chunk.payload[...], count: chunk.count, width: chunk.width)
        else { return nil }
        return FrameCodec.shape(chunk, codes)
    }

    /// Codes of so many bytes; nil when the payload is not of so many such codes.
    static func unpack(_ payload: ArraySlice<UInt8>, count: Int, width: Int) -> CodeBuffer? {
        var isWhole = false
        let codes = unsafe CodeBuffer(count: count, width: width) { target in
            guard let start = target.baseAddress else { return }
            isWhole = unsafe payload.withUnsafeBufferPointer { source in
                guard let from = source.baseAddress else { return false }
                return unsafe rk_unpack(from, source.count, count, UInt32(width), start)
            }
            if !isWhole { unsafe target.initializeMemory(as: UInt8.self, repeating: 0) }
        }
        return isWhole ? codes : nil
    }
}

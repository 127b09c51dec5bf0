/// Many texts in one piece of memory.
///
/// Stored as the bytes of a length (1, 2 or 4; one byte), the length of each text, and the UTF-8 of
/// all texts one after another.
struct TextList: Sendable {
    fileprivate let offsets: [UInt32]
    fileprivate let bytes: [UInt8]

    var count: Int { offsets.count - 1 }
    var memory: Int { offsets.count * 4 + bytes.count + 64 }

    subscript(index: Int) -> String {
        String(decoding: bytes[Int(offsets[index])..<Int(offsets[index + 1])], as: UTF8.self)
    }

    /// Appends the UTF-8 of a text.
    func append(_ index: Int, to target: inout [UInt8]) {
        target += bytes[Int(offsets[index])..<Int(offsets[index + 1])]
    }

    /// All texts.
    var all: [String] { (0..<count).map { self[$0] } }

    static func append(_ texts: [String], to payload: inout [UInt8]) {
        let longest = texts.reduce(0) { max($0, $1.utf8.count) }
        let width = longest <= 0xFF ? 1 : longest <= 0xFFFF ? 2 : 4
        payload.append(UInt8(width))
        for text in texts {
            switch width {
            case 1: payload.append(UInt8(text.utf8.count))
            case 2: payload.append(littleEndian: UInt16(text.utf8.count))
            default: payload.append(littleEndian: UInt32(text.utf8.count))
            }
        }
        for text in texts { payload += text.utf8 }
    }

    /// The list that a payload has from `start` on, and where it ends.
    static func read(_ payload: [UInt8], at start: Int, count: Int) -> (TextList, end: Int)? {
        guard count >= 0, start < payload.count, [1, 2, 4].contains(payload[start]) else {
            return nil
        }
        let width = Int(payload[start])
        let lengthsAt = start + 1
        let bytesAt = lengthsAt + count * width
        guard bytesAt <= payload.count else { return nil }
        var offsets: [UInt32] = [0]
        offsets.reserveCapacity(count + 1)
        var end = 0
        for index in 0..<count {
            let place = lengthsAt + index * width
            switch width {
            case 1: end += Int(payload[place])
            case 2: end += Int(payload[place]) | Int(payload[place + 1]) << 8
            default: end += Int(payload.littleEndian32(at: place))
            }
            guard end <= payload.count - bytesAt else { return nil }
            offsets.append(UInt32(end))
        }
        let bytes = Array(payload[bytesAt..<(bytesAt + end)])
        return (TextList(offsets: offsets, bytes: bytes), bytesAt + end)
    }
}

extension TextList {
    /// No texts.
    static let empty = TextList(offsets: [0], bytes: [])
}

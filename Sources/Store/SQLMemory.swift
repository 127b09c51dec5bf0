import Vocabulary

/// Memory at a fixed address that C reads; owned by one reader and used by one thread.
@safe
final class FixedBuffer<Element: BitwiseCopyable> {
    let capacity: Int
    let pointer: UnsafeMutablePointer<Element>

    init(repeating value: Element, capacity: Int) {
        self.capacity = max(1, capacity)
        unsafe pointer = .allocate(capacity: self.capacity)
        unsafe pointer.initialize(repeating: value, count: self.capacity)
    }

    convenience init(_ elements: [Element], or value: Element) {
        self.init(repeating: value, capacity: elements.count)
        replace(with: elements)
    }

    deinit { unsafe pointer.deallocate() }

    /// Copies elements to the beginning.
    func replace(with elements: [Element]) {
        precondition(elements.count <= capacity)
        unsafe elements.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return }
            unsafe pointer.update(from: base, count: source.count)
        }
    }

    subscript(index: Int) -> Element {
        get {
            precondition((0..<capacity).contains(index))
            return unsafe pointer[index]
        }
        set {
            precondition((0..<capacity).contains(index))
            unsafe pointer[index] = newValue
        }
    }
}

/// Texts at fixed addresses: their UTF-8 one after another, where each begins and how long it is.
final class TextMemory {
    /// UTF-8 of the texts; replaced by a larger one when it is full.
    private(set) var bytes: FixedBuffer<UInt8>
    let offsets: FixedBuffer<Int64>
    /// -1 for a missing text.
    let lengths: FixedBuffer<Int32>
    let count: Int
    private(set) var used = 0

    /// Room for so many texts, all missing.
    init(count: Int) {
        self.count = count
        bytes = FixedBuffer(repeating: 0, capacity: 4096)
        offsets = FixedBuffer(repeating: 0, capacity: count)
        lengths = FixedBuffer(repeating: -1, capacity: count)
    }

    /// Texts that stay as they are.
    convenience init(_ texts: [String?]) {
        self.init(count: texts.count)
        for (index, text) in texts.enumerated() { set(index, text) }
    }

    /// Bytes held in memory.
    var memory: Int { bytes.capacity + count * 12 }

    /// Forgets all texts but keeps the room.
    func clear() { used = 0 }

    /// Sets a text; addresses of the bytes given before may change.
    func set(_ index: Int, _ text: String?) {
        guard var text else {
            lengths[index] = -1
            return
        }
        text.withUTF8 { source in
            reserve(source.count)
            if let base = source.baseAddress {
                unsafe (bytes.pointer + used).update(from: base, count: source.count)
            }
            offsets[index] = Int64(used)
            lengths[index] = Int32(source.count)
            used += source.count
        }
    }

    /// A text; nil when it is missing.
    func text(_ index: Int) -> String? {
        guard lengths[index] >= 0 else { return nil }
        let bytes = unsafe UnsafeBufferPointer(
            start: bytes.pointer + Int(offsets[index]), count: Int(lengths[index]))
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    private func reserve(_ count: Int) {
        guard used + count > bytes.capacity else { return }
        let larger = FixedBuffer<UInt8>(repeating: 0, capacity: max(used + count, used * 2))
        unsafe larger.pointer.update(from: bytes.pointer, count: used)
        bytes = larger
    }
}

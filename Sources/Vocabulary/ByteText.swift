/// A text that is equal to another when their bytes are.
///
/// Swift's `String` holds “é” written as one scalar and as two for equal; a source that keeps them
/// apart must find them apart here.
public struct ByteText: Sendable, Hashable {
    /// The text.
    public let text: String

    /// Wraps a text.
    public init(_ text: String) { self.text = text }

    /// Compares bytes.
    public static func == (left: ByteText, right: ByteText) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// Hashes bytes.
    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { bytes in
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
    }
}

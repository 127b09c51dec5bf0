import CZstd

/// Room for columns on their way into chunks, so that each does not ask for memory anew.
///
/// One thread uses it at a time.
@safe
final class EncodingRoom {
    /// One piece of memory that grows as it is needed.
    @safe
    struct Piece<Element: BitwiseCopyable> {
        fileprivate var memory: UnsafeMutablePointer<Element>?
        fileprivate var capacity = 0

        fileprivate init() { unsafe memory = nil }

        /// Memory for so many elements, with any content.
        mutating func pointer(_ count: Int) -> UnsafeMutablePointer<Element> {
            if let memory = unsafe memory, capacity >= count { return unsafe memory }
            unsafe memory?.deallocate()
            let made = UnsafeMutablePointer<Element>.allocate(capacity: max(count, 1024))
            unsafe memory = made
            capacity = max(count, 1024)
            return unsafe made
        }
    }

    var quotients = Piece<UInt64>()
    var differences = Piece<UInt64>()
    var narrow = Piece<UInt32>()
    var restartRows = Piece<UInt32>()
    var restartValues = Piece<UInt64>()
    var packed = Piece<UInt8>()
    private var target = Piece<UInt8>()
    private let context: OpaquePointer

    init() {
        guard let made = unsafe ZSTD_createCCtx() else {
            preconditionFailure("no memory for a compressor")
        }
        unsafe context = made
    }

    deinit {
        unsafe ZSTD_freeCCtx(context)
        unsafe quotients.memory?.deallocate()
        unsafe differences.memory?.deallocate()
        unsafe narrow.memory?.deallocate()
        unsafe restartRows.memory?.deallocate()
        unsafe restartValues.memory?.deallocate()
        unsafe packed.memory?.deallocate()
        unsafe target.memory?.deallocate()
    }

    /// Bytes as one zstd frame; nil when it would have more than `limit` of them.
    func compressed(_ bytes: [UInt8], level: Int32, limit: Int) -> [UInt8]? {
        let room = unsafe target.pointer(limit)
        let written = unsafe bytes.withUnsafeBytes { source in
            unsafe ZSTD_compressCCtx(
                context, room, limit, source.baseAddress, source.count, level)
        }
        // Too little room is the only error there can be.
        if ZSTD_isError(written) != 0 { return nil }
        return unsafe Array(UnsafeBufferPointer(start: room, count: written))
    }
}

import Foundation

/// How much room there is where a file lies.
enum DiskRoom {
    /// Free bytes on the disk of a file's folder; nil where the system does not tell.
    static func freeBytes(besides path: String) -> Int64? {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        return (attributes?[.systemFreeSize] as? NSNumber)?.int64Value
    }
}

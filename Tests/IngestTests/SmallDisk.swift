import Foundation
import Glibc
import Testing

/// A file system of a few megabytes; unmounted with its owner.
final class SmallDisk: Sendable {
    let path: String

    init(megabytes: Int) throws {
        path = NSTemporaryDirectory() + "/reportd-small-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try #require(
            mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0,
            "tests run as root, who may mount a small file system")
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Another program takes the room that is left, but for some bytes.
    func fill(leaving bytes: Int = 0) throws {
        let descriptor = open(path + "/filler", O_WRONLY | O_CREAT, 0o600)
        try #require(descriptor >= 0)
        let zeros = [UInt8](repeating: 0, count: 4096)
        while write(descriptor, zeros, zeros.count) > 0 {}
        ftruncate(descriptor, max(0, lseek(descriptor, 0, Int32(SEEK_END)) - bytes))
        close(descriptor)
    }

    func makeRoom() throws { try FileManager.default.removeItem(atPath: path + "/filler") }
}

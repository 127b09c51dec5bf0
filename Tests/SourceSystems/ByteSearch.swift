import Foundation
import Glibc

/// Looks for a text among bytes, as they stand in files, on the wire and in what programs say.
enum ByteSearch {
    /// Whether a text stands among bytes; much faster than Foundation's search.
    static func holds(_ bytes: some ContiguousBytes, _ text: String) -> Bool {
        let word = Array(text.utf8)
        return bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) -> Bool in
            var start = 0
            while start + word.count <= bytes.count, let base = bytes.baseAddress {
                let left = bytes.count - start
                guard let found = memchr(base + start, Int32(word[0]), left) else { return false }
                start = UnsafeRawPointer(found) - base
                if start + word.count > bytes.count { return false }
                if memcmp(base + start, word, word.count) == 0 { return true }
                start += 1
            }
            return false
        }
    }

    /// The files of a folder, and below it, in which a text stands.
    static func files(in folder: String, holding text: String) throws -> [String] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
        let contents = names.compactMap { name in
            FileManager.default.contents(atPath: folder + "/" + name).map { (name, $0) }
        }
        precondition(!contents.isEmpty, "there is nothing to look into in \(folder)")
        return contents.compactMap { holds($0.1, text) ? $0.0 : nil }
    }
}

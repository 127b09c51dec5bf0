import Dispatch
import Foundation
import Synchronization
import Testing
import Vocabulary

@testable import reportd

@Suite("Secrets in files")
struct SecretFileTests {
    @Test("those who make and read a key at the same time have the same one")
    func isWholeFromTheFirstMoment() throws {
        let folder = try DeliveryFolder()
        let claim = LinkKey.Claim(link: "a", export: "b", expires: Instant(seconds: 1))
        for round in 0..<40 {
            let path = "\(folder.path)/\(round)/state.sqlite"
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(round)", withIntermediateDirectories: true)
            let found = Mutex<[Result<String, any Error>]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                let own = Result { try LinkKey(besides: path).token(claim) }
                found.withLock { $0.append(own) }
            }
            let tokens = try found.withLock { try $0.map { try $0.get() } }
            #expect(tokens.count == 8)
            #expect(Set(tokens).count == 1)
            let names = try FileManager.default.contentsOfDirectory(
                atPath: "\(folder.path)/\(round)")
            #expect(names == ["links.key"])
        }
    }
}

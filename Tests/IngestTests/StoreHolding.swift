import Foundation
import Store

extension Store {
    /// Holds the one writer until the answer is signalled.
    func holdWriter() -> DispatchSemaphore {
        let (go, isHeld) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let thread = Thread {
            _ = try? self.commit {
                isHeld.signal()
                go.wait()
                return nil
            }
        }
        thread.start()
        isHeld.wait()
        return go
    }
}

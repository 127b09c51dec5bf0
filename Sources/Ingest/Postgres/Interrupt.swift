import Foundation
import Glibc
import Synchronization
import Vocabulary

/// A signal that ends waits of a thread of ours: a pipe that becomes readable once it has fired.
///
/// Safe from any thread: the descriptors are set once, and writing a byte to a pipe is atomic.
final class Interrupt: Sendable {
    private let reading: Int32
    private let writing: Int32
    private let fired = Atomic<Bool>(false)

    init() throws {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw OutOfDescriptors.advice }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        close(reading)
        close(writing)
    }

    var hasFired: Bool { fired.load(ordering: .acquiring) }

    /// Ends the present wait and all later ones.
    func fire() {
        guard !fired.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var byte = UInt8(1)
        _ = unsafe write(writing, &byte, 1)
    }

    /// What a wait ended with.
    enum Outcome { case ready, timeout }

    /// Waits until a descriptor is readable (or writable), for ever if no time is given.
    ///
    /// Throws `CancellationError` once the interrupt has fired.
    func wait(
        for descriptor: Int32, writing wantsWrite: Bool = false, milliseconds: Int32? = nil
    ) throws -> Outcome {
        while true {
            if hasFired { throw CancellationError() }
            let events = Int16(POLLIN) | (wantsWrite ? Int16(POLLOUT) : 0)
            var waited = [
                pollfd(fd: descriptor, events: events, revents: 0),
                pollfd(fd: reading, events: Int16(POLLIN), revents: 0),
            ]
            let count = unsafe poll(&waited, 2, milliseconds ?? -1)
            if hasFired { throw CancellationError() }
            if count > 0 { return .ready }
            if count == 0 { return .timeout }
            precondition(errno == EINTR, "poll failed on descriptors of our own")
        }
    }
}

/// Too many open files.
private enum OutOfDescriptors {
    static var advice: Advice {
        Advice(
            .busy, "no file descriptor is left",
            remedy: "raise the limit of open files (ulimit -n) and start again")
    }
}

/// A thread of our own for work that blocks, so that it never occupies one of the shared threads.
enum OwnThread {
    /// Runs `body` on a new thread; cancelling the task fires the interrupt.
    static func run<Value: Sendable>(
        named name: String, interrupt: Interrupt,
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let thread = Thread { continuation.resume(with: Result { try body() }) }
                thread.name = name
                thread.stackSize = 4 << 20
                thread.start()
            }
        } onCancel: {
            interrupt.fire()
        }
    }
}

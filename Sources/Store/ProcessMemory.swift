import CKernels

/// How this process asks the system for memory.
public enum ProcessMemory {
    /// Makes all threads share one heap of the C library.
    ///
    /// By itself it gives each thread a heap of its own: decoded columns that one thread frees then
    /// leave room that others cannot use. For the start of a program, before it has threads. (Giving
    /// each large piece back to the system at once takes still less, and loads then take half as long again.)
    public static func shareOneHeap() { rk_share_heap(1) }

    /// Gives memory that holds nothing any more back to the system.
    ///
    /// The C library keeps it where something small lies behind it. For times after which much was let
    /// go: it looks through the whole heap, which takes milliseconds.
    public static func giveBack() { rk_trim_heap() }
}

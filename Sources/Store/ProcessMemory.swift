import CKernels

/// How this process asks the system for memory.
public enum ProcessMemory {
    /// Makes all threads share one heap of the C library.
    ///
    /// By itself it gives each thread a heap of its own: decoded columns that one thread frees then
    /// leave room that others cannot use. For the start of a program, before it has threads. (Giving
    /// each large piece back to the system at once takes still less, and loads then take half as long again.)
    public static func shareOneHeap() { rk_share_heap(1) }
}

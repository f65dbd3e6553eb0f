import CMalloc
import Foundation

/// How the process of a server takes memory from the system.
public enum ProcessMemory {
    /// Arenas of the allocator beside those for event loops and shared workers, of which each processor has one.
    private static let arenas = 16
    /// Bytes from which a block is mapped by itself, and given back to the system when it is let go.
    private static let mappedFrom: Int32 = 256 << 10
    /// Bytes that may stay free at the end of an arena; with less, what an answer takes comes fresh from the system each
    /// time, which clears it.
    private static let freeAtEnd: Int32 = 2 << 20

    /// Keeps glibc from holding on to memory that is free. Call it before anything is served.
    ///
    /// The control loop has a thread, and with it an arena, of its own (see `ThreadExecutor`). So that it stays alone
    /// there, each thread can have one, but no more: glibc would have eight for each processor, each with free room that
    /// the others don't find. With four for all threads a server with a million allocations took 1,220 to 1,470 MiB, in
    /// this way about 1,040.
    public static func returnWhatIsFree() {
        let processors = ProcessInfo.processInfo.activeProcessorCount
        _ = mallopt(M_ARENA_MAX, Int32(clamping: arenas + 2 * processors))
        _ = mallopt(M_MMAP_THRESHOLD, mappedFrom)
        _ = mallopt(M_TRIM_THRESHOLD, freeAtEnd)
    }
}

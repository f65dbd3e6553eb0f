import CMalloc

/// How the process of a server takes memory from the system.
public enum ProcessMemory {
    /// Arenas that threads share; the more there are, the less they wait for each other.
    private static let arenas: Int32 = 4

    /// Limits glibc's arenas. Call it before anything is served.
    ///
    /// State is built on one thread, encoded on another and let go on a third. With an arena for nearly every thread,
    /// as glibc has it, room that is free in one is not found by another: a server with a million allocations took
    /// 1.4 to 1.5 GiB instead of 1.2.
    public static func limitArenas() { _ = mallopt(M_ARENA_MAX, arenas) }
}

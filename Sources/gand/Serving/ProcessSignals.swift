import Glibc

/// SIGTERM, SIGINT and SIGHUP, taken by one thread that waits for them.
///
/// Make it before any other thread exists: they inherit that these signals are blocked.
struct ProcessSignals {
    private var set = sigset_t()

    init() {
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGHUP)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // A client that went away is an error of write(2), not the process's end.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Blocks the calling thread until the next one; gives its number.
    mutating func wait() -> Int32 {
        var number: Int32 = 0
        while sigwait(&set, &number) != 0 {}
        return number
    }
}

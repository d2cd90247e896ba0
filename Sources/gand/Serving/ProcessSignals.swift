import Glibc

/// SIGTERM, SIGINT and SIGHUP, received by one thread that waits for them.
///
/// Create it before any other thread exists, so that all threads inherit that these signals are blocked.
struct ProcessSignals {
    private var set = sigset_t()

    init() {
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGHUP)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // A client that has gone away is an error of write(2) and must not end the process.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Blocks the calling thread until the next signal, and returns its number.
    mutating func wait() -> Int32 {
        var number: Int32 = 0
        while sigwait(&set, &number) != 0 {}
        return number
    }
}

import Glibc

/// The `C.UTF-8` character set for one thread at a time.
///
/// libarchive turns names between character sets by the thread's locale; the process's own stays as it is, which is `C`
/// and knows ASCII alone.
final class UTF8Locale {
    private let locale: locale_t?

    init() {
        locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)
    }

    deinit {
        if let locale { freelocale(locale) }
    }

    /// Runs `body` with the locale; without it where the system has none of that name.
    func during<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let locale else { return try body() }
        let previous = uselocale(locale)
        defer { _ = uselocale(previous) }
        return try body()
    }
}

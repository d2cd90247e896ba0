import Glibc

/// The `C.UTF-8` character set for one thread at a time.
///
/// libarchive converts names between character sets according to the thread's locale; the process's own locale stays
/// `C`, which knows ASCII only.
final class UTF8Locale {
    private let locale: locale_t?

    init() {
        locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)
    }

    deinit {
        if let locale { freelocale(locale) }
    }

    /// Runs `body` with the locale, or without it where the system has no locale of that name.
    func during<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let locale else { return try body() }
        let previous = uselocale(locale)
        defer { _ = uselocale(previous) }
        return try body()
    }
}

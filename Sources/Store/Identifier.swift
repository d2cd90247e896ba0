import Synchronization

/// What an identifier names, by its prefix.
package enum IdentifierPrefix: String, Sendable {
    case dataset = "ds"
    case job = "job"
    case model = "mdl"
    case report = "rep"
    case upload = "upl"
}

/// Makes identifiers that sort as text in the order in which they were made.
///
/// 48 bits of milliseconds and 80 random bits, in 26 digits of Crockford's base 32 (the layout of ULID). One that falls
/// into the same millisecond as its predecessor, or an earlier one because the clock was set back, is the predecessor
/// plus one.
final class IdentifierGenerator: Sendable {
    private let clock: WallClock
    private let last = Mutex<UInt128>(0)

    init(clock: WallClock) {
        self.clock = clock
    }

    /// Makes the next identifiers greater than an existing one; text that isn't an identifier is ignored.
    func `continue`(after text: String) {
        guard let value = Self.value(of: text) else { return }
        last.withLock { $0 = max($0, value) }
    }

    func next(_ prefix: IdentifierPrefix) -> String {
        let milliseconds = UInt128(max(0, clock.now().microseconds / 1000)) & ((1 << 48) - 1)
        let candidate = milliseconds << 80 | UInt128.random(in: 0..<(1 << 80))
        let value = last.withLock { last in
            last = candidate > last ? candidate : last &+ 1
            return last
        }
        return "\(prefix.rawValue)_\(Self.text(of: value))"
    }

    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    private static func text(of value: UInt128) -> String {
        String(decoding: (0..<26).reversed().map { digits[Int(value >> (5 * UInt128($0)) & 31)] }, as: UTF8.self)
    }

    private static func value(of text: String) -> UInt128? {
        guard text.utf8.count == 26, let first = text.utf8.first, first <= UInt8(ascii: "7") else { return nil }
        var value: UInt128 = 0
        for byte in text.utf8 {
            guard let digit = digits.firstIndex(of: byte) else { return nil }
            value = value << 5 | UInt128(digit)
        }
        return value
    }
}

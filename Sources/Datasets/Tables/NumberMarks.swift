/// What may stand around a number, and between its digits.
///
/// A line more makes another currency or blank one that is read; how it is written, `NumberForm` then says.
enum NumberMarks {
    /// Signs and words of currencies, before or behind a number, and what says how large a part it is.
    static let currencies: [String] = [
        "$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₴", "₦", "₫", "₪", "₱", "₡", "₲", "₵", "₸", "฿", "¢", "￥", "＄",
        "US$", "A$", "AU$", "C$", "CA$", "NZ$", "HK$", "NT$", "S$", "R$", "MX$", "Mex$", "COP$", "CLP$", "RM", "Rp",
        "Rs",
        "Rs.", "kr", "kr.", "Kč", "zł", "Ft", "lei", "Fr.", "SFr.",
        "USD", "EUR", "GBP", "JPY", "CNY", "RMB", "INR", "RUB", "KRW", "TRY", "UAH", "ILS", "THB", "PHP", "AUD", "CAD",
        "NZD", "HKD", "TWD", "SGD", "BRL", "MXN", "COP", "CLP", "ARS", "MYR", "IDR", "VND", "SEK", "NOK", "DKK", "ISK",
        "CZK", "PLN", "HUF", "RON", "BGN", "CHF", "ZAR", "NGN", "KES", "EGP", "AED", "SAR", "QAR", "KWD", "PKR", "BDT",
        "LKR",
    ]
    static let parts: [String] = ["%", "‰"]

    /// Blanks between a number and what stands around it.
    static let blanks: [String] = [" ", "\u{A0}", "\u{202F}", "\u{2009}"]

    /// By their first byte, longest first.
    private static let known: [UInt8: [[UInt8]]] = Dictionary(
        grouping: (currencies + parts).map { Array($0.utf8) }.sorted { $0.count > $1.count }, by: { $0[0] })
    private static let blankBytes = blanks.map { Array($0.utf8) }
    private static let separators: [(NumberForm.Separator, [UInt8])] = NumberForm.Separator.allCases.map {
        ($0, Array($0.rawValue.utf8))
    }
    /// Whether a byte may begin what stands before a number's digits, or be one of them.
    static let beginnings: [Bool] = {
        var beginnings = [Bool](repeating: false, count: 256)
        for byte in UInt8(ascii: "0")...UInt8(ascii: "9") { beginnings[Int(byte)] = true }
        for byte in "+-(.,\u{2212}".utf8 { beginnings[Int(byte)] = true }
        for byte in known.keys { beginnings[Int(byte)] = true }
        return beginnings
    }()

    /// The currency or part that stands at a place, and the bytes that it takes.
    static func known(_ field: UnsafeBufferPointer<UInt8>, at place: Int) -> Int? {
        guard place < field.count, let words = known[field[place]] else { return nil }
        return words.first { stands($0, in: field, at: place) }?.count
    }

    /// The bytes of a blank that stands at a place; 0 where none does.
    static func blank(_ field: UnsafeBufferPointer<UInt8>, at place: Int) -> Int {
        guard place < field.count, field[place] == 0x20 || field[place] >= 0x80 else { return 0 }
        return blankBytes.first { stands($0, in: field, at: place) }?.count ?? 0
    }

    /// What stands between two groups of digits at a place, and the bytes that it takes.
    static func separator(
        _ field: UnsafeBufferPointer<UInt8>, at place: Int
    ) -> (separator: NumberForm.Separator, size: Int)? {
        switch field[place] {
        case UInt8(ascii: ","): return (.comma, 1)
        case UInt8(ascii: "."): return (.point, 1)
        case UInt8(ascii: "'"): return (.apostrophe, 1)
        case 0x20: return (.blank, 1)
        case 0xC2, 0xE2:
            return separators.first { stands($0.1, in: field, at: place) }.map { ($0.0, $0.1.count) }
        default: return nil
        }
    }

    /// Whether a word is a currency or a part, blanks around it left out.
    static func isKnown(_ word: String) -> Bool {
        var word = word[...]
        while let first = word.first, blanks.contains(String(first)) { word.removeFirst() }
        while let last = word.last, blanks.contains(String(last)) { word.removeLast() }
        return (currencies + parts).contains { $0 == word }
    }

    static func stands(_ word: [UInt8], in field: UnsafeBufferPointer<UInt8>, at place: Int) -> Bool {
        guard field.count - place >= word.count else { return false }
        for (offset, byte) in word.enumerated() where field[place + offset] != byte { return false }
        return true
    }
}

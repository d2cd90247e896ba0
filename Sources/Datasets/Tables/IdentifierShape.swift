/// Whether all values of a column are built alike, as identifiers are.
///
/// Alike are: text of one length whose places each hold a letter of one case, a digit, or the same mark; UUIDs;
/// hexadecimal digits of one length; e-mail addresses; one prefix with digits after it.
struct IdentifierShape {
    private var hasValue = false
    private var classes: [UInt8] = []
    private var prefix: [UInt8] = []
    private var isOneClass = true
    private var isUUID = true
    private var isHexadecimal = true
    private var isAddress = true
    private var isNumbered = true

    var isShared: Bool {
        hasValue && (isOneClass || isUUID || isHexadecimal || isAddress || isNumbered)
    }

    mutating func add(_ field: UnsafeBufferPointer<UInt8>) {
        guard isOneClass || isUUID || isHexadecimal || isAddress || isNumbered else { return }
        defer { hasValue = true }
        // Longer ones are sentences.
        guard field.count <= 128 else {
            isOneClass = false
            isUUID = false
            isHexadecimal = false
            isAddress = false
            isNumbered = false
            return
        }
        isUUID = isUUID && Self.isUUID(field)
        isAddress = isAddress && Self.isAddress(field)
        isHexadecimal =
            isHexadecimal && field.count >= 8 && (!hasValue || field.count == classes.count)
            && field.allSatisfy(Self.isHexadecimal)
        if isOneClass {
            if hasValue {
                isOneClass = field.count == classes.count && zip(field, classes).allSatisfy { Self.kind($0) == $1 }
            } else {
                isOneClass = field.contains { Self.isDigit($0) || Self.kind($0) == UInt8(ascii: "A") }
            }
        }
        if isNumbered {
            let digits = field.reversed().prefix(while: Self.isDigit).count
            let found = field.dropLast(digits)
            isNumbered = digits > 0 && !found.isEmpty && (!hasValue || found.elementsEqual(prefix))
            if !hasValue { prefix = Array(found) }
        }
        if !hasValue { classes = field.map(Self.kind) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 <= 9 }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }

    /// `A`, `a`, `0`, or the byte itself.
    private static func kind(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x30...0x39: UInt8(ascii: "0")
        case 0x41...0x5A: UInt8(ascii: "A")
        case 0x61...0x7A: UInt8(ascii: "a")
        default: byte
        }
    }

    private static func isUUID(_ field: UnsafeBufferPointer<UInt8>) -> Bool {
        field.count == 36
            && field.enumerated().allSatisfy { place, byte in
                [8, 13, 18, 23].contains(place) ? byte == UInt8(ascii: "-") : isHexadecimal(byte)
            }
    }

    private static func isAddress(_ field: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let at = field.firstIndex(of: UInt8(ascii: "@")), at > 0 else { return false }
        let host = field[(at + 1)...]
        return !host.contains(UInt8(ascii: "@")) && !field.contains(0x20)
            && host.dropFirst().dropLast().contains(UInt8(ascii: "."))
    }

    /// Whether a column's name says that it holds identifiers: `id`, `user_id`, `userId`, `uuid`, `key`, `index`, `no`.
    static func isName(_ name: String) -> Bool {
        let lower = name.lowercased()
        let words: Set<String> = [
            "id", "ids", "uuid", "guid", "key", "index", "idx", "no", "nr", "no.", "nr.", "number", "num", "#", "row",
            "rowid",
            "row_number", "rownumber", "pk", "serial", "sn", "identifier", "unnamed: 0", "record",
        ]
        if words.contains(lower) { return true }
        let ends = [
            "_id", "-id", " id", ".id", "_key", "_no", "_nr", "_number", "_uuid", "_guid", "_index", " no", " number",
        ]
        if ends.contains(where: { lower.hasSuffix($0) }) { return true }
        // customerId, customerID; paid and grid aren't.
        guard name.hasSuffix("Id") || name.hasSuffix("ID"), let before = name.dropLast(2).last else { return false }
        return before.isLowercase || before.isNumber
    }

    /// Whether a column's name says that it holds what belongs to one person or thing: an address of the net, a telephone
    /// number, the number of an account, a card or a document.
    static func isOfOne(_ name: String) -> Bool {
        var words = self.words(of: name)
        while let last = words.last, words.count > 1,
            ["number", "no", "nr", "num", "id", "code", "address"].contains(last)
        {
            words.removeLast()
        }
        let ones: Set<String> = [
            "email", "mail", "phone", "telephone", "tel", "telefon", "mobile", "cell", "cellphone", "fax", "ssn",
            "account",
            "acct", "card", "iban", "bban", "passport", "licence", "license", "plate", "vin", "imei", "imsi", "iccid",
            "mac", "ip", "ipv4", "ipv6", "uuid", "guid", "hash", "md5", "sha1", "sha256", "token", "serial", "invoice",
            "username", "login", "user", "nickname", "url", "isbn", "bic", "nino",
        ]
        if let last = words.last, ones.contains(last) { return true }
        return [["user", "name"], ["social", "security"], ["national", "insurance"]].contains {
            words.suffix(2) == $0[...]
        }
    }

    /// The words of a name such as `customer_email`, `customerEmail` or `E-Mail`, in small letters.
    private static func words(of name: String) -> [String] {
        var words = [""]
        var before: Character = " "
        for character in name {
            if character.isUppercase, before.isLowercase { words.append("") }
            if character.isLetter || character.isNumber {
                words[words.count - 1] += character.lowercased()
            } else {
                words.append("")
            }
            before = character
        }
        return words.filter { !$0.isEmpty }
    }
}

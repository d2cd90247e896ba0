internal import Codecs

/// How a column's numbers are written: by it they are recognised, read, and written back.
///
/// `$1,234.50`, `(1.234,50 €)`, `97 %`, `1'000`, `5.3 km`, `1.5E+10` and plain `-12.5` are all of one make: what stands before
/// and behind, what stands between thousands, the decimal mark, how what is below zero is marked, and how many decimals there
/// are. A value is in the unit in which it stands: 97 % is 97.
package struct NumberForm: Sendable, Equatable {
    /// Digits after the decimal mark that are written at most, up to `ValueForm.mostDecimals`.
    package var decimals: Int
    /// Digits after it that are written at least, if only zeros.
    package var leastDecimals: Int
    /// Whether all are whole, though they may be written with decimals, as 39.0.
    package var isWhole: Bool
    /// The decimal mark, where it is another than the dialect's.
    var mark: Mark?
    var grouping: Grouping?
    /// What stands before the number, with the blank between them if there is one.
    var prefix = ""
    /// What stands behind it, with the blank between them if there is one.
    var suffix = ""
    var negative = Negative.before
    /// Whether the sign of what is below zero is U+2212 rather than a hyphen.
    var hasMinusSign = false
    /// Whether numbers above zero have a sign, too.
    var showsPlus = false
    var exponent: Exponent?

    /// Numbers of a larger magnitude are none.
    static let largestMagnitude = 1e308

    /// Digits, a point or the dialect's mark, and nothing else.
    ///
    /// - Parameter leastDecimals: as many as are written anyway where all are whole, otherwise none, unless it is given.
    package init(decimals: Int, isWhole: Bool, leastDecimals: Int? = nil) {
        self.decimals = decimals
        self.isWhole = isWhole
        self.leastDecimals = leastDecimals ?? (isWhole ? decimals : 0)
    }

    enum Mark: String, Sendable, CaseIterable {
        case point = "."
        case comma = ","

        var byte: UInt8 {
            switch self {
            case .point: UInt8(ascii: ".")
            case .comma: UInt8(ascii: ",")
            }
        }
    }

    /// What stands between groups of digits.
    enum Separator: String, Sendable, CaseIterable {
        case comma = ","
        case point = "."
        case apostrophe = "'"
        case typographicApostrophe = "\u{2019}"
        case blank = " "
        case noBreakSpace = "\u{A0}"
        case narrowNoBreakSpace = "\u{202F}"
        case thinSpace = "\u{2009}"
    }

    /// How the digits before the decimal mark are divided.
    struct Grouping: Sendable, Equatable {
        var separator: Separator
        /// Groups of two digits before the last three, as in 12,34,567.
        var isIndian = false
        /// Numbers with fewer digits have no separator: 4, or 5 where it is 1234 and 12 345.
        var fewestDigits = 4
    }

    /// Where the sign stands of what is below zero.
    enum Negative: String, Sendable, CaseIterable {
        /// `-$5`
        case before
        /// `$-5`
        case after
        /// `$5-`
        case trailing
        /// `($5)`
        case parentheses
        /// `$(5)`
        case innerParentheses = "inner_parentheses"
    }

    /// When and how exponents are written.
    struct Exponent: Sendable, Equatable {
        var isUpper: Bool
        /// Whether those that aren't below zero have a sign.
        var hasPlus: Bool
        /// Digits at least, with zeros in front.
        var digits: Int
        /// Of the number before it.
        var leastDecimals: Int
        var decimals: Int
        /// Numbers whose first digit stands for a smaller power of ten have one; those from `from` on, too.
        var below: Int?
        var from: Int?

        /// Whether all numbers have one.
        var isAlways: Bool { below == nil && from == nil }
    }

    /// Whether there is nothing but digits, a sign in front and a mark.
    var isPlain: Bool {
        grouping == nil && prefix.isEmpty && suffix.isEmpty && negative == .before && !hasMinusSign && !showsPlus
            && exponent == nil
    }

    /// Whether what is read needs nothing but digits, a sign in front and a mark.
    var isReadAsDigits: Bool {
        var bare = self
        (bare.exponent, bare.showsPlus) = (nil, false)
        return bare.isPlain
    }

    /// The same numbers in JSON's own writing.
    var plain: NumberForm { NumberForm(decimals: decimals, isWhole: isWhole) }

    /// The words for where the sign stands of what is below zero.
    package static var negatives: [String] { Negative.allCases.map(\.rawValue) }

    // MARK: JSON

    /// The members that describe it, of which all but the first two are left out where they say nothing.
    var members: [JSON.Member] {
        var members: [JSON.Member] = [
            .init(name: "decimals", value: .integer(Int64(decimals))), .init(name: "whole", value: .boolean(isWhole)),
        ]
        func add(_ name: String, _ value: JSON, if isSaid: Bool) {
            if isSaid { members.append(.init(name: name, value: value)) }
        }
        let usual = NumberForm(decimals: decimals, isWhole: isWhole)
        add("least_decimals", .integer(Int64(leastDecimals)), if: leastDecimals != usual.leastDecimals)
        add("decimal_mark", .string(mark?.rawValue ?? ""), if: mark != nil)
        if let grouping {
            add("thousands", .string(grouping.separator.rawValue), if: true)
            add("indian", true, if: grouping.isIndian)
            add("grouped_from", .integer(Int64(grouping.fewestDigits)), if: grouping.fewestDigits != 4)
        }
        add("prefix", .string(prefix), if: !prefix.isEmpty)
        add("suffix", .string(suffix), if: !suffix.isEmpty)
        add("negative", .string(negative.rawValue), if: negative != .before)
        add("minus_sign", true, if: hasMinusSign)
        add("plus", true, if: showsPlus)
        if let exponent { add("exponent", exponent.json, if: true) }
        return members
    }

    /// Reads what `members` wrote.
    ///
    /// - Throws: `DatasetError` with code `manifest_unreadable`.
    init(json: JSON) throws {
        guard let decimals = json["decimals"]?.decimals, let isWhole = json["whole"]?.boolean else {
            throw Self.incomplete
        }
        self.init(
            decimals: decimals, isWhole: isWhole,
            leastDecimals: json["least_decimals"]?.decimals.map { min($0, decimals) })
        mark = json["decimal_mark"]?.string.flatMap(Mark.init(rawValue:))
        if let thousands = json["thousands"]?.string {
            guard let separator = Separator(rawValue: thousands) else { throw Self.incomplete }
            grouping = Grouping(
                separator: separator, isIndian: json["indian"]?.boolean ?? false,
                fewestDigits: max(4, min(20, json["grouped_from"]?.decimals ?? 4)))
        }
        prefix = json["prefix"]?.string ?? ""
        suffix = json["suffix"]?.string ?? ""
        if let word = json["negative"]?.string {
            guard let negative = Negative(rawValue: word) else { throw Self.incomplete }
            self.negative = negative
        }
        hasMinusSign = json["minus_sign"]?.boolean ?? false
        showsPlus = json["plus"]?.boolean ?? false
        exponent = try json["exponent"].map(Exponent.init(json:))
    }

    fileprivate static let incomplete = DatasetError.unreadableManifest("a column's form of numbers is incomplete")
}

extension NumberForm.Exponent {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [
            .init(name: "upper", value: .boolean(isUpper)), .init(name: "plus", value: .boolean(hasPlus)),
            .init(name: "digits", value: .integer(Int64(digits))),
            .init(name: "least_decimals", value: .integer(Int64(leastDecimals))),
            .init(name: "decimals", value: .integer(Int64(decimals))),
        ]
        if let below { members.append(.init(name: "below", value: .integer(Int64(below)))) }
        if let from { members.append(.init(name: "from", value: .integer(Int64(from)))) }
        return .object(members)
    }

    fileprivate init(json: JSON) throws {
        guard let isUpper = json["upper"]?.boolean, let hasPlus = json["plus"]?.boolean,
            let digits = json["digits"]?.decimals, let least = json["least_decimals"]?.decimals,
            let decimals = json["decimals"]?.decimals, least <= decimals
        else { throw NumberForm.incomplete }
        self.init(
            isUpper: isUpper, hasPlus: hasPlus, digits: digits, leastDecimals: least, decimals: decimals,
            below: json["below"]?.integer.map { Int(max(-400, min(400, $0))) },
            from: json["from"]?.integer.map { Int(max(-400, min(400, $0))) })
    }
}

extension JSON {
    /// A count of digits.
    fileprivate var decimals: Int? {
        integer.flatMap { (0...Int64(ValueForm.mostDecimals)).contains($0) ? Int($0) : nil }
    }
}

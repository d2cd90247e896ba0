import Glibc

/// Counts how a column's identifiers are built.
struct StructureTally {
    /// Texts after an `@` that stay as they are.
    private let domains: Set<[UInt8]>
    private let isNumber: Bool
    private var rows = 0
    private var tallies: [Tally] = []
    /// By what separates the places.
    private var numbers: [[[UInt8]]: Int] = [:]
    private var parts = IdentifierParts()

    private struct Tally {
        var rows = 0
        let separators: [[UInt8]]
        var places: [RunTally]
        /// Whether the last place is a mail domain.
        let hasDomain: Bool
    }

    private static let mostCounted = 128
    private static let mostKept = 32
    /// Bytes of a text; longer ones are sentences.
    private static let longest = 128

    init(domains: Set<[UInt8]>, isNumber: Bool) {
        self.domains = domains
        self.isNumber = isNumber
    }

    /// Takes in a value that so many rows have.
    mutating func add(_ text: UnsafeBufferPointer<UInt8>, rows: Int) {
        self.rows += rows
        guard text.count <= Self.longest else { return }
        parts.cut(text)
        var places = parts.runs
        var hasDomain = false
        if let at = parts.beforeAt?.upperBound, domains.contains(Array(text[(at + 1)...])) {
            places = places.filter { $0.upperBound <= at }
            hasDomain = !places.isEmpty
            if hasDomain { places.append(at + 1..<text.count) }
        }
        guard !places.isEmpty, places.count <= IdentifierParts.mostRuns else { return }
        var separators: [[UInt8]] = []
        var end = 0
        for place in places {
            separators.append(Array(text[end..<place.lowerBound]))
            end = place.upperBound
        }
        separators.append(Array(text[end...]))
        let key = separators + [[hasDomain ? 1 : 0]]
        guard let number = numbers[key] ?? begin(key, separators, places.count, hasDomain) else { return }
        tallies[number].rows += rows
        for (index, place) in places.enumerated() { tallies[number].places[index].add(text[part: place], rows: rows) }
    }

    private mutating func begin(_ key: [[UInt8]], _ separators: [[UInt8]], _ count: Int, _ hasDomain: Bool) -> Int? {
        guard tallies.count < Self.mostCounted else { return nil }
        tallies.append(
            Tally(
                separators: separators, places: [RunTally](repeating: RunTally(isNumber: isNumber), count: count),
                hasDomain: hasDomain))
        numbers[key] = tallies.count - 1
        return tallies.count - 1
    }

    /// The structures that enough rows have, or else the one that most have; and how large a part of the rows has one of
    /// the former.
    func structures() -> (structures: [IdentifierForm.Structure], coverage: Double)? {
        let ordered = tallies.enumerated().sorted { ($0.element.rows, $1.offset) > ($1.element.rows, $0.offset) }
            .map(\.element)
        let common = ordered.prefix(Self.mostKept).filter { $0.rows >= IdentifierParts.fewestRows }
        let covered = common.reduce(0) { $0 + $1.rows }
        let kept = common.isEmpty ? Array(ordered.prefix(1)) : common
        guard !kept.isEmpty else { return nil }
        return (kept.map(structure), Double(covered) / Double(rows))
    }

    private func structure(of tally: Tally) -> IdentifierForm.Structure {
        let octets = Self.octets(tally)
        var places = tally.places.enumerated().map { index, place in
            tally.hasDomain && index == tally.places.count - 1
                ? place.domains
                : place.choices(of: tally.rows)
                    ?? (octets.contains(index) ? .octet : place.runs(trustsWhatIsSeen: true))
        }
        if places.allSatisfy(Self.isChoice) {
            // Something has to be left to chance.
            let free = tally.hasDomain ? places.indices.dropLast() : places.indices[...]
            let freest = free.max { tally.places[$0].distinct < tally.places[$1].distinct } ?? 0
            places[freest] = octets.contains(freest) ? .octet : tally.places[freest].runs(trustsWhatIsSeen: true)
        }
        // Serial numbers of a small range take up all texts that look quite like them.
        if Self.capacity(of: places) < Double(max(Self.leastCapacity, 64 * tally.rows)) {
            for (index, place) in places.enumerated() {
                if case .runs = place { places[index] = tally.places[index].runs(trustsWhatIsSeen: false) }
            }
        }
        return IdentifierForm.Structure(count: tally.rows, separators: tally.separators, places: places)
    }

    private static let leastCapacity = 1 << 20

    private static func isChoice(_ place: IdentifierForm.Place) -> Bool {
        if case .choices = place { true } else { false }
    }

    /// Texts that the commonest runs give.
    private static func capacity(of places: [IdentifierForm.Place]) -> Double {
        places.reduce(1) { product, place in
            switch place {
            case .choices: product
            case .octet: product * 256
            case .runs(let runs): product * (runs.first?.alphabets.reduce(1) { $0 * Double($1.count) } ?? 1)
            }
        }
    }

    /// The places of the four numbers of an address such as 192.168.0.1.
    private static func octets(_ tally: Tally) -> Range<Int> {
        let dot = [UInt8(ascii: ".")]
        for first in 0..<max(0, tally.places.count - 3) {
            let four = first..<first + 4
            if four.allSatisfy({ tally.places[$0].isOfOctets }),
                four.dropFirst().allSatisfy({ tally.separators[$0] == dot }), tally.separators[first] != dot,
                tally.separators[first + 4] != dot
            {
                return four
            }
        }
        return 0..<0
    }
}

/// What stands at one place of a structure.
struct RunTally {
    private let isNumber: Bool
    private var rows = 0
    /// The first different texts, each with its rows.
    private var texts: [[UInt8]: Int] = [:]
    /// By the classes of their characters, and by their lengths.
    private var classed: [[UInt8]: CharacterTally] = [:]
    private var lengths: [Int: CharacterTally] = [:]
    /// Rows in which a digit follows a letter, and in which a letter follows a digit.
    private var toDigit = 0
    private var toLetter = 0
    private var seen: UInt64 = 0
    /// Whether all are numbers up to 255 without zeros in front.
    private(set) var isOfOctets = true

    private static let mostTexts = 4_096
    private static let mostClassed = 1_024
    private static let mostChoices = 64

    init(isNumber: Bool) {
        self.isNumber = isNumber
    }

    var distinct: Int { texts.count }

    mutating func add(_ text: UnsafeBufferPointer<UInt8>, rows: Int) {
        self.rows += rows
        let bytes = Array(text)
        if texts.count < Self.mostTexts || texts[bytes] != nil { texts[bytes, default: 0] += rows }
        // One character of each letter, however many bytes it has.
        let characters = bytes.filter { $0 & 0xC0 != 0x80 }
        let classes = characters.map { CharacterClass(of: $0).rawValue }
        if lengths.count < Self.mostClassed || lengths[characters.count] != nil {
            lengths[characters.count, default: CharacterTally()].add(characters, rows)
        }
        if classed.count < Self.mostClassed || classed[classes] != nil {
            classed[classes, default: CharacterTally()].add(characters, rows)
        }
        let turns = zip(classes, classes.dropFirst()).map { ($0 == 0x30, $1 == 0x30) }
        if turns.contains(where: { !$0.0 && $0.1 }) { toDigit += rows }
        if turns.contains(where: { $0.0 && !$0.1 }) { toLetter += rows }
        for character in characters { seen |= CharacterTally.bit(of: character) }
        isOfOctets =
            isOfOctets && characters.count <= 3 && classes.allSatisfy { $0 == 0x30 }
            && (characters.count == 1 || characters[0] != 0x30)
            && characters.reduce(0) { $0 * 10 + Int($1 & 15) } <= 255
    }

    /// The few texts of which nearly all rows of the structure have one; nil where there are none such.
    func choices(of structureRows: Int) -> IdentifierForm.Place? {
        let common = texts.filter { $0.value >= IdentifierParts.fewestRows }
        guard common.count <= Self.mostChoices, common.values.reduce(0, +) * 5 >= structureRows * 4 else { return nil }
        // Half of all numbers of so many digits are any of them.
        let digits = common.keys.first?.count ?? 0
        if common.count > 1, digits <= 2,
            common.keys.allSatisfy({ $0.count == digits && $0.allSatisfy(IdentifierParts.isDigit) }),
            common.count * 2 >= (digits == 1 ? 10 : 100)
        {
            return nil
        }
        return Self.choices(common)
    }

    /// The commonest mail domains, each of which enough rows of the column have.
    var domains: IdentifierForm.Place { Self.choices(texts) }

    private static func choices(_ texts: [[UInt8]: Int]) -> IdentifierForm.Place {
        .choices(
            texts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key.lexicographicallyPrecedes($1.key) }
                .prefix(mostChoices).map { IdentifierForm.Choice(text: $0.key, count: $0.value) })
    }

    /// Characters by chance.
    ///
    /// - Parameter trustsWhatIsSeen: whether a place has the characters alone that it was seen to have, where chance alone
    ///   would have shown the others.
    func runs(trustsWhatIsSeen: Bool) -> IdentifierForm.Place {
        let byClasses = Self.kept(classed)
        if !isMixed, !byClasses.isEmpty, byClasses.reduce(0, { $0 + $1.value.rows }) * 2 >= rows {
            return .runs(
                byClasses.map { classes, tally in
                    run(tally, trustsWhatIsSeen) { CharacterClass(rawValue: classes[$0])?.characters ?? [] }
                })
        }
        let mixed = mixedAlphabet
        var byLengths = Self.kept(lengths)
        if byLengths.isEmpty {
            byLengths = Array(lengths.sorted { ($0.value.rows, $1.key) > ($1.value.rows, $0.key) }.prefix(1))
        }
        return .runs(byLengths.map { run($0.value, trustsWhatIsSeen) { _ in mixed } })
    }

    /// Those that enough rows have, commonest first.
    private static func kept<Key: Hashable>(
        _ tallies: [Key: CharacterTally]
    ) -> [(key: Key, value: CharacterTally)] {
        let common = tallies.filter { $0.value.rows >= IdentifierParts.fewestRows }
        // No two of them have the same characters, so that they order the same in every process.
        return Array(
            common.sorted { left, right in
                left.value.rows != right.value.rows
                    ? left.value.rows > right.value.rows
                    : left.value.masks.lexicographicallyPrecedes(right.value.masks)
            }.prefix(mostChoices))
    }

    private func run(
        _ tally: CharacterTally, _ trustsWhatIsSeen: Bool, _ alphabet: (Int) -> [UInt8]
    ) -> IdentifierForm.Run {
        let alphabets = tally.masks.indices.map { place -> [UInt8] in
            var all = alphabet(place)
            if place == 0, all.first == 0x30, isNumber && tally.masks.count > 1 || tally.neverBeginsWithZero {
                all.removeFirst()
            }
            guard trustsWhatIsSeen else { return all }
            let seen = all.filter { tally.masks[place] & CharacterTally.bit(of: $0) != 0 }
            return tally.isTold(seen.count, of: all.count) ? seen : all
        }
        return IdentifierForm.Run(alphabets: alphabets, count: tally.rows)
    }

    /// Whether letters and digits stand anywhere among one another.
    private var isMixed: Bool {
        guard toDigit * 8 >= rows, toLetter * 8 >= rows else { return false }
        var ways: [Int: Int] = [:]
        for classes in classed.keys { ways[classes.count, default: 0] += 1 }
        return ways.values.contains { $0 >= 4 }
    }

    private var mixedAlphabet: [UInt8] {
        let hasDigits = seen & CharacterTally.digits != 0
        let letters = seen & ~CharacterTally.digits
        if hasDigits, letters != 0 {
            for first in [UInt8(ascii: "a"), UInt8(ascii: "A")] {
                let hexadecimal = (0..<6).map { first + $0 }
                if letters & ~hexadecimal.reduce(0, { $0 | CharacterTally.bit(of: $1) }) == 0 {
                    return CharacterClass.digit.characters + hexadecimal
                }
            }
        }
        let hasUpper = CharacterClass.upper.characters.contains { letters & CharacterTally.bit(of: $0) != 0 }
        let hasLower = CharacterClass.lower.characters.contains { letters & CharacterTally.bit(of: $0) != 0 }
        return (hasDigits ? CharacterClass.digit.characters : [])
            + (hasLower || letters != 0 && !hasUpper ? CharacterClass.lower.characters : [])
            + (hasUpper ? CharacterClass.upper.characters : [])
    }
}

/// Which characters stand at each place of runs that are alike.
struct CharacterTally {
    private(set) var rows = 0
    private(set) var masks: [UInt64] = []

    /// The bits of digits; after them come those of small letters, large ones, and one for all letters beyond ASCII.
    static let digits: UInt64 = 0x3FF

    static func bit(of character: UInt8) -> UInt64 {
        switch CharacterClass(of: character) {
        case .digit: 1 << UInt64(character - 0x30)
        case .upper: 1 << UInt64(36 + character - 0x41)
        case .lower: character &- 0x61 < 26 ? 1 << UInt64(10 + character - 0x61) : 1 << 62
        }
    }

    mutating func add(_ characters: [UInt8], _ rows: Int) {
        self.rows += rows
        if masks.isEmpty { masks = [UInt64](repeating: 0, count: characters.count) }
        for (place, character) in characters.enumerated() { masks[place] |= Self.bit(of: character) }
    }

    var neverBeginsWithZero: Bool {
        guard let first = masks.first, first & ~Self.digits == 0 else { return false }
        return first & 1 == 0 && isTold(9, of: 10)
    }

    /// Whether chance would hardly ever have shown so few of the characters of a class.
    func isTold(_ seen: Int, of all: Int) -> Bool {
        guard seen > 0, seen < all else { return false }
        let ways = lgamma(Double(all) + 1) - lgamma(Double(seen) + 1) - lgamma(Double(all - seen) + 1)
        return ways + Double(rows) * log(Double(seen) / Double(all)) < log(1e-3)
    }
}

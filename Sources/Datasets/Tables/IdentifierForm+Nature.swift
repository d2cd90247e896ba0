/// What a form tells of what its texts are.
extension IdentifierForm {
    /// Whether most of them are numbers, codes or addresses of the net, and not the names of persons, streets and things.
    var isOfCodes: Bool { isMostly(\.isOfCodes) }

    /// Whether most of them look like dates or times.
    var isOfTimes: Bool { isMostly(\.isOfTimes) }

    private func isMostly(_ isSo: (Structure) -> Bool) -> Bool {
        let rows = structures.reduce(0) { $0 + $1.count }
        return structures.reduce(0) { $0 + (isSo($1) ? $1.count : 0) } * 5 >= rows * 4
    }

    /// Digits of the longest text; nil where there is anything else in one.
    var digits: Int? {
        var most = 0
        for structure in structures {
            guard structure.places.count == 1, let lengths = structure.digitCounts[0] else { return nil }
            most = max(most, lengths.upperBound)
        }
        return most
    }
}

extension IdentifierForm.Structure {
    fileprivate var isOfCodes: Bool {
        if separators.contains(where: { $0.contains(UInt8(ascii: "@")) || $0.starts(with: Array("://".utf8)) }) {
            return true
        }
        let characters = places.flatMap(\.characters)
        guard characters.contains(where: IdentifierParts.isDigit) else { return false }
        guard separators.contains(where: { $0.contains(0x20) }) else { return true }
        // Words between blanks are names where they differ, and sentences where there are several.
        return !characters.contains { CharacterClass(of: $0) == .lower } && places.count(where: \.isWord) < 2
    }

    /// For each place how many digits it has; nil where it has something else.
    fileprivate var digitCounts: [ClosedRange<Int>?] {
        places.map { place in
            func range(_ counts: [Int]) -> ClosedRange<Int>? {
                guard let least = counts.min(), let most = counts.max() else { return nil }
                return least...most
            }
            switch place {
            case .octet: return 1...3
            case .choices(let choices):
                guard choices.allSatisfy({ $0.text.allSatisfy(IdentifierParts.isDigit) }) else { return nil }
                return range(choices.map(\.text.count))
            case .runs(let runs):
                guard runs.allSatisfy({ $0.alphabets.allSatisfy { $0.allSatisfy(IdentifierParts.isDigit) } }) else {
                    return nil
                }
                return range(runs.map(\.alphabets.count))
            }
        }
    }

    /// Hours and minutes, or a day, month and year, or a month's name.
    fileprivate var isOfTimes: Bool {
        let counts = digitCounts
        func isShort(_ place: Int) -> Bool { counts[place].map { $0.upperBound <= 2 } ?? false }
        let colon = [UInt8(ascii: ":")]
        for place in counts.indices.dropLast() where separators[place + 1] == colon {
            let isInARow = place > 0 && separators[place] == colon
            // The six numbers of a hardware address are hexadecimal, and more.
            if !isInARow, isShort(place), isShort(place + 1), separators.count(where: { $0 == colon }) <= 2 {
                return true
            }
        }
        for first in 0..<max(0, counts.count - 2) {
            let mark = separators[first + 1]
            guard ["-", "/", "."].contains(String(decoding: mark, as: UTF8.self)), mark == separators[first + 2],
                let begin = counts[first], let end = counts[first + 2], isShort(first + 1),
                separators.count(where: { $0 == mark }) == 2
            else { continue }
            if begin == 4...4, isShort(first + 2) { return true }
            if isShort(first), end == 4...4 || end == 2...2 { return true }
        }
        return places.contains { place in
            guard case .choices(let choices) = place else { return false }
            return choices.allSatisfy {
                Self.months.contains(String(decoding: $0.text.prefix(3), as: UTF8.self).lowercased())
            }
        }
    }

    private static let months: Set<String> = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
}

extension IdentifierForm.Place {
    /// Whether it is letters that are always the same.
    fileprivate var isWord: Bool {
        guard case .choices(let choices) = self, choices.count == 1 else { return false }
        return choices[0].text.contains { CharacterClass(of: $0) == .lower }
    }

    /// What of it isn't always the same.
    fileprivate var characters: [UInt8] {
        switch self {
        case .octet: CharacterClass.digit.characters
        case .choices(let choices): choices.count > 1 ? choices.flatMap(\.text) : []
        case .runs(let runs): runs.flatMap { $0.alphabets.flatMap { $0.count > 1 ? $0 : [] } }
        }
    }
}

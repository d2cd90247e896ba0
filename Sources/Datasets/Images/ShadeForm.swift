import Codecs

/// How the numbers of an array stand for shades: told by their type, and by the range of all of them.
struct ShadeForm: Sendable, Equatable {
    /// What elements may be so.
    enum Elements: String, Sendable {
        case whole = "whole numbers and booleans"
        case words = "uint16"
        case real = "real numbers"

        func include(_ element: NPYHeader.Element) -> Bool {
            switch self {
            case .whole: ![.float16, .float32, .float64].contains(element)
            case .words: element == .uint16
            case .real: [.float16, .float32, .float64].contains(element)
            }
        }
    }

    let elements: Elements
    /// The number that is black; none may be less.
    let black: Double
    /// The number that is white; none may be more.
    let white: Double
    /// Where such numbers come from, for people.
    let origin: String

    /// The forms, each of which goes before those that follow; `docs/api.md` has this table.
    static let all = [
        ShadeForm(elements: .whole, black: 0, white: 1, origin: "masks, and pictures of two shades"),
        ShadeForm(elements: .whole, black: 0, white: 255, origin: "shades of 8 bits, in whatever type"),
        ShadeForm(elements: .words, black: 0, white: 1023, origin: "10 bits of a sensor"),
        ShadeForm(elements: .words, black: 0, white: 4095, origin: "12 bits of a sensor"),
        ShadeForm(elements: .words, black: 0, white: 16_383, origin: "14 bits of a sensor"),
        ShadeForm(elements: .words, black: 0, white: 65_535, origin: "shades of 16 bits"),
        ShadeForm(elements: .real, black: 0, white: 1, origin: "shades over 255"),
        ShadeForm(elements: .real, black: -1, white: 1, origin: "as generators put them out"),
        ShadeForm(elements: .real, black: 0, white: 255, origin: "shades of 8 bits that were reckoned with"),
    ]

    /// How far real numbers may lie beyond black and white, as reckoning leaves them: half a shade of 255.
    private var slack: Double { elements == .real ? (white - black) / 510 : 0 }

    /// The first form that takes all numbers of an array.
    init?(_ element: NPYHeader.Element, _ range: NumberRange) {
        let found = Self.all.first { form in
            form.elements.include(element) && range.least >= form.black - form.slack
                && range.greatest <= form.white + form.slack
        }
        guard let found else { return nil }
        self = found
    }

    private init(elements: Elements, black: Double, white: Double, origin: String) {
        self.elements = elements
        self.black = black
        self.white = white
        self.origin = origin
    }

    /// The nearest shade, 0…255.
    func shade(_ number: Double) -> UInt8 {
        UInt8(max(0, min(255, ((number - black) / (white - black) * 255).rounded())))
    }

    /// Whether bytes are shades as they stand.
    func isIdentity(_ element: NPYHeader.Element) -> Bool { element == .uint8 && black == 0 && white == 255 }

    /// The numbers between which each form lies, for the end of a sentence.
    static func listed(_ element: NPYHeader.Element) -> String {
        let ranges = all.filter { $0.elements.include(element) }.map { "\(Int($0.black)) to \(Int($0.white))" }
        return ranges.dropLast().joined(separator: ", ") + " or " + (ranges.last ?? "")
    }
}

/// The range of numbers.
struct NumberRange: Equatable {
    private(set) var least = Double.infinity
    private(set) var greatest = -Double.infinity

    /// Takes in numbers.
    ///
    /// - Returns: the place of the first that isn't finite; nil where all are.
    mutating func add(_ numbers: [Double]) -> Int? {
        for (index, number) in numbers.enumerated() {
            guard number.isFinite else { return index }
            if number < least { least = number }
            if number > greatest { greatest = number }
        }
        return nil
    }

    mutating func add(_ other: NumberRange) {
        least = min(least, other.least)
        greatest = max(greatest, other.greatest)
    }
}

import Codecs

/// A set of texts that knows for certain what isn't in it (Bloom 1970): of others it takes a few for its own.
///
/// The texts themselves aren't in it. Whoever has it and guesses one can test the guess.
struct PartFilter: Sendable, Equatable {
    let salt: UInt64
    /// Bits that each text sets.
    private let hashes: Int
    private var words: [UInt64]

    /// Bits for each text, with which about 3 of 1,000 others pass for one of its own.
    private static let bitsPerText = 12.0

    /// - Parameters:
    ///   - count: texts that are expected.
    ///   - salt: so that what passes wrongly is another in each column.
    ///   - mostBytes: memory at most; with less than is right for so many texts, more pass wrongly.
    init(count: Int, salt: UInt64, mostBytes: Int) {
        let bits = min(Double(mostBytes) * 8, max(64, Double(count) * Self.bitsPerText))
        words = [UInt64](repeating: 0, count: max(1, Int(bits / 64)))
        // What makes the fewest pass wrongly: the logarithm of 2 times the bits for each text.
        hashes = max(1, min(16, Int((bits / Double(max(1, count)) * 0.693).rounded())))
        self.salt = salt
    }

    private init() {
        (salt, hashes, words) = (0, 1, [])
    }

    /// Nothing to be asked or told: what stands where a filter was taken away for a while.
    static let none = PartFilter()

    mutating func insert(_ text: UnsafeBufferPointer<UInt8>, as sort: IdentifierParts.Sort = .whole) {
        let pair = hash(text, sort)
        for index in 0..<hashes {
            let (word, bit) = place(pair, index)
            words[word] |= bit
        }
    }

    func contains(_ text: UnsafeBufferPointer<UInt8>, as sort: IdentifierParts.Sort = .whole) -> Bool {
        let pair = hash(text, sort)
        for index in 0..<hashes {
            let (word, bit) = place(pair, index)
            if words[word] & bit == 0 { return false }
        }
        return true
    }

    /// Two hashes, of which all others are made (Kirsch, Mitzenmacher 2006).
    private func hash(_ text: UnsafeBufferPointer<UInt8>, _ sort: IdentifierParts.Sort) -> (UInt64, UInt64) {
        let first = ValueDictionary.hash(text, seed: salt ^ sort.seed)
        return (first, SplitMix64.mix(first) | 1)
    }

    private func place(_ pair: (UInt64, UInt64), _ index: Int) -> (word: Int, bit: UInt64) {
        let hash = pair.0 &+ UInt64(index) &* pair.1
        return (Int(hash.multipliedFullWidth(by: UInt64(words.count)).high), 1 << (SplitMix64.mix(hash) & 63))
    }

    var json: JSON {
        var text: [UInt8] = []
        let bytes = words.map(\.littleEndian).withUnsafeBytes { Array($0) }
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        Base64.append(bytes, to: &text)
        return [
            "salt": .string(String(salt, radix: 16)), "hashes": .integer(Int64(hashes)),
            "bits": .string(String(decoding: text, as: UTF8.self)),
        ]
    }

    /// Reads what `json` wrote.
    init(json: JSON) throws {
        guard let salt = json["salt"]?.string.flatMap({ UInt64($0, radix: 16) }),
            let hashes = json["hashes"]?.integer, (1...16).contains(hashes),
            let bytes = json["bits"]?.string.flatMap(Base64.bytes), !bytes.isEmpty, bytes.count.isMultiple(of: 8)
        else { throw DatasetError.unreadableManifest("a filter of its identifiers is incomplete") }
        self.salt = salt
        self.hashes = Int(hashes)
        words = stride(from: 0, to: bytes.count, by: 8).map { start in
            (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * $1) }
        }
    }
}

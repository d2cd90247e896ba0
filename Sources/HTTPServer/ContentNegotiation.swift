/// What a client accepts (RFC 9110 §12.5.1): the media ranges of its Accept field with their weights.
package struct AcceptedTypes: Sendable {
    private struct MediaRange: Sendable {
        var type: String
        var subtype: String
        /// 0…1 in thousandths; 0 means "not this".
        var weight: Int
    }

    private let ranges: [MediaRange]

    /// - Parameter field: The value of Accept; nil and an empty one accept everything. Ranges that can't be read are
    ///   ignored.
    package init(_ field: String?) {
        ranges = (field ?? "").split(separator: ",").compactMap(Self.range)
    }

    /// The offered type that the client prefers; the earlier offer where two have the same weight.
    ///
    /// - Parameter offers: Media types without parameters, the server's preference first.
    /// - Returns: nil where none is acceptable, which calls for a 406.
    package func preferred(among offers: [String]) -> String? {
        guard !ranges.isEmpty else { return offers.first }
        var best: (offer: String, weight: Int)?
        for offer in offers {
            let weight = weight(of: offer)
            if weight > (best?.weight ?? 0) { best = (offer, weight) }
        }
        return best?.offer
    }

    /// The most specific range decides (RFC 9110 §12.5.1).
    private func weight(of offer: String) -> Int {
        let parts = offer.lowercased().split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { return 0 }
        var found: (specificity: Int, weight: Int) = (-1, 0)
        for range in ranges {
            let specificity: Int
            if range.type == parts[0], range.subtype == parts[1] {
                specificity = 2
            } else if range.type == parts[0], range.subtype == "*" {
                specificity = 1
            } else if range.type == "*", range.subtype == "*" {
                specificity = 0
            } else {
                continue
            }
            if specificity > found.specificity { found = (specificity, range.weight) }
        }
        return found.weight
    }

    private static func range(_ text: Substring) -> MediaRange? {
        let parts = text.split(separator: ";").map { $0.trimmingSpaces() }
        guard let media = parts.first?.lowercased().split(separator: "/", omittingEmptySubsequences: false),
            media.count == 2, !media[0].isEmpty, !media[1].isEmpty
        else { return nil }
        var weight = 1000
        for parameter in parts.dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1).map { $0.trimmingSpaces() }
            guard pair.count == 2, pair[0].lowercased() == "q" else { continue }
            guard let value = Double(pair[1]), (0...1).contains(value) else { return nil }
            weight = Int((value * 1000).rounded())
        }
        return MediaRange(type: String(media[0]), subtype: String(media[1]), weight: weight)
    }
}

extension Substring {
    /// The text without spaces and tabs at both ends, HTTP's optional whitespace.
    func trimmingSpaces() -> Substring {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var trimmed = drop(while: blank)
        while let last = trimmed.last, blank(last) { trimmed.removeLast() }
        return trimmed
    }
}

/// What the values of a column tell of the form of its identifiers.
struct IdentifierLearning {
    /// Without its filter.
    let form: IdentifierForm
    /// How large a part of the rows is built in one of the form's structures, as five rows or more are.
    let coverage: Double
    /// Hashes of the parts that five rows or more have.
    private let common: Set<UInt64>
    /// A function of the values.
    private let salt: UInt64
    /// Texts that a row adds to the filter, on average.
    private var textsOfRow = 1.0

    /// Values whose structures are looked at; those of more are spread evenly.
    private static let mostBuilt = 20_000
    /// Parts that are counted; what comes later counts as rare.
    ///
    /// Those that many rows have come early.
    private static let mostCounted = 1 << 17
    private static let mostDomains = 4_096
    private static let mostSeen = 64

    /// Learns a form.
    ///
    /// - Parameters:
    ///   - values: those of the column that are known, each with its rows.
    ///   - entries: the numbers of those that count.
    ///   - isNumber: whether they are whole numbers, which don't begin with a zero.
    /// - Returns: nil where no value has a letter or digit.
    init?(_ values: ValueDictionary, _ entries: [Int], isNumber: Bool) {
        let counted = Self.counts(values, entries)
        salt = counted.salt
        let single = Set(counted.parts.lazy.filter { $0.value >= IdentifierParts.fewestRows }.map(\.key))
        common = single.union(Self.commonSeries(values, entries, single))
        let domains = Set(counted.domains.lazy.filter { $0.value >= IdentifierParts.fewestRows }.map(\.key))
        let step = max(1, entries.count / Self.mostBuilt)
        let looked = stride(from: 0, to: entries.count, by: step).map { entries[$0] }
        var tally = StructureTally(domains: domains, isNumber: isNumber)
        for entry in looked { values.withValue(entry) { tally.add($0.trimmed, rows: values.count(of: entry)) } }
        guard let found = tally.structures() else { return nil }
        form = IdentifierForm(structures: found.structures, filter: nil)
        coverage = found.coverage
        var parts = IdentifierParts()
        var (texts, rows) = (0, 0)
        for entry in looked {
            values.withValue(entry) { forEachOwn(in: $0.trimmed, &parts) { _, _ in texts += 1 } }
            rows += values.count(of: entry)
        }
        textsOfRow = Double(texts) / Double(max(1, rows))
    }

    /// Learns a form of the values of a column that has too many to keep, where what is known of them speaks for identifiers.
    init?(_ values: ValueDictionary, _ figures: ColumnFigures, isOfOne: Bool, mark: UInt8) {
        if figures.numberRows == figures.valueRows {
            guard isOfOne, figures.isWhole else { return nil }
            self.init(numbers: values, values.meant, mark: mark)
        } else {
            // Sentences have more words.
            guard figures.wordRows * 2 > figures.valueRows, figures.wordCount <= 4 * figures.wordRows else {
                return nil
            }
            self.init(values, values.meant, isNumber: false)
        }
    }

    /// Learns a form of whole numbers, however they are written.
    init?(numbers: ValueDictionary, _ entries: [Int], mark: UInt8) {
        var values = ValueDictionary()
        for entry in entries {
            let number = numbers.withValue(entry) { NumberText($0.trimmed, mark: mark)?.value }
            guard let number, let text = IdentifierText.digits(of: number) else { continue }
            text.withUnsafeBufferPointer { _ = values.add($0, limit: .max) }
        }
        self.init(values, Array(0..<values.count), isNumber: true)
    }

    /// Lends what of a value mustn't come up again: itself, and its parts that few rows have.
    func forEachOwn(
        in text: UnsafeBufferPointer<UInt8>, _ parts: inout IdentifierParts,
        _ body: (UnsafeBufferPointer<UInt8>, IdentifierParts.Sort) -> Void
    ) {
        body(text, .whole)
        parts.cut(text)
        parts.forEachSingle(in: text) { part, sort in
            if !common.contains(Self.hash(text[part: part], sort)) { body(text[part: part], sort) }
        }
        // Where a run is somebody's own, it keeps away what it is in.
        parts.forEachSeries({ common.contains(Self.hash(text[part: $0], .run)) }) { part in
            if !common.contains(Self.hash(text[part: part], .series)) { body(text[part: part], .series) }
        }
    }

    /// An empty filter for a column of so many rows.
    func filter(rows: Int, mostBytes: Int) -> PartFilter {
        PartFilter(count: Int((Double(rows) * textsOfRow).rounded(.up)), salt: salt, mostBytes: mostBytes)
    }

    /// The form with the filter of all values.
    func form(_ values: ValueDictionary, _ entries: [Int]) -> IdentifierForm {
        var filter = filter(rows: entries.count, mostBytes: 1 << 25)
        var parts = IdentifierParts()
        for entry in entries {
            values.withValue(entry) { value in forEachOwn(in: value.trimmed, &parts) { filter.insert($0, as: $1) } }
        }
        var form = form
        form.filter = filter
        return form
    }

    // MARK: Counting

    private static func hash(_ text: UnsafeBufferPointer<UInt8>, _ sort: IdentifierParts.Sort) -> UInt64 {
        ValueDictionary.hash(text, seed: sort.seed)
    }

    /// In how many rows each part is, and each text after an `@`.
    private static func counts(
        _ values: ValueDictionary, _ entries: [Int]
    ) -> (parts: [UInt64: UInt32], domains: [[UInt8]: Int], salt: UInt64) {
        var counts: [UInt64: UInt32] = [:]
        var domains: [[UInt8]: Int] = [:]
        var salt: UInt64 = 0
        var parts = IdentifierParts()
        var seen: Set<UInt64> = []
        for entry in entries {
            let rows = values.count(of: entry)
            values.withValue(entry) { value in
                let text = value.trimmed
                salt ^= SplitMix64.mix(hash(text, .whole))
                parts.cut(text)
                // To clear a large one for each value that comes after it would take long.
                seen.removeAll(keepingCapacity: seen.count <= mostSeen)
                parts.forEachSingle(in: text) { part, sort in
                    let hash = hash(text[part: part], sort)
                    // A row that has it twice is one row.
                    guard seen.insert(hash).inserted else { return }
                    if counts.count < mostCounted || counts[hash] != nil { counts[hash, default: 0] += UInt32(rows) }
                }
                guard let end = parts.beforeAt?.upperBound else { return }
                let domain = Array(text[(end + 1)...])
                if domains.count < mostDomains || domains[domain] != nil { domains[domain, default: 0] += rows }
            }
        }
        return (counts, domains, salt)
    }

    /// The parts of several runs, each of them common, that are common too.
    private static func commonSeries(
        _ values: ValueDictionary, _ entries: [Int], _ single: Set<UInt64>
    ) -> Set<UInt64> {
        var counts: [UInt64: UInt32] = [:]
        var parts = IdentifierParts()
        var seen: [UInt64] = []
        for entry in entries {
            values.withValue(entry) { value in
                let text = value.trimmed
                parts.cut(text)
                seen.removeAll(keepingCapacity: true)
                parts.forEachSeries({ single.contains(hash(text[part: $0], .run)) }) { part in
                    let hash = hash(text[part: part], .series)
                    guard !seen.contains(hash) else { return }
                    seen.append(hash)
                    if counts.count < mostCounted || counts[hash] != nil {
                        counts[hash, default: 0] += UInt32(values.count(of: entry))
                    }
                }
            }
        }
        return Set(counts.lazy.filter { $0.value >= IdentifierParts.fewestRows }.map(\.key))
    }
}

extension IdentifierForm {
    /// Learns the form of texts that are all there are, or all that are known.
    ///
    /// - Returns: nil where none has a letter or digit.
    package init?(of texts: [String]) {
        var values = ValueDictionary()
        for text in texts {
            var text = text
            text.withUTF8 { if $0.trimmed.count > 0 { _ = values.add($0.trimmed, limit: .max) } }
        }
        let entries = Array(0..<values.count)
        guard let learning = IdentifierLearning(values, entries, isNumber: false) else { return nil }
        self = learning.form(values, entries)
    }
}

internal import CSampling
internal import Datasets
internal import Glibc
internal import Torch

/// Turns rows as a generator makes them into cells.
///
/// Which slot a head stands for is drawn by the probabilities that it gives them; a row is a function of the seed, of its index
/// and of what the generator put out.
struct TableDecoder {
    private let encoding: TableEncoding
    private let random: Philox
    private let rounding: [Rounding]

    /// - Parameter seed: of the samples.
    init(_ encoding: TableEncoding, seed: UInt64) {
        self.encoding = encoding
        random = Philox(seed: seed)
        rounding = encoding.layout.columns.map { Rounding(encoding.schema.columns[$0.index].form) }
    }

    /// Makes a row's cells.
    ///
    /// - Parameters:
    ///   - row: `[width]`, scalars within ±1 and each head's probabilities.
    ///   - sample: its index, or that of a candidate for it.
    ///   - place: where the row comes among the samples, by which identifiers are numbered; `sample` unless told otherwise.
    ///   - given: cells that the row is to have, by their columns.
    ///   - cells: one for each column of the schema.
    func decode(
        _ row: UnsafePointer<Float>, sample: UInt64, place: UInt64? = nil, given: [RowWish.Given] = [],
        into cells: UnsafeMutablePointer<Double>
    ) {
        fillWhatIsNotLearned(place ?? sample, cells)
        let layout = encoding.layout
        var words = SIMD4<UInt32>()
        var start = layout.heads.scalars
        for (place, column) in layout.columns.enumerated() {
            // Two words a column: which slot, and which of the values that share it.
            if place.isMultiple(of: 2) {
                words = random.words(at: Philox.counter(.tableChoice, item: sample, block: UInt32(place / 2)))
            }
            let pair = place.isMultiple(of: 2) ? (words.x, words.y) : (words.z, words.w)
            let end = Int(layout.heads.ends[column.head])
            let slot = Self.slot(row + start, end - start, at: Self.share(pair.0))
            cells[column.index] = cell(
                place, column, slot: slot, row: row, share: Double(Self.share(pair.1)))
            start = end
        }
        encoding.follow(given, cells)
    }

    /// Chooses between a sample's candidates.
    func share(of sample: UInt64, round: Int) -> Double {
        random.uniform(.tableCandidate, item: sample + UInt64(round) << 40)
    }

    /// The slot that holds a share of the probabilities.
    private static func slot(_ probabilities: UnsafePointer<Float>, _ count: Int, at share: Float) -> Int {
        var left = share
        var likeliest = 0
        for slot in 0..<count {
            left -= probabilities[slot]
            if left < 0 { return slot }
            if probabilities[slot] > probabilities[likeliest] { likeliest = slot }
        }
        // The probabilities add up to less than 1 by their rounding.
        return likeliest
    }

    private static func share(_ word: UInt32) -> Float { Float(word >> 8) * 0x1p-24 }

    private func cell(
        _ place: Int, _ column: TableLayout.Column, slot: Int, row: UnsafePointer<Float>, share: Double
    ) -> Double {
        if column.hasMissing, slot == column.content.slots { return .nan }
        switch (encoding.columns[place], column.content) {
        case (.values(let code), _): return code.cell(slot: slot, share: share)
        case (.intervals(let code), .intervals(let spikes, _, let scalar)):
            if slot < spikes { return slot < code.spikes.count ? code.spikes[slot] : .nan }
            let value = rounding[place].rounded(code.value(scalar: row[scalar], in: slot - spikes))
            return min(code.range.upperBound, max(code.range.lowerBound, value))
        case (.ranges(let code), .ranges(let spikes, _)):
            if slot < spikes || code.bins.isEmpty { return slot < code.spikes.count ? code.spikes[slot] : .nan }
            return rounding[place].rounded(code.value(in: slot - spikes, at: share))
        case (.intervals, _), (.ranges, _): return .nan
        }
    }

    private func fillWhatIsNotLearned(_ number: UInt64, _ cells: UnsafeMutablePointer<Double>) {
        for (index, column) in encoding.schema.columns.enumerated() {
            switch column.type {
            case .constant: cells[index] = column.distinct > 0 ? 0 : .nan
            case .identifier: cells[index] = identifier(number, of: index, column)
            default: cells[index] = .nan
            }
        }
    }

    /// A cell that no row of the dataset has.
    private func identifier(_ number: UInt64, of index: Int, _ column: TableColumn) -> Double {
        // The text is made of the number once it is written.
        if column.isCoded { return Double(number) }
        if let identifiers = encoding.identifiers[index] { return identifiers.value(of: number) ?? .nan }
        return (column.statistics?.maximum ?? 0).rounded(.up) + Double(number) + 1
    }

    /// To what the values of a column are whole multiples of.
    private enum Rounding {
        case none
        case decimals(Double)
        case seconds(Double)

        init(_ form: ValueForm) {
            self =
                switch form {
                case .text: .none
                case .number(let form): form.isWhole ? .decimals(1) : Self.decimals(form)
                case .time(let form): .seconds(form.resolution)
                }
        }

        private static func decimals(_ form: NumberForm) -> Rounding {
            form.decimals < 15 ? .decimals(pow(10, Double(form.decimals))) : .none
        }

        func rounded(_ value: Double) -> Double {
            switch self {
            case .none: return value
            case .decimals(let scale):
                let rounded = (value * scale).rounded() / scale
                return rounded.isFinite ? rounded : value
            case .seconds(let unit): return (value / unit).rounded() * unit
            }
        }
    }
}

import Adversarial
import HTTPServer
import Jobs

/// A wish for samples, read and within the limits that don't depend on the model.
struct SampleWish: Sendable, Equatable {
    /// Nil where none was given.
    let count: Int?

    /// Drawn where none was given.
    let seed: UInt64

    let format: SampleFormat
    let classes: [String]?
    let truncation: Double?
    let interpolate: SampleRequest.Interpolation?

    /// Nil leaves it to the job's state: `live` while it runs, `best` or `latest` afterwards.
    let checkpoint: CheckpointSelector?

    /// What a table's rows are to be like.
    let rows: RowFields

    let gridColumns: Int?
    let encoding: ImageEncoding

    /// Whether the same URL will always give the same bytes.
    let isImmutable: Bool

    /// - Parameters:
    ///   - fields: The wish as it came.
    ///   - accept: The `Accept` header, which counts where there is no `format`.
    ///   - usual: What they are sent as where neither asks for anything else.
    /// - Throws: `Problem` with every fault: 400, 406 or 422.
    init(_ fields: SampleFields, accept: String?, usual: SampleFormat = .json) throws(Problem) {
        var fields = fields
        let format = try Self.format(&fields, accept: accept, usual: usual)
        let interpolate = Self.interpolation(&fields)
        let drawn = interpolate?.first ?? UInt64.random(in: 0..<1 << 53)
        rows = RowFields(&fields)
        count = Self.count(&fields, format: format)
        seed = fields.seed("seed") ?? drawn
        classes = fields.list("class")
        truncation = Self.truncation(&fields)
        checkpoint = Self.checkpoint(&fields)
        gridColumns = Self.columns(&fields)
        encoding = fields.choice("encoding") ?? .nested
        if fields.has("encoding"), format != .json { fields.impossible("encoding", "is for JSON alone") }
        if fields.has("grid_columns"), format != .png { fields.impossible("grid_columns", "is for PNG alone") }
        if classes?.isEmpty == true { fields.impossible("class", "names no class") }
        if case .step? = checkpoint { isImmutable = fields.has("seed") } else { isImmutable = false }
        self.format = format
        self.interpolate = interpolate
        try fields.check()
    }

    /// How many samples are wished for, or follow from the rest where that isn't said.
    ///
    /// - Parameter balance: what they are to even out.
    /// - Throws: `SampleRequestError` where there is nothing to even out, or more than the format gives at once.
    func count(evening balance: ClassBalance?) throws(SampleRequestError) -> Int {
        if let count { return count }
        guard let balance else { return rows.like.isEmpty ? 16 : rows.like.count }
        guard balance.deficit > 0 else {
            throw SampleRequestError(
                parameter: "balance",
                detail:
                    "the training set has as many items of one class as of another; with n, that many are drawn of all "
                    + "in turn")
        }
        guard balance.deficit <= format.maximumCount else {
            throw SampleRequestError(
                parameter: "balance",
                detail: "it takes \(balance.deficit) samples to bring all classes up to the largest, and "
                    + "\(format.rawValue) gives \(format.maximumCount) at most; with n, so many go to the "
                    + "smallest classes")
        }
        return balance.deficit
    }

    private static func format(
        _ fields: inout SampleFields, accept: String?, usual: SampleFormat
    ) throws(Problem) -> SampleFormat {
        if fields.has("format") { return fields.choice("format") ?? usual }
        let types = ([usual] + SampleFormat.allCases.filter { $0 != usual }).map(\.mediaType)
        guard let type = AcceptedTypes(accept).preferred(among: types),
            let format = SampleFormat.allCases.first(where: { $0.mediaType == type })
        else {
            throw Problem(406, "not_acceptable", "Samples can be had as \(types.joined(separator: ", ")).")
        }
        return format
    }

    private static func count(_ fields: inout SampleFields, format: SampleFormat) -> Int? {
        guard let count = fields.integer("n") else { return nil }
        if count < 1 || count > format.maximumCount {
            fields.impossible("n", "n must be 1 to \(format.maximumCount) for \(format.rawValue)")
        }
        return count
    }

    private static func interpolation(_ fields: inout SampleFields) -> SampleRequest.Interpolation? {
        guard let texts = fields.list("interpolate") else { return nil }
        guard texts.count == 2 else {
            fields.malformed("interpolate", "must be two seeds, such as 42,43")
            return nil
        }
        guard let first = fields.seed(texts[0], of: "interpolate"),
            let second = fields.seed(texts[1], of: "interpolate")
        else { return nil }
        return SampleRequest.Interpolation(from: first, to: second)
    }

    private static func truncation(_ fields: inout SampleFields) -> Double? {
        guard let truncation = fields.number("truncation") else { return nil }
        let range = Sampler.truncations
        if !range.contains(truncation) {
            fields.impossible("truncation", "truncation must be \(range.lowerBound) to \(range.upperBound)")
        }
        return truncation
    }

    private static func checkpoint(_ fields: inout SampleFields) -> CheckpointSelector? {
        guard let text = fields.text("checkpoint") else { return nil }
        guard let checkpoint = CheckpointSelector(text) else {
            fields.malformed("checkpoint", "“\(text)” is neither best, latest, live nor a step")
            return nil
        }
        return checkpoint
    }

    private static func columns(_ fields: inout SampleFields) -> Int? {
        guard let columns = fields.integer("grid_columns") else { return nil }
        guard (1...SampleFormat.png.maximumCount).contains(columns) else {
            fields.impossible("grid_columns", "grid_columns must be 1 to \(SampleFormat.png.maximumCount)")
            return nil
        }
        return columns
    }
}

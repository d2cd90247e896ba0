import Adversarial
import Datasets
import HTTPServer
import Jobs

/// A reply of samples: of which model, which ones, and in what form.
///
/// Its model is pinned before it is read, so that the model's kind says what may be asked.
struct SampleReply {
    let source: SampleSource
    let request: SampleRequest
    let format: SampleFormat
    private let forms: any ItemForms

    /// - Parameters:
    ///   - fields: the request as it came.
    ///   - accept: the `Accept` header, which counts where there is no `format`.
    /// - Throws: `Problem` with every fault of the fields (400, 406 or 422), or where the model's samples can't be had in that
    ///   form; `SampleRequestError` where the model can't give what is asked for.
    init(_ fields: SampleFields, from source: SampleSource, accept: String?) throws {
        var fields = fields
        var forms = source.schema.forms
        forms.read(&fields)
        let format = try Self.format(&fields, accept: accept, forms)
        let interpolate = Self.interpolation(&fields)
        let drawn = interpolate?.first ?? UInt64.random(in: 0..<1 << 53)
        let count = Self.count(&fields, format: format)
        let seed = fields.seed("seed") ?? drawn
        let truncation = Self.truncation(&fields)
        let classes = fields.list("class")
        if classes?.isEmpty == true { fields.impossible("class", "names no class") }
        for parameter in SampleParameter.ofKinds where fields.has(parameter) {
            guard let only = parameter.format, only != format else { continue }
            fields.impossible(parameter.name, "\(parameter.name) is for \(only.name) alone")
        }
        try fields.check()
        guard forms.formats.contains(format) else { throw forms.refusal(of: format) }
        try Self.checkOwners(&fields, forms)

        var request = SampleRequest(
            count: count ?? SampleParameter.usualCount, seed: seed,
            choice: try classes.map { .classes(try source.snapshot.classIndices(named: $0)) } ?? .asTrained,
            truncation: truncation,
            interpolate: interpolate)
        try forms.complete(&request, of: source)
        if count == nil { request.count = try forms.usualCount(of: request, as: format) }
        self.source = source
        self.request = request
        self.format = format
        self.forms = forms
    }

    /// Draws the first samples, so that what can't be drawn throws while there is still a status to say so.
    func response() throws -> HTTPResponse {
        let heading = SampleHeading(source: source, request: request)
        return HTTPResponse(
            headers: [
                ("Content-Type", format.mediaType), ("Gand-Checkpoint", String(source.step)),
                ("Gand-Seed", String(request.seed)),
            ], body: try body(heading, forms.encoder(format, heading)))
    }

    private func body(_ heading: SampleHeading, _ encoder: some SampleEncoder) throws -> ResponseBody {
        try SampleStream(heading, encoder: encoder, shortReplyCount: forms.shortReplyCount).body
    }

    /// Throws a 422 for parameters that other kinds understand, and this one doesn't.
    private static func checkOwners(_ fields: inout SampleFields, _ forms: any ItemForms) throws(Problem) {
        let own = type(of: forms)
        for parameter in SampleParameter.ofKinds where fields.says(parameter) {
            guard !own.parameters.contains(where: { $0.name == parameter.name }), let owners = parameter.owners else {
                continue
            }
            fields.impossible(
                parameter.name, "\(parameter.name) belongs to \(owners), and this model makes \(own.plural)")
        }
        try fields.check()
    }

    private static func format(
        _ fields: inout SampleFields, accept: String?, _ forms: any ItemForms
    ) throws(Problem) -> SampleFormat {
        let usual = forms.usualFormat
        if fields.has("format") { return fields.choice("format") ?? usual }
        let others = SampleFormat.allCases.filter { $0 != usual }
        let possible = [usual] + others.filter(forms.formats.contains)
        let accepted = AcceptedTypes(accept)
        // Who accepts nothing but what other kinds have is told what there is of this one.
        let type =
            accepted.preferred(among: possible.map(\.mediaType)) ?? accepted.preferred(among: others.map(\.mediaType))
        guard let format = SampleFormat.allCases.first(where: { $0.mediaType == type }) else {
            // What can't be read at all goes before what can't be sent.
            try fields.check()
            let types = possible.map(\.mediaType).joined(separator: ", ")
            throw Problem(406, "not_acceptable", "\(forms.items.capitalisedAtStart) can be had as \(types).")
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
}

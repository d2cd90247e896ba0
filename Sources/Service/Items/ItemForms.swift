import Adversarial
import Codecs
import Datasets

/// How items of a kind look outside: what they can be sent as, what may be asked of them, how they are shown.
///
/// A kind is one type that conforms, in a folder of its own, and a line of `DatasetKind.forms`. Nothing else in this module asks
/// which kind it has to do with. A value is made for one request, and keeps what that says of the kind's own parameters.
protocol ItemForms: Sendable {
    associatedtype Kind: ItemKind

    /// The kind as sentences name it, such as "tables".
    static var plural: String { get }

    /// The parameters of samples that this kind understands beside those that are common to all.
    static var parameters: [SampleParameter] { get }

    /// The schema of such datasets, as JSON Schema.
    static var schemaDescription: JSON { get }

    /// The `columns` of a preview, as JSON Schema; nil where it has none.
    static var previewColumns: JSON? { get }

    /// What a report has under `rows`, as JSON Schema; nil where it has none.
    static var reportRows: JSON? { get }

    /// Writes what a report's page has on items of this kind beside the figures.
    ///
    /// - Parameter result: the report's result; what is missing there is left out.
    static func writeSections(of result: JSON, to html: inout HTMLText)

    /// Writes from which items a report's figures were taken, as rows of a table.
    static func writeOrigin(of result: JSON, to html: inout HTMLText)

    init(schema: Kind)

    // MARK: Samples

    /// The items as sentences name them, such as "points of 3 columns".
    var items: String { get }

    /// What samples can be sent as; a refusal lists these.
    var formats: [SampleFormat] { get }

    /// What they are sent as where the client leaves it open.
    var usualFormat: SampleFormat { get }

    /// How many samples of about a megabyte of JSON: a reply of no more is made before it is sent.
    var shortReplyCount: Int { get }

    /// Reads the kind's own parameters, and notes what is wrong with them.
    mutating func read(_ fields: inout SampleFields)

    /// Puts what was read into a request.
    ///
    /// - Throws: `SampleRequestError` where the model can't do that.
    func complete(_ request: inout SampleRequest, of source: SampleSource) throws

    /// How many samples a completed request is for where it doesn't say.
    ///
    /// - Throws: `SampleRequestError` where what it asks for comes to no number.
    func usualCount(of request: SampleRequest, as format: SampleFormat) throws(SampleRequestError) -> Int

    /// What turns a completed request's samples into a reply.
    ///
    /// - Parameter format: one of `formats`.
    /// - Throws: `Problem` where these samples can't be had so after all.
    func encoder(_ format: SampleFormat, _ heading: SampleHeading) throws -> any SampleEncoder

    // MARK: Pictures and previews

    /// Some samples as one picture, over real items where that helps to judge them; nil where there is none of such items.
    ///
    /// - Parameter real: what the model was trained on; nil where it was deleted.
    func picture(of samples: SampleBlock, beside real: Dataset?) throws -> PixelImage?

    /// How many samples a report's picture shows, so that its page stays small.
    var reportPictureCount: Int { get }

    /// A dataset's items as one picture; nil where there is none of such items.
    func previewPicture(of dataset: Dataset, count: Int) throws -> PixelImage?

    /// A few of a dataset's items as JSON text.
    func preview(of dataset: Dataset, count: Int) throws -> [UInt8]
}

extension ItemForms {
    static var previewColumns: JSON? { nil }
    static var reportRows: JSON? { nil }

    static func writeSections(of result: JSON, to html: inout HTMLText) {}

    static func writeOrigin(of result: JSON, to html: inout HTMLText) {
        let copies = result["copies"]
        html.row(["Held-out items", ReportPage.number(copies?["held_out_count"])])
        html.row([
            "Training items in the samples' place", ReportPage.number(result["figures"]?["score"]?["real_count"]),
        ])
        html.row(["Training items searched for copies", ReportPage.number(copies?["training_count"])])
        html.row(["Compared in", result["feature_space"]?["detail"]?.string ?? ""])
    }

    var usualFormat: SampleFormat { formats[0] }

    func usualCount(of request: SampleRequest, as format: SampleFormat) throws(SampleRequestError) -> Int {
        SampleParameter.usualCount
    }

    /// Why samples can't be sent as something that isn't among `formats`.
    func refusal(of format: SampleFormat) -> Problem {
        let names = formats.map(\.name)
        let list = names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
        return Problem(422, format.refusalCode, "\(items.capitalisedAtStart) can be had as \(list).")
    }
}

extension String {
    /// The text as a sentence begins.
    var capitalisedAtStart: String { prefix(1).uppercased() + dropFirst() }
}

import Codecs
import Datasets
import HTTPServer
import Jobs
import Store

extension Service {
    static let importParameters =
        [
            Parameter(
                "name", .text(ResourceName.schema),
                "The dataset's name; a form's file gives its own, and `dataset` any other."),
            Parameter(
                "kind", .word(["auto"] + DatasetKind.allCases.map(\.rawValue)),
                "What the file holds; `auto`, which it is unless given, tells by the bytes."),
        ] + DatasetKind.importParameters.map { Parameter($0.name, .text($0.schema), $0.summary) }

    static let previewParameters = [
        Parameter("n", .integer(1...4096), "How many items; 64 unless given."), .format(PreviewFormat.self),
    ]

    func createDataset(_ exchange: inout Exchange) throws -> HTTPResponse {
        var form = FormFields(exchange.request.body)
        // The query goes before the form, which goes before the file's own name; what is given must be good in both.
        let named = (name: form.take("name"), kind: form.take("kind"))
        let name = exchange.query.text("name") ?? named.name ?? form.fileName ?? "dataset"
        if !exchange.query.isAtFault("name"), ![name, named.name ?? name].allSatisfy(ResourceName.isValid) {
            exchange.query.fault("name", ResourceName.rule)
        }
        let kind = exchange.query.text("kind") ?? named.kind ?? "auto"
        let kinds = ["auto"] + DatasetKind.allCases.map(\.rawValue)
        if ![kind, named.kind ?? kind].allSatisfy(kinds.contains) {
            exchange.query.fault("kind", "must be one of \(kinds.joined(separator: ", "))")
        }
        // These too must be good in both.
        let inForm = form.takeImportParameters()
        let inQuery = exchange.query.importParameters
        let fields = Self.importParameters.map(\.name).joined(separator: ", ")
        for name in form.rest { exchange.query.fault(name, "is no field of this form; file, \(fields) are") }
        try exchange.query.check()
        let parameters = inQuery.merging(inForm) { inQuery, _ in inQuery }
        try Self.checkImport(inForm.merging(inQuery) { inForm, _ in inForm }, kind: kind)
        try Self.checkImport(parameters, kind: kind)
        guard let (path, size) = exchange.request.body.file, size > 0 else {
            throw Problem(422, "empty_file", "The dataset's file is the body, and this one is empty.")
        }
        try checkQuota(adding: size)
        let record = try jobs.importDataset(
            name: name, kind: DatasetKind(rawValue: kind), parameters: parameters, upload: path, bytes: size,
            sha256: exchange.bodyDigest(), key: exchange.key)
        exchange.awaitedImport = AwaitedImport(dataset: record.id) { [self] in
            try reply(creating: store.dataset(record.id))
        }
        return reply(creating: record)
    }

    /// Throws a 422 where what an upload says of how it is to be read can't be, as far as that is known without its bytes.
    static func checkImport(_ parameters: [String: String], kind: String) throws(Problem) {
        do throws(DatasetError) {
            try DatasetKind.check(parameters, kind: DatasetKind(rawValue: kind))
        } catch {
            throw Problem(
                422, error.code, error.detail.capitalisedAtStart + ".",
                errors: error.problems.map { Problem.Fault(.parameter($0.item), $0.detail) })
        }
    }

    /// Throws a 507 where the datasets would have more bytes together than they may.
    func checkQuota(adding bytes: Int) throws {
        guard let quota = configuration.datasetQuota else { return }
        let held = try store.datasetBytes()
        guard held + bytes > quota else { return }
        throw Problem(
            507, "quota_exceeded",
            "The datasets may have \(quota) bytes together and have \(held), so \(bytes) more can't be taken. Delete some."
        )
    }

    func reply(creating dataset: DatasetRecord) -> HTTPResponse {
        HTTPResponse(
            status: 201, DatasetResource.json(dataset), headers: [("Location", "/v1/datasets/\(dataset.id)")])
    }

    func listDatasets(_ exchange: inout Exchange) throws -> HTTPResponse {
        let list = try ListQuery(&exchange.query)
        let page = try store.datasets(list.filter, page: list.page)
        return HTTPResponse(
            ResourceJSON.page(page.items.map(DatasetResource.json), nextPageToken: page.nextPageToken))
    }

    func showDataset(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let record = try store.dataset(exchange.segment("id"))
        exchange.isSettled = true
        return exchange.reply(tag: EntityTag.revision(record.revision)) { HTTPResponse(DatasetResource.json(record)) }
    }

    func changeDataset(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let record = try store.dataset(exchange.segment("id"))
        let revision = try exchange.revisionToMatch(record.revision)
        var body = BodyReader(try exchange.json(), known: ["name", "labels"])
        let changes = RecordChanges(name: body.name("name"), labels: body.labels("labels"))
        try body.check()
        let changed = try store.updateDataset(record.id, changes, revision: revision)
        return HTTPResponse(
            DatasetResource.json(changed), headers: [("ETag", EntityTag.revision(changed.revision))])
    }

    func deleteDataset(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let record = try store.dataset(exchange.segment("id"))
        _ = try exchange.revisionToMatch(record.revision)
        try jobs.deleteDataset(record.id)
        return HTTPResponse(status: 204)
    }

    func previewDataset(_ exchange: inout Exchange) throws -> HTTPResponse {
        let count = exchange.query.integer("n") ?? 64
        let format = try PreviewFormat(&exchange)
        let record = try store.dataset(exchange.segment("id"))
        guard record.state == .ready else {
            throw Problem(
                409, "dataset_not_ready", "The dataset is \(record.state.rawValue); there is nothing to show.")
        }
        let tag = EntityTag.strong("preview", record.id, String(count), format.rawValue)
        return try exchange.reply(tag: tag) {
            let dataset = try Dataset(opening: store.folder.decoded(of: record.id))
            return HTTPResponse(
                type: format.mediaType, bytes: try preview(of: dataset, count: count, format: format))
        }
    }

    private func preview(of dataset: Dataset, count: Int, format: PreviewFormat) throws -> [UInt8] {
        let forms = dataset.manifest.schema.forms
        guard format == .png else { return try forms.preview(of: dataset, count: count) }
        guard let picture = try forms.previewPicture(of: dataset, count: count) else {
            throw Problem(
                422, "not_plottable", "There is no picture of \(forms.items); a preview as JSON shows all of each.")
        }
        return try PNG.encode(picture)
    }
}

/// What a preview can be sent as.
enum PreviewFormat: String, CaseIterable {
    case png
    case json

    var mediaType: String { self == .png ? "image/png" : "application/json" }

    init(_ exchange: inout Exchange) throws(Problem) {
        let wanted = exchange.query.choice("format", of: PreviewFormat.self)
        try exchange.query.check()
        let types = Self.allCases.map(\.mediaType)
        let accepted = AcceptedTypes(exchange.request.headers["Accept"]).preferred(among: types)
        guard let format = wanted ?? Self.allCases.first(where: { $0.mediaType == accepted }) else {
            throw Problem(406, "not_acceptable", "A preview can be had as \(types.joined(separator: ", ")).")
        }
        self = format
    }
}

extension QueryReader {
    /// Those that say how a kind of items is to be read.
    fileprivate var importParameters: [String: String] {
        var parameters: [String: String] = [:]
        for parameter in DatasetKind.importParameters { parameters[parameter.name] = text(parameter.name) }
        return parameters
    }
}

/// The fields of a form beside its file; none where the body is the file itself.
private struct FormFields {
    private var values: [(name: String, value: String)] = []
    /// The file's name on the client's disk, without folders, where it can be a resource's.
    let fileName: String?

    init(_ body: RequestBody) {
        guard case .form(_, _, let name, let fields) = body else {
            fileName = nil
            return
        }
        values = fields
        let base = name.split { "/\\".contains($0) }.last.map(String.init)
        fileName = base.flatMap { ResourceName.isValid($0) ? $0 : nil }
    }

    mutating func take(_ name: String) -> String? {
        guard let place = values.firstIndex(where: { $0.name == name }) else { return nil }
        return values.remove(at: place).value
    }

    /// Takes those that say how a kind of items is to be read.
    mutating func takeImportParameters() -> [String: String] {
        var parameters: [String: String] = [:]
        for parameter in DatasetKind.importParameters { parameters[parameter.name] = take(parameter.name) }
        return parameters
    }

    /// The names of fields that nobody took.
    var rest: [String] { values.map(\.name) }
}

extension RequestBody {
    fileprivate var file: (path: String, size: Int)? {
        switch self {
        case .file(let path, let size), .form(let path, let size, _, _): (path, size)
        case .none, .bytes, .taken: nil
        }
    }
}

import Adversarial
import Datasets
import HTTPServer
import Jobs
import Store

extension Service {
    func showSamples(_ exchange: inout Exchange) throws -> HTTPResponse {
        let (wish, source, request) = try pinned(SampleFields(query: exchange.query), exchange)
        let tag = EntityTag.strong(source.model, "\(source.step)", wish.format.rawValue, "\(request)", "\(wish)")
        let cacheControl = wish.isImmutable ? "public, max-age=31536000, immutable" : "no-cache"
        return try exchange.reply(tag: tag, cacheControl: cacheControl) {
            try response(to: wish, source: source, request: request)
        }
    }

    func drawSamples(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let (wish, source, request) = try pinned(SampleFields(body: try exchange.json()), exchange)
        return try response(to: wish, source: source, request: request)
    }

    /// The wish, the pinned checkpoint, and the wish in its terms.
    private func pinned(
        _ fields: SampleFields, _ exchange: Exchange
    ) throws -> (SampleWish, SampleSource, SampleRequest) {
        let accept = exchange.request.headers["Accept"]
        var wish = try SampleWish(fields, accept: accept)
        let (source, classes) = try sampleSource(
            of: exchange.segment("id"), checkpoint: wish.checkpoint, classes: wish.classes,
            isAbandoned: exchange.request.isAbandoned)
        // What is to be put beside the training set comes in its form, unless the client asks for another.
        if wish.rows.balance != nil, source.isOfImages { wish = try SampleWish(fields, accept: accept, usual: .zip) }
        if wish.format == .csv, source.isOfImages {
            throw Problem(
                422, "not_tabular", "Images can be had as JSON, PNG, NPY and ZIP; CSV is for points and tables.")
        }
        if wish.format == .zip, !source.isOfImages {
            let others = source.table == nil ? "Points can be had as JSON, PNG" : "Rows of a table can be had as JSON"
            throw Problem(422, "not_images", "\(others), NPY and CSV; ZIP is for images.")
        }
        if wish.encoding != .nested, !source.isOfImages {
            throw Problem(422, "invalid_samples", "The encoding \(wish.encoding.rawValue) is for images.")
        }
        let snapshot = source.generator.snapshot
        let balance = source.table == nil ? try wish.rows.balance.map(snapshot.classBalance) : nil
        let rows = source.table == nil ? wish.rows.withoutBalance : wish.rows
        let request = SampleRequest(
            count: try wish.count(evening: balance), seed: wish.seed, classes: classes, balance: balance,
            truncation: wish.truncation, interpolate: wish.interpolate,
            rows: try rows.wish(for: snapshot) { try jobs.trainingRows(of: source.generator) })
        return (wish, source, request)
    }

    private func response(
        to wish: SampleWish, source: SampleSource, request: SampleRequest
    ) throws -> HTTPResponse {
        let heading = SampleHeading(source: source, request: request)
        let body: ResponseBody
        switch wish.format {
        case .json: body = try SampleStream(heading, encoder: SampleJSONEncoder(heading, encoding: wish.encoding)).body
        case .npy:
            body =
                if let table = source.table {
                    try SampleStream(heading, encoder: TableArrayEncoder(heading, table)).body
                } else {
                    try SampleStream(heading, encoder: SampleArrayEncoder(heading)).body
                }
        case .csv:
            body =
                if let table = source.table {
                    try SampleStream(heading, encoder: TableCSVEncoder(table)).body
                } else {
                    try SampleStream(heading, encoder: SampleCSVEncoder(columns: source.schema.columnNames)).body
                }
        case .zip: body = try SampleStream(heading, encoder: SampleZIPEncoder(heading)).body
        case .png:
            body = .bytes(
                try SamplePicture.png(heading, columns: wish.gridColumns, real: try realPoints(of: source.model)))
        }
        return HTTPResponse(
            headers: [
                ("Content-Type", wish.format.mediaType), ("Gand-Checkpoint", String(source.step)),
                ("Gand-Seed", String(request.seed)),
            ], body: body)
    }

    /// Points of the model's dataset; none where that was deleted.
    private func realPoints(of model: String) throws -> [[Float]] {
        let dataset = try store.model(model).datasetID
        do {
            guard try store.dataset(dataset).state == .ready else { return [] }
        } catch let error as StoreError where error.kind == .notFound {
            return []
        }
        let opened = try Dataset(opening: store.folder.decoded(of: dataset))
        guard let schema = opened.manifest.schema as? PointSchema else { return [] }
        return try opened.previewPoints(schema, count: 2000)
    }
}

extension ItemKind {
    /// The names of the columns of points; none for images.
    fileprivate var columnNames: [String] { (self as? PointSchema)?.columns ?? [] }
}

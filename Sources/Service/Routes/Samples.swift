import Adversarial
import Datasets
import HTTPServer
import Jobs
import Store

extension Service {
    func showSamples(_ exchange: inout Exchange) throws -> HTTPResponse {
        let wish = try SampleWish(SampleFields(query: exchange.query), accept: exchange.request.headers["Accept"])
        let (source, request) = try source(for: wish, exchange)
        let tag = EntityTag.strong(source.model, "\(source.step)", wish.format.rawValue, "\(request)", "\(wish)")
        let cacheControl = wish.isImmutable ? "public, max-age=31536000, immutable" : "no-cache"
        return try exchange.reply(tag: tag, cacheControl: cacheControl) {
            try response(to: wish, source: source, request: request)
        }
    }

    func drawSamples(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let wish = try SampleWish(SampleFields(body: try exchange.json()), accept: exchange.request.headers["Accept"])
        let (source, request) = try source(for: wish, exchange)
        return try response(to: wish, source: source, request: request)
    }

    /// The pinned checkpoint, and the wish in its terms.
    private func source(for wish: SampleWish, _ exchange: Exchange) throws -> (SampleSource, SampleRequest) {
        let (source, classes) = try sampleSource(
            of: exchange.segment("id"), checkpoint: wish.checkpoint, classes: wish.classes,
            isAbandoned: exchange.request.isAbandoned)
        if wish.format == .csv, case .images = source.schema {
            throw Problem(422, "not_tabular", "Images can be had as JSON, PNG and NPY; CSV is for points.")
        }
        if wish.encoding != .nested, !source.isOfImages {
            throw Problem(422, "invalid_samples", "The encoding \(wish.encoding.rawValue) is for images.")
        }
        let request = SampleRequest(
            count: wish.count, seed: wish.seed, classes: classes, truncation: wish.truncation,
            interpolate: wish.interpolate,
            rows: try wish.rows.wish(for: source.generator.snapshot) { try jobs.trainingRows(of: source.generator) })
        return (source, request)
    }

    private func response(
        to wish: SampleWish, source: SampleSource, request: SampleRequest
    ) throws -> HTTPResponse {
        let heading = SampleHeading(source: source, request: request)
        let body: ResponseBody
        switch wish.format {
        case .json: body = try SampleStream(heading, encoder: SampleJSONEncoder(heading, encoding: wish.encoding)).body
        case .npy: body = try SampleStream(heading, encoder: SampleArrayEncoder(heading)).body
        case .csv:
            body =
                if let table = source.table {
                    try SampleStream(heading, encoder: TableCSVEncoder(table)).body
                } else {
                    try SampleStream(heading, encoder: SampleCSVEncoder(columns: source.schema.columnNames)).body
                }
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
        return try Dataset(opening: store.folder.decoded(of: dataset)).previewPoints(count: 2000)
    }
}

extension DatasetSchema {
    /// The names of the columns of points; none for images.
    fileprivate var columnNames: [String] {
        if case .points(let columns, _, _) = self { columns } else { [] }
    }
}

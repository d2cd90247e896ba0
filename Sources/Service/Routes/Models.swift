import HTTPServer
import Jobs
import Store

extension Service {
    func listModels(_ exchange: inout Exchange) throws -> HTTPResponse {
        let list = try ListQuery(&exchange.query, hasStates: false)
        let page = try store.models(labels: list.filter.labels, page: list.page)
        let items = page.items.map { ModelResource.json($0, liveStep: liveStep(of: $0)) }
        return HTTPResponse(ResourceJSON.page(items, nextPageToken: page.nextPageToken))
    }

    func showModel(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let model = try store.model(exchange.segment("id"))
        let liveStep = liveStep(of: model)
        let tag = EntityTag.revision(model.revision, liveStep.map { "live\($0)" } ?? "")
        return exchange.reply(tag: tag) { HTTPResponse(ModelResource.json(model, liveStep: liveStep)) }
    }

    func changeModel(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let model = try store.model(exchange.segment("id"))
        let revision = try exchange.revisionToMatch(model.revision)
        var body = BodyReader(try exchange.json(), known: ["name", "labels"])
        let changes = RecordChanges(name: body.name("name"), labels: body.labels("labels"))
        try body.check()
        let changed = try store.updateModel(model.id, changes, revision: revision)
        return HTTPResponse(
            ModelResource.json(changed, liveStep: liveStep(of: changed)),
            headers: [("ETag", EntityTag.revision(changed.revision))])
    }

    func deleteModel(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let model = try store.model(exchange.segment("id"))
        _ = try exchange.revisionToMatch(model.revision)
        try jobs.deleteModel(model.id)
        return HTTPResponse(status: 204)
    }

    /// The step of the snapshot in memory while the model's job runs.
    private func liveStep(of model: ModelRecord) -> Int? {
        guard let generator = try? jobs.generator(of: model.id, .live), generator.isLive else { return nil }
        return generator.step
    }

    func listCheckpoints(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let checkpoints = try store.checkpoints(of: exchange.segment("id"))
        let items = try checkpoints.map { ModelResource.json($0, files: try store.files(of: $0)) }
        return HTTPResponse(ResourceJSON.page(items, nextPageToken: nil))
    }

    func downloadCheckpointFile(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let model = try store.model(exchange.segment("id"))
        guard let step = Int(exchange.segment("step")) else {
            throw Problem(404, "checkpoint_not_found", "“\(exchange.segment("step"))” is not a checkpoint's step.")
        }
        let checkpoint = try store.checkpoint(of: model.id, step: step)
        let name = exchange.segment("file")
        let path = try store.path(ofFile: name, in: checkpoint)
        guard let size = try store.files(of: checkpoint).first(where: { $0.name == name })?.bytes else {
            throw Problem(404, "not_found", "The checkpoint has no file \(name).")
        }
        // A checkpoint's files never change; one written anew after a roll-back has another time.
        let tag = EntityTag.strong(model.id, String(step), name, String(checkpoint.createdAt.microseconds))
        return try exchange.reply(tag: tag) {
            try FileDownload(path: path, name: name, size: size, tag: tag).response(to: exchange.request)
        }
    }
}

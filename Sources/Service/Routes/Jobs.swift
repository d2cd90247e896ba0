import Adversarial
import Codecs
import HTTPServer
import Jobs
import Store

extension Service {
    func createJob(_ exchange: inout Exchange) throws -> HTTPResponse {
        let isDryRun = exchange.query.boolean("dry_run")
        try exchange.query.check()
        let requested = try exchange.json()
        guard !isDryRun else {
            return HTTPResponse(ResolutionResource.json(try jobs.dryRun(requested), requested: requested))
        }
        return try reply(creating: try jobs.submit(requested, key: exchange.key))
    }

    func reply(creating job: JobRecord) throws -> HTTPResponse {
        HTTPResponse(
            status: 202, JobResource.json(job, progress: try jobs.progress(of: job)),
            headers: [("Location", "/v1/jobs/\(job.id)"), ("Retry-After", "1")])
    }

    func listJobs(_ exchange: inout Exchange) throws -> HTTPResponse {
        let list = try ListQuery(&exchange.query)
        let page = try store.jobs(list.filter, page: list.page)
        let jobs = zip(page.items, try jobs.progress(of: page.items)).map(JobResource.json)
        return HTTPResponse(ResourceJSON.page(jobs, nextPageToken: page.nextPageToken))
    }

    func showJob(_ exchange: inout Exchange) throws -> HTTPResponse {
        let end = exchange.query.choice("until", of: JobEnd.self)
        try exchange.query.check()
        let job = try store.job(exchange.segment("id"))
        exchange.isSettled = !job.state.isLive
        exchange.isBeforeItsEnd = end == .terminal && job.state.isLive
        let view = try progress.view(of: job) { try jobs.progress(of: job) }
        return exchange.reply(tag: view.tag) { HTTPResponse(JobResource.json(job, progress: view.progress)) }
    }

    func changeJob(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let job = try store.job(exchange.segment("id"))
        let revision = try exchange.revisionToMatch(job.revision)
        var body = BodyReader(try exchange.json(), known: ["name", "labels", "priority"])
        let changes = JobChanges(
            name: body.name("name"), labels: body.labels("labels"), priority: body.integer("priority", in: -1000...1000)
        )
        try body.check()
        return try reply(with: try jobs.update(job.id, changes, revision: revision))
    }

    func deleteJob(_ exchange: inout Exchange) throws -> HTTPResponse {
        let deletesModel = exchange.query.boolean("delete_model")
        try exchange.query.check()
        let job = try store.job(exchange.segment("id"))
        _ = try exchange.revisionToMatch(job.revision)
        try jobs.delete(job.id, deletingModel: deletesModel)
        return HTTPResponse(status: 204)
    }

    func stopJob(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        if let body = try exchange.optionalJSON() { try BodyReader(body, known: []).check() }
        return try reply(status: 202, with: try jobs.stop(exchange.segment("id")))
    }

    func resumeJob(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let changes = try exchange.optionalJSON()
        return try reply(status: 202, with: try jobs.resume(exchange.segment("id"), changes: changes))
    }

    private func reply(status: Int = 200, with job: JobRecord) throws -> HTTPResponse {
        let view = try progress.view(of: job) { try jobs.progress(of: job) }
        return HTTPResponse(
            status: status, JobResource.json(job, progress: view.progress),
            headers: [("ETag", view.tag), ("Location", "/v1/jobs/\(job.id)")])
    }
}

/// What `Prefer: wait` can wait for, other than any change.
enum JobEnd: String, CaseIterable {
    case terminal
}

/// What a dry run tells.
private enum ResolutionResource {
    static func json(_ resolution: Resolution, requested: JSON) -> JSON {
        [
            "spec": ["requested": requested, "resolved": resolution.spec.json],
            "reasons": .array(
                resolution.reasons.map { ["pointer": .string($0.pointer), "detail": .string($0.detail)] }),
            "parameters": [
                "generator": .integer(Int64(resolution.generatorParameters)),
                "discriminator": .integer(Int64(resolution.discriminatorParameters)),
            ],
            "memory_bytes": .integer(Int64(resolution.memoryBytes)),
            "warnings": .array(resolution.warnings.map { .string($0) }),
        ]
    }
}

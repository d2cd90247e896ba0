import Adversarial
import HTTPServer
import Jobs
import Store

extension Service {
    func showSamples(_ exchange: inout Exchange) throws -> HTTPResponse {
        var fields = SampleFields(query: exchange.query)
        let checkpoint = try fields.checkpoint()
        let reply = try reply(to: fields, checkpoint, exchange)
        let tag = EntityTag.strong(
            reply.source.model, "\(reply.source.step)", "\(reply.source.madeAt.microseconds)", "\(reply.request.seed)",
            reply.format.rawValue, exchange.query.given)
        // Never immutable: a job that is rolled back writes a checkpoint anew.
        return try exchange.reply(tag: tag) { try reply.response() }
    }

    func drawSamples(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        var fields = SampleFields(body: try exchange.json())
        let checkpoint = try fields.checkpoint()
        return try reply(to: fields, checkpoint, exchange).response()
    }

    /// Pins the model's weights, by which the rest of the request is then read; samples are drawn as long as somebody waits.
    ///
    /// - Throws: what `JobCenter.generator` and `SampleReply` throw; what is already known to be wrong with the fields instead of
    ///   that there is no such model.
    private func reply(
        to fields: SampleFields, _ checkpoint: CheckpointSelector?, _ exchange: Exchange
    ) throws -> SampleReply {
        let generator: SampledGenerator
        do {
            generator = try jobs.generator(of: exchange.segment("id"), checkpoint)
        } catch {
            // As on every route, what can't be read goes before what isn't there.
            try fields.check()
            throw error
        }
        let source = SampleSource(generator: generator, jobs: jobs, isAbandoned: exchange.request.isAbandoned)
        return try SampleReply(fields, from: source, accept: exchange.request.headers["Accept"])
    }
}

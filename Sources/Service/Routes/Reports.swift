import Adversarial
import Codecs
import Datasets
import HTTPServer
import Jobs
import Store

extension Service {
    func createReport(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let model = try store.model(exchange.segment("id"))
        var body = BodyReader(
            try exchange.optionalJSON() ?? [:], known: ["n", "seed", "checkpoint", "target"])
        let request = ReportWish(
            samples: body.integer(
                "n", in: ReportEvaluation.sampleCounts.lowerBound...ReportEvaluation.sampleCounts.upperBound),
            seed: body.seed("seed") ?? UInt64.random(in: 0..<1 << 53),
            target: body.text("target"),
            checkpoint: body.savedCheckpoint("checkpoint") ?? .best)
        try body.check()
        return reply(creating: try jobs.submitReport(on: model.id, request, key: exchange.key))
    }

    func reply(creating report: ReportRecord) -> HTTPResponse {
        HTTPResponse(
            status: 202, json(of: report), headers: [("Location", "/v1/reports/\(report.id)"), ("Retry-After", "1")])
    }

    func listReports(_ exchange: inout Exchange) throws -> HTTPResponse {
        let list = try ListQuery(&exchange.query, hasLabels: false)
        let page = try store.reports(of: exchange.segment("id"), states: list.filter.states, page: list.page)
        return HTTPResponse(ResourceJSON.page(page.items.map(json), nextPageToken: page.nextPageToken))
    }

    func showReport(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let report = try store.report(exchange.segment("id"))
        let progress = jobs.progress(of: report)
        let tag = EntityTag.revision(report.revision, report.state.isLive ? String(progress.done) : "")
        return exchange.reply(tag: tag) { HTTPResponse(ReportResource.json(report, progress: progress)) }
    }

    /// Cancels a report that waits or is being made, removes one that has ended.
    func deleteReport(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let report = try store.report(exchange.segment("id"))
        let revision = try exchange.revisionToMatch(report.revision)
        guard let cancelled = try jobs.cancelOrDeleteReport(report.id, revision: revision) else {
            return HTTPResponse(status: 204)
        }
        return HTTPResponse(status: 202, json(of: cancelled))
    }

    /// The newest finished report on a model, as JSON or as a page.
    func showNewestReport(_ exchange: inout Exchange) throws -> HTTPResponse {
        let format = try ReportFormat(&exchange)
        let model = try store.model(exchange.segment("id"))
        guard let report = try store.newestReport(of: model.id) else {
            throw Problem(
                404, "no_report",
                "There is no finished report on model \(model.id). POST /v1/models/\(model.id)/reports has one made.")
        }
        let dataset = try datasetName(report.datasetID)
        let tag = EntityTag.strong(
            report.id, String(report.revision), format.rawValue, model.name, dataset.map { "named \($0)" } ?? "-")
        return try exchange.reply(tag: tag) {
            guard format == .html else { return HTTPResponse(json(of: report)) }
            let page = ReportPage(
                report: report, modelName: model.name, datasetName: dataset,
                picture: try store.picture(ofReport: report.id),
                forms: DatasetKind(rawValue: model.kind)?.forms)
            return HTTPResponse(
                type: "text/html; charset=utf-8", bytes: page.bytes,
                headers: [("Content-Security-Policy", ReportPage.contentSecurityPolicy)])
        }
    }

    /// Nil where the dataset was deleted.
    private func datasetName(_ id: String) throws -> String? {
        do {
            return try store.dataset(id).name
        } catch let error as StoreError where error.kind == .notFound {
            return nil
        }
    }

    private func json(of report: ReportRecord) -> JSON {
        ReportResource.json(report, progress: jobs.progress(of: report))
    }
}

/// What a report can be sent as.
enum ReportFormat: String, CaseIterable {
    case json
    case html

    var mediaType: String { self == .json ? "application/json" : "text/html" }

    init(_ exchange: inout Exchange) throws(Problem) {
        let wanted = exchange.query.choice("format", of: ReportFormat.self)
        try exchange.query.check()
        let types = Self.allCases.map(\.mediaType)
        let accepted = AcceptedTypes(exchange.request.headers["Accept"]).preferred(among: types)
        guard let format = wanted ?? Self.allCases.first(where: { $0.mediaType == accepted }) else {
            throw Problem(406, "not_acceptable", "A report can be had as \(types.joined(separator: ", ")).")
        }
        self = format
    }
}

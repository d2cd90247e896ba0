import HTTPServer
import Store

extension Service {
    func showCurve(_ exchange: inout Exchange) throws -> HTTPResponse {
        let format = try CurveFormat(&exchange)
        let wish = CurveRequest(
            names: exchange.query.list("names"), fromStep: exchange.query.integer("from_step", in: 0...Int.max),
            toStep: exchange.query.integer("to_step", in: 0...Int.max),
            sinceStep: exchange.query.integer("since_step", in: 0...Int.max),
            revision: exchange.query.integer("revision", in: 0...Int.max),
            maximumPoints: exchange.query.integer("max_points", in: 2...10_000) ?? 1000)
        try exchange.query.check()
        let id = exchange.segment("id")
        let state = try store.curveState(of: id)
        try checkNames(wish.names, job: id)
        let tag = EntityTag.strong(
            id, "\(state.revision)", state.lastStep.map(String.init) ?? "-",
            state.lastEvaluation.map(String.init) ?? "-",
            format.rawValue, "\(wish)")
        return try exchange.reply(tag: tag) {
            let curve = try store.curve(of: id, wish)
            return HTTPResponse(
                type: format.mediaType,
                bytes: format == .json ? CurveText.json(curve, job: id) : CurveText.csv(curve))
        }
    }

    /// Throws a 400 where a name is none of the job's; before its first step any name may yet come.
    private func checkNames(_ names: [String]?, job: String) throws {
        guard let names else { return }
        let known = try store.metricNames(of: job)
        let unknown = names.filter { !known.contains($0) }
        guard !known.isEmpty, !unknown.isEmpty else { return }
        throw Problem(
            400, "bad_parameter", "The job has no curve named \(unknown.joined(separator: ", ")).",
            errors: unknown.map {
                Problem.Fault(.parameter("names"), "“\($0)” is not one of \(known.joined(separator: ", "))")
            })
    }
}

/// What curves can be sent as.
private enum CurveFormat: String, CaseIterable {
    case json
    case csv

    var mediaType: String { self == .json ? "application/json" : "text/csv" }

    init(_ exchange: inout Exchange) throws(Problem) {
        let isGiven = exchange.query.text("format") != nil
        let wanted = exchange.query.choice("format", of: CurveFormat.self)
        let types = Self.allCases.map(\.mediaType)
        let accepted = AcceptedTypes(exchange.request.headers["Accept"]).preferred(among: types)
        if let format = wanted ?? Self.allCases.first(where: { $0.mediaType == accepted }) {
            self = format
        } else if isGiven {
            self = .json
        } else {
            throw Problem(406, "not_acceptable", "Curves can be had as \(types.joined(separator: ", ")).")
        }
    }
}

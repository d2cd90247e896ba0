import Codecs
import HTTPServer
import Store

extension Service {
    static let curveParameters = [
        Parameter("names", .curves, "Only these curves."),
        Parameter("from_step", .integer(0...Int.max), "From this step on."),
        Parameter("to_step", .integer(0...Int.max), "Up to and with this step."),
        Parameter("since_step", .integer(0...Int.max), "After this step: the last one that the client has."),
        Parameter("revision", .integer(0...Int.max), "The revision that the client has; of another one it gets all."),
        Parameter("max_points", .integer(2...10_000), "How many points a curve has at most; 1,000 unless given."),
        .format(CurveFormat.self),
    ]

    func showCurve(_ exchange: inout Exchange) throws -> HTTPResponse {
        let format = try CurveFormat(&exchange)
        let request = CurveRequest(
            names: exchange.query.list("names"), fromStep: exchange.query.integer("from_step"),
            toStep: exchange.query.integer("to_step"), sinceStep: exchange.query.integer("since_step"),
            revision: exchange.query.integer("revision"), maximumPoints: exchange.query.integer("max_points") ?? 1000)
        try exchange.query.check()
        if format == .tensorboard, request.names?.count != 1 {
            throw Problem(
                422, "one_curve_only", "TensorBoard's shape holds one curve: give one name, as names=generator_loss.",
                errors: [Problem.Fault(.parameter("names"), "must be one name where the format is tensorboard")])
        }
        let id = exchange.segment("id")
        exchange.isSettled = true
        let state = try store.curveState(of: id)
        try checkNames(request.names, job: id)
        let tag = EntityTag.strong(
            id, "\(state.revision)", state.lastStep.map(String.init) ?? "-",
            state.lastEvaluation.map(String.init) ?? "-",
            format.rawValue, "\(request)")
        // cairo counts on through the names within its SVG.
        return try exchange.reply(tag: tag, isWeak: format == .svg) {
            let bytes = try renderedCurves.bytes(tag) { try format.bytes(of: store.curve(of: id, request), job: id) }
            return HTTPResponse(
                type: format.mediaType, bytes: bytes,
                // cairo writes colours as styles.
                headers: format == .svg
                    ? [
                        (
                            "Content-Security-Policy",
                            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
                        )
                    ]
                    : [])
        }
    }

    /// Throws a 422 where a name is none of the job's; before its first step any name may yet come.
    private func checkNames(_ names: [String]?, job: String) throws {
        guard let names else { return }
        let known = try store.metricNames(of: job)
        let unknown = names.filter { !known.contains($0) }
        guard !known.isEmpty, !unknown.isEmpty else { return }
        throw Problem(
            422, "unknown_curve", "The job has no curve named \(unknown.joined(separator: ", ")).",
            errors: unknown.map {
                Problem.Fault(.parameter("names"), "“\($0)” is not one of \(known.joined(separator: ", "))")
            })
    }
}

/// What curves can be sent as.
enum CurveFormat: String, CaseIterable {
    case json, csv, ndjson
    /// For one curve alone; JSON too, so that only `format` can ask for it.
    case tensorboard
    case png, svg

    var mediaType: String {
        switch self {
        case .json, .tensorboard: "application/json"
        case .csv: "text/csv"
        case .ndjson: "application/x-ndjson"
        case .png: "image/png"
        case .svg: "image/svg+xml"
        }
    }

    init(_ exchange: inout Exchange) throws(Problem) {
        let wanted = exchange.query.choice("format", of: CurveFormat.self)
        let offered = Self.allCases.filter { $0 != .tensorboard }
        let types = offered.map(\.mediaType)
        let accepted = AcceptedTypes(exchange.request.headers["Accept"]).preferred(among: types)
        if let format = wanted ?? offered.first(where: { $0.mediaType == accepted }) {
            self = format
        } else if exchange.query.isAtFault("format") {
            self = .json
        } else {
            throw Problem(406, "not_acceptable", "Curves can be had as \(types.joined(separator: ", ")).")
        }
    }

    func bytes(of curve: Curve, job: String) throws -> [UInt8] {
        switch self {
        case .json: CurveText.json(curve, job: job)
        case .csv: CurveText.csv(curve)
        case .ndjson: CurveText.lines(curve)
        case .tensorboard: CurveText.tensorBoard(curve)
        case .png: try PNG.encode(CurvePicture.plot(curve).image())
        case .svg: try CurvePicture.plot(curve).svg()
        }
    }
}

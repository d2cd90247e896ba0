import Codecs
import HTTPServer
import Store

extension Service {
    /// A job's events: as a stream, or what is stored of them as pages where the client asks for those.
    func showEvents(_ exchange: inout Exchange) throws -> HTTPResponse {
        try exchange.query.check()
        let limit = exchange.query.integer("limit")
        let after = exchange.query.integer("page_token")
        let formats: [EventFormat] = limit == nil && after == nil ? [.stream, .page] : [.page]
        switch try EventFormat(exchange.request.headers, among: formats) {
        case .stream: return try streamEvents(&exchange)
        case .page: return try listEvents(&exchange, after: after ?? 0, limit: limit ?? 50)
        }
    }

    /// Server-Sent Events from the first, or from the one after `Last-Event-ID`, on.
    private func streamEvents(_ exchange: inout Exchange) throws -> HTTPResponse {
        let last = exchange.request.headers["Last-Event-ID"] ?? ""
        guard let after = last.isEmpty ? 0 : Int64(last), after >= 0 else {
            throw Problem(400, "bad_event_id", "The Last-Event-ID “\(last)” is not an event's id, which is a number.")
        }
        let job = try store.job(exchange.segment("id"))
        // A client that reconnects after the last event is told that there is nothing more to come.
        if !job.state.isLive, after > 0, try store.events(of: job.id, after: after, limit: 1).isEmpty {
            return HTTPResponse(status: 204)
        }
        return HTTPResponse(
            headers: [
                ("Content-Type", EventFormat.stream.mediaType), ("Cache-Control", "no-store"),
                // nginx otherwise keeps events back until its buffer is full.
                ("X-Accel-Buffering", "no"),
            ],
            body: .live(
                EventStream(job: job.id, after: after, store: store, jobs: jobs, pace: eventPace, logger: logger)))
    }

    /// A page of the stored events, oldest first: a page token is the last event that was read.
    private func listEvents(_ exchange: inout Exchange, after: Int, limit: Int) throws -> HTTPResponse {
        let id = exchange.segment("id")
        // One more than asked for tells whether there is a next page; a page of 1000 is asked in vain at worst.
        let events = try store.events(of: id, after: Int64(after), limit: min(limit + 1, 1000))
        let page = events.prefix(limit)
        let hasMore = events.count > limit || (limit == 1000 && events.count == 1000)
        return HTTPResponse(
            ResourceJSON.page(
                page.map(EventResource.json),
                nextPageToken: hasMore ? page.last.map { String($0.sequence) } : nil))
    }
}

/// What events can be sent as.
enum EventFormat: String, CaseIterable {
    case stream = "text/event-stream"
    case page = "application/json"

    var mediaType: String { rawValue }

    /// - Parameter formats: those on offer; `limit` and `page_token` are for pages alone.
    init(_ headers: HTTPHeaders, among formats: [EventFormat]) throws(Problem) {
        let types = formats.map(\.mediaType)
        let accepted = AcceptedTypes(headers["Accept"]).preferred(among: types)
        guard let format = accepted.flatMap(Self.init) else {
            throw Problem(406, "not_acceptable", "Events can be had as \(types.joined(separator: ", ")).")
        }
        self = format
    }
}

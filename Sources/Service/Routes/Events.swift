import HTTPServer
import Store

extension Service {
    /// A page of the stored events, oldest first: a page token is the last event that was read.
    func listEvents(_ exchange: inout Exchange) throws -> HTTPResponse {
        let limit = exchange.query.integer("limit", in: 1...1000) ?? 50
        let after = exchange.query.integer("page_token", in: 0...Int.max) ?? 0
        try exchange.query.check()
        guard AcceptedTypes(exchange.request.headers["Accept"]).preferred(among: ["application/json"]) != nil else {
            throw Problem(406, "not_acceptable", "Events can be had as application/json.")
        }
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

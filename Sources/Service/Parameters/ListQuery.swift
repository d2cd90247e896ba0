import Store

/// What every list takes.
struct ListQuery {
    let filter: RecordFilter
    let page: PageRequest

    /// Reads `limit`, `page_token`, `label` as `name:value`, and `state` as one or more of `states`.
    init(_ query: inout QueryReader, states: [String] = []) throws(Problem) {
        page = PageRequest(limit: query.integer("limit", in: 1...1000) ?? 50, token: query.text("page_token"))
        let wanted = query.list("state") ?? []
        for state in wanted where !states.contains(state) {
            query.fault("state", "“\(state)” is not one of \(states.joined(separator: ", "))")
        }
        filter = RecordFilter(states: wanted, labels: Self.labels(&query))
        try query.check()
    }

    private static func labels(_ query: inout QueryReader) -> [RecordFilter.Label] {
        guard let text = query.text("label") else { return [] }
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else {
            query.fault("label", "“\(text)” is not NAME:VALUE")
            return []
        }
        return [RecordFilter.Label(name: String(text[..<colon]), value: String(text[text.index(after: colon)...]))]
    }
}

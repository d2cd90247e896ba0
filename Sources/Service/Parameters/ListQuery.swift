import Store

/// What every list takes.
struct ListQuery {
    let filter: RecordFilter
    let page: PageRequest

    /// Reads `limit` and `page_token`; `label` as `name:value` and `state` as one or more words, where the route has them.
    init(_ query: inout QueryReader, hasStates: Bool = true, hasLabels: Bool = true) throws(Problem) {
        page = PageRequest(limit: query.integer("limit") ?? 50, token: query.text("page_token"))
        filter = RecordFilter(
            states: hasStates ? query.list("state") ?? [] : [], labels: hasLabels ? Self.labels(&query) : [])
        try query.check()
    }

    private static func labels(_ query: inout QueryReader) -> [RecordFilter.Label] {
        guard let text = query.text("label") else { return [] }
        // By bytes: what follows the colon may join with it to one character of Swift's.
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), colon != text.startIndex else {
            query.fault("label", "“\(text)” is not NAME:VALUE")
            return []
        }
        let value = text.utf8[text.utf8.index(after: colon)...]
        return [RecordFilter.Label(name: String(text[..<colon]), value: String(Substring(value)))]
    }
}

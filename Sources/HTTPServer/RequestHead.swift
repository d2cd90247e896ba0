import CMicroHTTPD

/// The head of a request, copied out of libmicrohttpd's memory.
struct RequestHead {
    /// Header fields that a request may have.
    static let fieldLimit = 100

    var method: HTTPMethod
    var headers: HTTPHeaders
    var body: BodyHead
    /// Why the filter refuses it; cmhd_head_accepted if it doesn't.
    var refusal: Int32

    /// - Parameter target: Where the request line's target was, and its length; only its place counts.
    init(
        connection: ConnectionReference, method: UnsafePointer<CChar>, target: (UnsafePointer<CChar>, Int),
        version: UnsafePointer<CChar>
    ) {
        var head = cmhd_head()
        (refusal, headers) = withUnsafeTemporaryAllocation(of: cmhd_field.self, capacity: Self.fieldLimit) { fields in
            guard let base = fields.baseAddress else { return (Int32(cmhd_head_too_many_fields), [:]) }
            let refusal = cmhd_inspect(
                connection.pointer, method, target.0, target.1, version, base, Self.fieldLimit, &head)
            var headers: [(name: String, value: String)] = []
            headers.reserveCapacity(head.field_count)
            for field in fields[..<head.field_count] {
                headers.append(
                    (
                        name: Self.string(field.name, field.name_length),
                        value: Self.string(field.value, field.value_length)
                    ))
            }
            return (refusal, HTTPHeaders(headers))
        }
        self.method = HTTPMethod(rawValue: String(cString: method))
        body = BodyHead(
            length: head.content_length < 0 ? nil : Int(head.content_length), isChunked: head.chunked == 1,
            contentType: headers["Content-Type"], contentEncoding: headers["Content-Encoding"])
    }

    /// Bytes that aren't UTF-8 are replaced.
    private static func string(_ bytes: UnsafePointer<CChar>, _ count: Int) -> String {
        bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
            String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
        }
    }
}

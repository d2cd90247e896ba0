import CMicroHTTPD

/// The head of a request, copied out of libmicrohttpd's memory.
struct RequestHead {
    /// The most header fields that a request may have.
    static let fieldLimit = 100

    var method: HTTPMethod
    var headers: HTTPHeaders
    var body: BodyHead
    /// Why the filter refuses the head; cmhd_head_accepted if it doesn't.
    var refusal: Int32
    /// The header fields for `RepeatedHead`; nil where they are too long for it.
    var fields: [UInt8]?

    /// Reads a head.
    ///
    /// - Parameters:
    ///   - target: where the request line's target was, and its length; it is used as a position only.
    ///   - last: the previous head, if its target was the same.
    /// - Returns: nil where the head equals that one, has no body, and is accepted by the filter.
    static func read(
        connection: ConnectionReference, method: UnsafePointer<CChar>, target: (UnsafePointer<CChar>, Int),
        version: UnsafePointer<CChar>, unless last: RepeatedHead?
    ) -> RequestHead? {
        withUnsafeTemporaryAllocation(of: cmhd_field.self, capacity: fieldLimit) { buffer in
            var head = cmhd_head()
            guard let base = buffer.baseAddress else { return nil }
            let refusal = cmhd_inspect(connection.pointer, method, target.0, target.1, version, base, fieldLimit, &head)
            let fields = UnsafeBufferPointer(rebasing: buffer[..<head.field_count])
            if refusal == Int32(cmhd_head_accepted), let last, last.isHead(method, fields) { return nil }
            return RequestHead(method, head, fields, refusal)
        }
    }

    private init(
        _ method: UnsafePointer<CChar>, _ head: cmhd_head, _ fields: UnsafeBufferPointer<cmhd_field>, _ refusal: Int32
    ) {
        self.refusal = refusal
        self.method = HTTPMethod(rawValue: String(cString: method))
        headers = HTTPHeaders(
            fields.map {
                (name: Self.string($0.name, $0.name_length), value: Self.string($0.value, $0.value_length))
            })
        let size = fields.reduce(0) { $0 + $1.name_length + $1.value_length + 2 }
        if size <= RepeatedHead.byteLimit {
            self.fields = [UInt8](unsafeUninitializedCapacity: size) { bytes, count in
                guard let start = bytes.baseAddress, let base = fields.baseAddress else { return }
                count = cmhd_copy_fields(base, fields.count, start, bytes.count)
            }
        }
        body = BodyHead(
            length: head.content_length < 0 ? nil : Int(head.content_length), isChunked: head.chunked == 1,
            contentType: headers["Content-Type"], contentEncoding: headers["Content-Encoding"])
    }

    /// The text of bytes, those that aren't UTF-8 replaced.
    private static func string(_ bytes: UnsafePointer<CChar>, _ count: Int) -> String {
        bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
            String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
        }
    }
}

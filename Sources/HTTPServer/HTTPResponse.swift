/// A reply as a handler returns it.
///
/// The server adds Date, Content-Length, X-Request-Id and the fields of the connection.
package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: [(String, String)]
    package var body: ResponseBody

    package init(status: Int = 200, headers: [(String, String)] = [], body: ResponseBody = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A reply of bytes with their media type.
    package init(status: Int = 200, type: String, bytes: [UInt8], headers: [(String, String)] = []) {
        self.init(status: status, headers: [("Content-Type", type)] + headers, body: .bytes(bytes))
    }

    /// The value of the first header field of that name.
    package func header(_ name: String) -> String? {
        headers.first { HTTPHeaders.areEqual($0.0, name) }?.1
    }
}

package enum ResponseBody: Sendable {
    case empty
    /// Bytes that are sent without being copied.
    case bytes([UInt8])
    /// `length` bytes of a file from `offset` on, by sendfile.
    case file(path: String, offset: Int, length: Int)
    /// Bytes that are made while they are sent; chunked where the length isn't known.
    case stream(any ByteStream, length: Int?)
    /// Bytes that come as things happen; chunked.
    case live(any LiveStream)
    /// No bytes, as HEAD gets: only the length that GET would have, nil where it isn't known.
    case omitted(length: Int?)
}

/// Thrown by a handler or a stream that finds that nobody waits for it any more.
package struct ClientGone: Error {
    package init() {}
}

/// Bytes made on demand, for replies too long to hold at once.
package protocol ByteStream: Sendable {
    /// The next bytes, or nil at the end. It is called on a queue's thread, where it may block, never by two threads at
    /// once, and only after the bytes before have been sent.
    ///
    /// - Throws: Any error aborts the connection, so that the client can't mistake a part for the whole.
    func next() throws -> [UInt8]?
}

/// Bytes that come when something happens, for replies that end when nothing more can happen.
package protocol LiveStream: Sendable {
    /// Calls `deliver` once, from any thread: with bytes as soon as there are some, or with nil at the end.
    ///
    /// It returns at once, and isn't called again before it has delivered. A client that has gone away is noticed only
    /// when bytes are sent, so some should come from time to time.
    func next(_ deliver: @escaping @Sendable ([UInt8]?) -> Void)
}

extension ResponseBody {
    /// How many bytes are sent; nil where that isn't known.
    var length: Int? {
        switch self {
        case .empty: 0
        case .bytes(let bytes): bytes.count
        case .file(_, _, let length): length
        case .stream(_, let length): length
        case .live: nil
        case .omitted(let length): length
        }
    }
}

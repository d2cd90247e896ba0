import Glibc

/// An HTTP client that sends exactly the bytes it is given.
final class RawClient {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    struct Reply {
        var status: Int
        var headers: [(name: String, value: String)]
        var body: [UInt8]

        func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    /// Kept alive as long as this client.
    private let server: AnyObject?

    /// - Parameters:
    ///   - receiveBuffer: Bytes that the kernel takes in advance; nil for its own choice.
    ///   - server: Kept alive as long as this client.
    init(port: Int, receiveBuffer: Int32? = nil, server: AnyObject? = nil) throws {
        self.server = server
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "socket: \(errno)") }
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        // So that a server that never answers fails the test rather than holding it up.
        var limit = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            // All is set, so deinit is called and closes the socket.
            let error = errno
            throw Failure(description: "connect: \(String(cString: strerror(error)))")
        }
    }

    deinit {
        Glibc.close(descriptor)
    }

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor, UnsafeRawBufferPointer(rebasing: buffer[sent...]).baseAddress, bytes.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "send: \(String(cString: strerror(errno)))") }
            sent += count
        }
    }

    /// Cuts the connection off, as a client does that crashed.
    func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Reads one reply: its head, then as many bytes as the head says.
    ///
    /// - Parameter hasBody: false for the reply to a HEAD.
    func reply(hasBody: Bool = true) throws -> Reply {
        let head = try line(endingWith: Array("\r\n\r\n".utf8))
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: true)
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3))
        else {
            throw Failure(description: "no status line: \(lines)")
        }
        let headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (name: String(parts[0]), value: String(parts.count > 1 ? parts[1].dropFirst() : ""))
        }
        var reply = Reply(status: status, headers: headers, body: [])
        guard hasBody, status >= 200, status != 204, status != 304 else { return reply }
        if reply.header("Transfer-Encoding") == "chunked" {
            reply.body = try chunkedBody()
        } else if let length = reply.header("Content-Length").flatMap({ Int($0) }) {
            reply.body = try bytes(length)
        } else {
            reply.body = try rest()
        }
        return reply
    }

    /// Everything until the server closes the connection.
    func rest() throws -> [UInt8] {
        while try fill() {}
        defer { buffer = [] }
        return buffer
    }

    /// Waits for the server to close the connection.
    ///
    /// False if more bytes came instead.
    func isClosedByServer() throws -> Bool {
        try rest().isEmpty
    }

    func bytes(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try fill() else { throw Failure(description: "closed after \(buffer.count) of \(count) bytes") }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    private func chunkedBody() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let size = String(decoding: try line(endingWith: [13, 10]).dropLast(2), as: UTF8.self)
            guard let count = Int(size, radix: 16) else { throw Failure(description: "chunk size \(size)") }
            body += try bytes(count)
            _ = try bytes(2)
            if count == 0 { return body }
        }
    }

    func line(endingWith end: [UInt8]) throws -> [UInt8] {
        while true {
            if let place = buffer.indices.first(where: { buffer[$0...].starts(with: end) }) {
                return try bytes(place + end.count)
            }
            guard try fill() else {
                throw Failure(description: "closed within \(String(decoding: buffer, as: UTF8.self))")
            }
        }
    }

    /// - Returns: false at the end of the connection.
    private func fill() throws -> Bool {
        try withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { part in
            let count = recv(descriptor, part.baseAddress, part.count, 0)
            if count < 0, errno == EAGAIN { throw Failure(description: "the server neither answers nor closes") }
            guard count > 0 else { return false }
            buffer.append(contentsOf: part[..<count])
            return true
        }
    }
}

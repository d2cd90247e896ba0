import Glibc

/// A client that sends one HTTP/1.1 request over a connection of its own and reads the reply to its end.
package struct PlainClient: Sendable {
    /// A reply whose body is whole.
    package struct Reply: Sendable {
        package let status: Int
        /// Names in lower case.
        package let headers: [String: String]
        package let body: [UInt8]

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// What went wrong below HTTP.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let port: Int

    /// A client of a server on this machine.
    package init(port: Int) {
        self.port = port
    }

    /// Sends a request and reads the reply; a server that is silent for 60 seconds is a failure.
    package func send(
        _ method: String = "GET", _ target: String, headers: [(String, String)] = [], body: [UInt8] = []
    ) throws -> Reply {
        let descriptor = try connected()
        defer { close(descriptor) }
        var head = "\(method) \(target) HTTP/1.1\r\nConnection: close\r\n"
        if !headers.contains(where: { $0.0 == "Host" }) { head += "Host: localhost\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if !body.isEmpty || method == "POST" { head += "Content-Length: \(body.count)\r\n" }
        try write(Array((head + "\r\n").utf8) + body, to: descriptor)
        return try Self.reply(try everything(from: descriptor))
    }

    /// Sends a request's head and a part of its body, and goes away.
    ///
    /// - Parameter length: what the head says of the body's length.
    package func breakOff(
        _ method: String, _ target: String, headers: [(String, String)] = [], body: [UInt8], of length: Int
    ) throws {
        let descriptor = try connected()
        defer { close(descriptor) }
        var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(length)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        try write(Array((head + "\r\n").utf8) + body, to: descriptor)
    }

    private func connected() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "no socket") }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
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
            let code = errno
            close(descriptor)
            throw Failure(description: "port \(port): \(String(cString: strerror(code)))")
        }
        return descriptor
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "the request was not taken whole") }
            sent += count
        }
    }

    private func everything(from descriptor: Int32) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw Failure(description: "no reply: \(String(cString: strerror(errno)))") }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    private static func reply(_ bytes: [UInt8]) throws -> Reply {
        let separator = Array("\r\n\r\n".utf8)
        guard
            let end = bytes.indices.first(where: {
                bytes[$0] == separator[0] && Array(bytes[$0...].prefix(4)) == separator
            })
        else { throw Failure(description: "the reply has no head: \(String(decoding: bytes, as: UTF8.self))") }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure(description: "the reply has no status")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        let rest = bytes[(end + 4)...]
        guard headers["transfer-encoding"] == "chunked" else {
            return Reply(status: status, headers: headers, body: Array(rest))
        }
        return Reply(status: status, headers: headers, body: try joined(chunks: rest))
    }

    /// RFC 9112, section 7.1.
    private static func joined(chunks: ArraySlice<UInt8>) throws -> [UInt8] {
        var rest = chunks
        var body: [UInt8] = []
        while true {
            guard let end = rest.firstIndex(of: 0x0D),
                let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16), rest.count >= size + 4
            else { throw Failure(description: "the reply's chunks are cut off") }
            if size == 0 { return body }
            let data = rest[(end + 2)...].prefix(size)
            body += data
            rest = rest[(data.endIndex + 2)...]
        }
    }
}

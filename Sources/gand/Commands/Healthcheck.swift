import Glibc

/// One GET over a plain socket, without an HTTP library.
package enum Healthcheck {
    /// Returns if the server answers 200; connecting, sending and each read may take `seconds`.
    ///
    /// A wildcard address is reached through loopback.
    ///
    /// - Throws: ``HealthcheckError`` otherwise.
    package static func ask(_ address: ListenAddress, path: String, seconds: Int) throws(HealthcheckError) {
        let socket = try connected(to: address, seconds: seconds)
        defer { close(socket) }
        let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        let sent = request.withCString { send(socket, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        guard sent == request.utf8.count else { throw failure(address, "the request could not be sent", errno) }
        var reply = [UInt8](repeating: 0, count: 64)
        var count = 0
        while count < 12 {
            let received = recv(socket, &reply[count], reply.count - count, 0)
            guard received > 0 else {
                throw received == 0
                    ? HealthcheckError(description: "\(address) closed the connection without an answer")
                    : failure(address, "gave no answer", errno)
            }
            count += received
        }
        let status = String(decoding: reply[..<count], as: UTF8.self).split(separator: " ").dropFirst().first ?? ""
        guard status == "200" else {
            throw HealthcheckError(description: "\(address)\(path) answered with status \(status)")
        }
    }

    private static func connected(to address: ListenAddress, seconds: Int) throws(HealthcheckError) -> Int32 {
        let host = ["0.0.0.0": "127.0.0.1", "::": "::1", "localhost": "127.0.0.1"][address.host] ?? address.host
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(address.port), &hints, &list) == 0, let target = list else {
            throw HealthcheckError(description: "\(address) is not a numeric address")
        }
        defer { freeaddrinfo(list) }
        let descriptor = socket(target.pointee.ai_family, target.pointee.ai_socktype, 0)
        guard descriptor >= 0 else { throw failure(address, "no socket", errno) }
        // On Linux the send timeout bounds connect(2) too (socket(7), SO_SNDTIMEO).
        var timeout = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
        guard connect(descriptor, target.pointee.ai_addr, target.pointee.ai_addrlen) == 0 else {
            let code = errno
            close(descriptor)
            throw failure(address, "cannot be reached", code)
        }
        return descriptor
    }

    private static func failure(_ address: ListenAddress, _ what: String, _ code: Int32) -> HealthcheckError {
        HealthcheckError(description: "\(address) \(what): \(String(cString: strerror(code)))")
    }
}

/// Why the server counts as down.
package struct HealthcheckError: Error, CustomStringConvertible {
    package let description: String
}

import Glibc

/// Why a server couldn't be started.
package struct ServerError: Error, Sendable, CustomStringConvertible {
    /// A sentence for whoever starts the server.
    package let description: String

    /// - Parameter description: the reason, as a sentence.
    package init(description: String) {
        self.description = description
    }
}

/// A bound TCP socket that listens.
struct ListeningSocket {
    let descriptor: Int32
    /// The port it is bound to, also where 0 was asked for.
    let port: Int

    /// - Parameters:
    ///   - host: An IPv4 or IPv6 address (in brackets or not), or a name, whose first address is used.
    ///   - port: 0 for any free one.
    /// - Throws: `ServerError`, which names the address and what is wrong with it.
    init(host: String, port: Int, backlog: Int32 = 1024) throws(ServerError) {
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        let place = bare.contains(":") ? "[\(bare)]:\(port)" : "\(bare):\(port)"
        guard (0...65535).contains(port) else {
            throw ServerError(description: "Cannot listen on \(place): a port is a number from 0 to 65535.")
        }

        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(bare, String(port), &hints, &list)
        guard status == 0, let address = list?.pointee else {
            throw ServerError(description: "Cannot listen on \(place): \(String(cString: gai_strerror(status))).")
        }
        defer { freeaddrinfo(list) }

        func failure(_ operation: String, _ error: Int32) -> ServerError {
            let reason =
                error == EADDRINUSE
                ? "the address is in use by another process" : "\(operation): \(String(cString: strerror(error)))"
            return ServerError(description: "Cannot listen on \(place): \(reason).")
        }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.ai_family, type, 0)
        guard descriptor >= 0 else { throw failure("socket", errno) }
        var isListening = false
        defer { if !isListening { close(descriptor) } }

        // Without it a restarted server would wait for its predecessor's connections to time out.
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        if address.ai_family == AF_INET6 {
            // "::" takes IPv4 too, whatever the system's default is.
            var off: Int32 = 0
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, socklen_t(MemoryLayout<Int32>.size))
        }
        guard bind(descriptor, address.ai_addr, address.ai_addrlen) == 0 else { throw failure("bind", errno) }
        guard listen(descriptor, backlog) == 0 else { throw failure("listen", errno) }
        guard let bound = Self.port(of: descriptor) else { throw failure("getsockname", errno) }
        isListening = true
        self.descriptor = descriptor
        self.port = bound
    }

    private static func port(of descriptor: Int32) -> Int? {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &address) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                getsockname(descriptor, generic, &length) == 0
            }
                ? (storage.pointee.ss_family == sa_family_t(AF_INET6)
                    ? storage.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                        Int(UInt16(bigEndian: $0.pointee.sin6_port))
                    }
                    : storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                        Int(UInt16(bigEndian: $0.pointee.sin_port))
                    }) : nil
        }
    }
}

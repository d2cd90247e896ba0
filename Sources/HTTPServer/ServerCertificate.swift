import CMicroHTTPD

/// The certificate by which this process's TLS listeners identify themselves.
package enum ServerCertificate {
    /// Sets the certificate for handshakes from now on; on failure the previous one stays in use.
    ///
    /// - Parameters:
    ///   - chain: PEM text of the server's certificate and its chain of issuers, 16 certificates at most.
    ///   - key: PEM text of its private key, without a password.
    /// - Throws: `ServerError` where they can't be read or don't belong together.
    package static func use(chain: [UInt8], key: [UInt8]) throws(ServerError) {
        let problem: String? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            guard let base = text.baseAddress else { return "no memory" }
            let isGood = cmhd_use_certificate(chain, chain.count, key, key.count, base, text.count) == 1
            return isGood ? nil : String(cString: base)
        }
        if let problem { throw ServerError(description: problem) }
    }
}

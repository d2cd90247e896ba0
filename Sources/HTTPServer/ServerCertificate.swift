import CMicroHTTPD

/// The certificate with which this process's TLS listeners show who they are.
package enum ServerCertificate {
    /// Takes a certificate from files, for handshakes from now on; at a failure the one before stays.
    ///
    /// - Parameters:
    ///   - chain: PEM text of the server's certificate and those that vouch for it, 16 at most.
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

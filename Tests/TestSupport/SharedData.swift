import Glibc

/// Real data that stands beside a checkout on some machines and is no part of it.
package enum SharedData {
    /// Why a test that needs it is skipped.
    package static let absence = "the real data in ../shared/data isn't on this machine"

    /// The path of a file in `../shared/data`, seen from the checkout; `nil` where it isn't there.
    ///
    /// - Parameter testFile: `#filePath` of the test, which lies two folders below the checkout's top.
    package static func path(_ name: String, testFile: String = #filePath) -> String? {
        let top = testFile.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        // The test's path may lead through links.
        guard let resolved = realpath(top + "/Tests", nil) else { return nil }
        defer { free(resolved) }
        let path = String(cString: resolved) + "/../../shared/data/" + name
        return access(path, R_OK) == 0 ? path : nil
    }
}

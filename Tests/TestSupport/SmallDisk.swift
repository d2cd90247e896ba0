import Codecs
import Glibc

/// A file system of 2 MiB in memory, which a test can fill; needs the right to mount.
///
/// `Sendable`: it holds nothing that changes.
package final class SmallDisk: Sendable {
    /// Where it is mounted.
    package let folder: TemporaryFolder
    private let filler: String

    package init() throws {
        folder = try TemporaryFolder()
        filler = folder.path + "/filler"
        guard mount("none", folder.path, "tmpfs", 0, "size=2m") == 0 else {
            throw FileError(operation: "mount", path: folder.path, code: errno)
        }
    }

    deinit {
        umount2(folder.path, CInt(MNT_DETACH))
    }

    /// Whether this process may mount.
    package static var isAvailable: Bool { (try? SmallDisk()) != nil }

    /// Leaves no space.
    package func fill() throws {
        let descriptor = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError(operation: "create", path: filler, code: errno) }
        defer { close(descriptor) }
        let page = [UInt8](repeating: 1, count: 4096)
        while write(descriptor, page, page.count) > 0 {}
        guard errno == ENOSPC else { throw FileError(operation: "fill", path: filler, code: errno) }
    }

    /// Gives the space back.
    package func free() throws {
        guard unlink(filler) == 0 else { throw FileError(operation: "remove", path: filler, code: errno) }
    }
}

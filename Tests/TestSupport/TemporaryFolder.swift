import Codecs
import Glibc

/// A folder of a test's own, removed with everything in it when its last reference goes.
///
/// `Sendable`: it holds nothing that changes.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((parent + "/gand-test-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw FileError(operation: "create a folder in", path: parent, code: errno)
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        Self.remove(path)
    }

    /// The path of a name in the folder.
    package func file(_ name: String) -> String {
        path + "/" + name
    }

    /// Writes a file into the folder, over what is there; not durably, which would be slow and is of no use here.
    ///
    /// - Returns: its path.
    package func write(_ bytes: [UInt8], as name: String) throws -> String {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError(operation: "create", path: file(name), code: errno) }
        defer { close(descriptor) }
        guard bytes.withUnsafeBytes({ Glibc.write(descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
            throw FileError(operation: "write", path: file(name), code: errno)
        }
        return file(name)
    }

    /// Makes a folder in the folder.
    ///
    /// - Returns: its path.
    package func makeFolder(_ name: String) throws -> String {
        guard mkdir(file(name), 0o755) == 0 else {
            throw FileError(operation: "create", path: file(name), code: errno)
        }
        return file(name)
    }

    /// The names in the folder, sorted.
    package func names(in subfolder: String = "") -> [String] {
        Self.names(ofFolder: subfolder.isEmpty ? path : file(subfolder))
    }

    private static func names(ofFolder path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file, a link, or a folder with all that is in it; links are not followed.
    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in names(ofFolder: path) { remove(path + "/" + name) }
        rmdir(path)
    }
}

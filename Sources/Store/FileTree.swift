import Codecs
import Glibc

/// Folders and what is in them.
package enum FileTree {
    /// Creates a folder and its missing parents, and makes the last one durable.
    package static func createFolder(_ path: String) throws {
        if mkdir(path, 0o750) == 0 {
            try DurableFile.synchronise(folder: parent(of: path))
            return
        }
        switch errno {
        case EEXIST where isFolder(path): return
        case ENOENT where parent(of: path) != path:
            try createFolder(parent(of: path))
            try createFolder(path)
        case let code: throw FileError(operation: "create the folder", path: path, code: code)
        }
    }

    /// The names in a folder, sorted, without `.` and `..`.
    package static func names(in path: String) throws -> [String] {
        guard let stream = opendir(path) else { throw FileError(operation: "list", path: path, code: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file, or a folder with its contents, if it exists.
    ///
    /// A link is removed without its target.
    package static func remove(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw FileError(operation: "look at", path: path, code: errno)
        }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        if isFolder {
            for name in try names(in: path) { try remove("\(path)/\(name)") }
        }
        guard (isFolder ? rmdir(path) : unlink(path)) == 0 || errno == ENOENT else {
            throw FileError(operation: "remove", path: path, code: errno)
        }
    }

    /// Moves a file or a folder within the file system and makes the new name durable.
    ///
    /// A file or an empty folder of that name is replaced.
    package static func move(_ source: String, to destination: String) throws {
        guard rename(source, destination) == 0 else {
            throw FileError(operation: "rename", path: source, code: errno)
        }
        try DurableFile.synchronise(folder: parent(of: destination))
    }

    /// Gives a file a second name within the file system and makes it durable; an existing file of that name stays.
    static func link(_ source: String, to destination: String) throws {
        guard Glibc.link(source, destination) == 0 || errno == EEXIST else {
            throw FileError(operation: "link", path: source, code: errno)
        }
        try DurableFile.synchronise(folder: parent(of: destination))
    }

    /// Makes a file's bytes survive a crash.
    package static func synchronise(file path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw FileError(operation: "open", path: path, code: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError(operation: "synchronise", path: path, code: errno) }
    }

    /// The size of a file in bytes.
    package static func size(ofFile path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError(operation: "look at", path: path, code: errno) }
        return Int(status.st_size)
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

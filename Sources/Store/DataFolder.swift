import Codecs
import Glibc

/// The paths within the data folder.
///
/// Identifiers become parts of paths unchanged: only those of existing records may be passed.
package struct DataFolder: Sendable, Equatable {
    package let path: String

    var databaseFile: String { path + "/gand.sqlite" }
    var lockFile: String { path + "/lock" }
    /// Uploads and checkpoints in progress; emptied when the folder is opened.
    package var temporary: String { path + "/tmp" }
    var datasets: String { path + "/datasets" }
    var models: String { path + "/models" }
    var uploads: String { path + "/uploads" }

    package func dataset(_ id: String) -> String { "\(datasets)/\(id)" }
    /// The bytes of a dataset as they were uploaded.
    package func upload(of dataset: String) -> String { "\(self.dataset(dataset))/upload" }
    /// The folder of a dataset's decoded form.
    package func decoded(of dataset: String) -> String { "\(self.dataset(dataset))/decoded" }

    /// The bytes of a resumable upload that have arrived so far.
    package func resumable(_ id: String) -> String { "\(uploads)/\(id)" }

    package func model(_ id: String) -> String { "\(models)/\(id)" }
    package func checkpoint(of model: String, step: Int) -> String { "\(self.model(model))/\(step)" }

    func create() throws {
        for folder in [path, temporary, datasets, models, uploads] { try FileTree.createFolder(folder) }
    }

    func emptyTemporary() throws {
        for name in try FileTree.names(in: temporary) { try FileTree.remove("\(temporary)/\(name)") }
    }
}

/// The lock that keeps a second process out of a data folder; the system releases it when the process dies.
final class FolderLock: Sendable {
    private let descriptor: Int32

    init(path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else { throw FileError(operation: "open", path: path, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            guard code == EWOULDBLOCK else { throw FileError(operation: "lock", path: path, code: code) }
            throw StoreError(
                .locked, code: "data_folder_locked",
                "another process has the data folder open (it holds \(path)); stop it, or use another folder")
        }
        // Set last: once all members are set, an error makes deinit run, which would close the descriptor a second
        // time.
        self.descriptor = descriptor
    }

    func release() {
        flock(descriptor, LOCK_UN)
    }

    deinit {
        close(descriptor)
    }
}

import Adversarial
import Codecs
import Datasets
package import Store

/// Looks whether a data folder holds what its database says, byte for byte.
package struct DataFolderCheck {
    /// Something that isn't as it should be.
    package struct Finding: Equatable {
        /// What it is about: an identifier, a path, or `database`.
        package let subject: String
        /// A sentence's end.
        package let detail: String
    }

    /// How many things were looked at.
    package private(set) var datasets = 0
    package private(set) var checkpoints = 0
    package private(set) var findings: [Finding] = []

    private let store: Store

    /// Reads everything there is; nothing is changed.
    package static func run(on store: Store) throws -> DataFolderCheck {
        var check = DataFolderCheck(store: store)
        for fault in try store.databaseFaults() { check.add("database", fault) }
        try check.checkDatasets()
        try check.checkCheckpoints()
        for orphan in try store.orphans() {
            check.add(orphan, "is named by no row; the next start of the server removes it")
        }
        return check
    }

    private init(store: Store) {
        self.store = store
    }

    private mutating func checkDatasets() throws {
        let store = store
        var token: String?
        repeat {
            let page = try store.datasets(page: PageRequest(limit: 1000, token: token))
            for dataset in page.items {
                datasets += 1
                examine(dataset.id) {
                    guard try SHA256.hex(ofFile: store.folder.upload(of: dataset.id)) == dataset.sha256 else {
                        throw Difference(description: "its upload isn't what was sent: its sha256 differs")
                    }
                    if dataset.state == .ready { _ = try Dataset(opening: store.folder.decoded(of: dataset.id)) }
                }
            }
            token = page.nextPageToken
        } while token != nil
    }

    private mutating func checkCheckpoints() throws {
        let store = store
        var token: String?
        repeat {
            let page = try store.models(page: PageRequest(limit: 1000, token: token))
            for model in page.items {
                for checkpoint in try store.checkpoints(of: model.id) {
                    checkpoints += 1
                    examine("\(model.id) at step \(checkpoint.step)") {
                        _ = try CheckpointManifest.read(
                            from: store.folder.checkpoint(of: model.id, step: checkpoint.step))
                    }
                }
            }
            token = page.nextPageToken
        } while token != nil
    }

    private mutating func examine(_ subject: String, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            add(subject, "\(error)")
        }
    }

    private mutating func add(_ subject: String, _ detail: String) {
        findings.append(Finding(subject: subject, detail: detail))
    }

    private struct Difference: Error, CustomStringConvertible {
        let description: String
    }
}

package import Codecs
package import Datasets

/// What a checkpoint is: written last, so that a folder with a manifest is whole.
package struct CheckpointManifest: Sendable, Equatable {
    /// The version of the stored form that this code writes and reads.
    package static let currentFormatVersion = 1
    /// The manifest's name in a checkpoint's folder.
    package static let fileName = "manifest.json"
    /// Both networks' weights and the generator's average.
    package static let weightsName = "weights.safetensors"
    /// Both optimisers' state and that of the random generator.
    package static let trainingStateName = "training.safetensors"

    /// The last step that went into it.
    package var step: Int
    /// Real samples seen up to it.
    package var samplesSeen: Int
    /// What was trained.
    package var spec: ResolvedSpec
    /// What it was trained on; kept, as a model outlives its dataset.
    package var dataset: DatasetManifest
    /// The files beside the manifest.
    package var files: [File]
    /// Version of the engine that computed it.
    package var engine: String

    /// A file of a checkpoint.
    package struct File: Sendable, Equatable {
        package var name: String
        /// In hexadecimal.
        package var sha256: String
    }

    /// The manifest's text; a reader passes over members that it doesn't know.
    package var json: JSON {
        [
            "format_version": .integer(Int64(Self.currentFormatVersion)), "step": .integer(Int64(step)),
            "samples_seen": .integer(Int64(samplesSeen)), "spec": spec.json, "dataset": dataset.json,
            "files": .array(files.map { ["name": .string($0.name), "sha256": .string($0.sha256)] }),
            "engine": .string(engine),
        ]
    }

    init(
        step: Int, samplesSeen: Int, spec: ResolvedSpec, dataset: DatasetManifest, files: [File], engine: String
    ) {
        self.step = step
        self.samplesSeen = samplesSeen
        self.spec = spec
        self.dataset = dataset
        self.files = files
        self.engine = engine
    }

    /// Reads what `json` wrote.
    ///
    /// - Throws: `CheckpointError`, and what the parts throw.
    package init(json: JSON) throws {
        guard let version = json["format_version"]?.integer else {
            throw CheckpointError(detail: "the checkpoint's manifest names no format version")
        }
        guard version == Self.currentFormatVersion else {
            throw CheckpointError(
                detail: "the checkpoint is of format \(version), and this program reads \(Self.currentFormatVersion)")
        }
        guard let step = json["step"]?.wholeNumber, let seen = json["samples_seen"]?.wholeNumber,
            step >= 0, seen >= 0, let spec = json["spec"], let dataset = json["dataset"],
            let files = json["files"]?.array, let engine = json["engine"]?.string
        else { throw CheckpointError(detail: "the checkpoint's manifest is incomplete") }
        self.init(
            step: step, samplesSeen: seen, spec: try ResolvedSpec(json: spec),
            dataset: try DatasetManifest(json: dataset),
            files: files.map { File(name: $0["name"]?.string ?? "", sha256: $0["sha256"]?.string ?? "") },
            engine: engine)
    }

    /// Reads the manifest in a checkpoint's folder and checks the digests of the files that it names.
    ///
    /// - Throws: `CheckpointError` where a file isn't what was written, and what reading throws.
    package static func read(from folder: String) throws -> CheckpointManifest {
        let bytes = try ReadableFile.contents(of: "\(folder)/\(fileName)", limit: 16 << 20)
        let manifest = try CheckpointManifest(json: JSON(parsing: bytes))
        for file in manifest.files where try SHA256.hex(ofFile: "\(folder)/\(file.name)") != file.sha256 {
            throw CheckpointError(
                detail: "the checkpoint's file \(file.name) isn't what was written: its sha256 differs")
        }
        return manifest
    }
}

/// Why a checkpoint can't be read or resumed from; a sentence.
package struct CheckpointError: Error, Sendable, Equatable, CustomStringConvertible {
    package let detail: String

    package var description: String { detail }
}

import Adversarial
import Codecs
import Datasets
import Store
import Torch

extension JobFailure {
    /// Says why a training could not go on.
    init(describing error: any Error) {
        switch error {
        case let error as JobFailure: self = error
        case let error as StoreError: self.init(code: error.code, detail: error.detail)
        case let error as FileError where error.isDiskFull:
            self.init(code: "disk_full", detail: error.description)
        case let error as EngineError where error.cause == .memory:
            self.init(code: "out_of_memory", detail: error.description)
        case let error as EngineError: self.init(code: "engine", detail: error.description)
        case let error as DatasetError: self.init(code: error.code, detail: error.detail)
        case let error as CheckpointError: self.init(code: "checkpoint_unusable", detail: error.detail)
        case let error as SpecError: self.init(code: "spec_unusable", detail: error.description)
        default: self.init(code: "internal", detail: String(describing: error))
        }
    }
}

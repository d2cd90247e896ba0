import Codecs
import Foundation
import TestSupport
import Testing
import Torch

/// Reference numbers that `Golden/make_golden.py` wrote: tensors named `case/role`, options by case.
struct GoldenFile {
    private let tensors: [String: Tensor]
    private let options: [String: String]

    init(_ name: String) throws {
        let url = try #require(Bundle.module.url(forResource: "Golden/\(name)", withExtension: "safetensors"))
        tensors = try readSafetensors(url.path)
        options = try SafetensorsFile(path: url.path).metadata
    }

    var cases: [String] { options.keys.sorted() }

    func options(of name: String) throws -> JSON {
        try JSON(parsing: Array(#require(options[name]).utf8))
    }

    func tensor(_ path: String) throws -> Tensor {
        try #require(tensors[path], "the golden file has no \(path)")
    }

    /// Tensors below a path, by the rest of their names.
    func tensors(below path: String) -> [String: Tensor] {
        let matching = tensors.filter { $0.key.hasPrefix(path + "/") }
        return Dictionary(uniqueKeysWithValues: matching.map { (String($0.key.dropFirst(path.count + 1)), $0.value) })
    }

    /// Records an issue where a tensor differs from the reference in shape or in an element.
    func expect(_ actual: Tensor, matches path: String, relative: Double = 2e-5, absolute: Double = 2e-6) throws {
        let expected = try tensor(path)
        #expect(actual.shape == expected.shape, "\(path)")
        let difference = firstDifference(
            try actual.detached().floats(), try expected.floats(), relative: relative, absolute: absolute)
        #expect(difference == nil, "\(path): \(difference ?? "")")
    }
}

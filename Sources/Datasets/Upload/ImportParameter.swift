package import Codecs

/// A parameter of an upload, beside its kind, that says how it becomes a dataset; a kind's room lists those that it understands.
package struct ImportParameter: Sendable {
    package let name: String
    /// A sentence, for people.
    package let summary: String
    /// What its text may be, as JSON Schema.
    package let schema: JSON
}

extension DatasetKind {
    /// The parameters of uploads that any kind understands.
    package static var importParameters: [ImportParameter] {
        var names: Set<String> = []
        return allCases.flatMap { $0.type.importParameters }.filter { names.insert($0.name).inserted }
    }

    /// Checks parameters before an upload is taken, as far as that can be without its bytes.
    ///
    /// - Parameters:
    ///   - parameters: text by name, of names in `importParameters`.
    ///   - kind: what the dataset shall be; nil where the bytes decide.
    /// - Throws: `DatasetError`, whose problem's item is the parameter's name.
    package static func check(
        _ parameters: [String: String], kind: DatasetKind?, limits: DatasetLimits = DatasetLimits()
    ) throws(DatasetError) {
        for name in parameters.keys.sorted() {
            let owners = allCases.filter { $0.type.understands(name) }
            if let kind, !owners.contains(kind) { throw DatasetError.parameter(name, isNoneOf: kind) }
            for owner in owners { try owner.type.check(parameters, limits) }
        }
    }
}

extension ItemKind {
    static func understands(_ parameter: String) -> Bool { importParameters.contains { $0.name == parameter } }
}

extension DatasetError {
    /// A parameter that says nothing of items of a kind.
    static func parameter(_ name: String, isNoneOf kind: DatasetKind) -> DatasetError {
        let owners = DatasetKind.allCases.filter { $0.type.understands(name) }
        let names = owners.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
        return parameter(name, "is a parameter of datasets of kind \(names), and not of kind \"\(kind.rawValue)\"")
    }

    /// A parameter of an upload that can't be used.
    ///
    /// - Parameter detail: the end of a sentence that begins with the name.
    static func parameter(
        _ name: String, code: String = "bad_import_parameter", _ detail: String
    ) -> DatasetError {
        DatasetError(
            code: code, detail: "\"\(name)\" \(detail)", problems: [ItemProblem(item: name, detail: detail)])
    }
}

import Datasets

extension DatasetKind {
    /// How items of this kind look outside.
    ///
    /// This is the only switch over kinds on this floor.
    var forms: any ItemForms.Type {
        switch self {
        case .points: PointForms.self
        case .table: TableForms.self
        case .images: ImageForms.self
        }
    }
}

extension ItemKind {
    /// How items of this schema look outside.
    var forms: any ItemForms { made(kind.forms) }

    private func made<Forms: ItemForms>(_ type: Forms.Type) -> any ItemForms {
        guard let schema = self as? Forms.Kind else {
            preconditionFailure("the forms of \(kind.rawValue) are those of another kind")
        }
        return Forms(schema: schema)
    }
}

internal import Codecs

/// Members of the contract that this version doesn't carry out: accepted where they say what happens anyway, and
/// otherwise a problem that says what there is instead of "unknown field".
enum LaterFeatures {
    /// The members of the spec's root.
    static func check(_ root: ObjectReader) {
        allow(root, "device", ["auto", "cpu"], else: "only \"cpu\" is supported yet (or \"auto\", which chooses it)")
        allow(
            root, "precision", ["auto", "float32"],
            else: "only \"float32\" is supported yet (or \"auto\", which chooses it)")
        guard let data = root.object("data") else { return }
        let tenth: [JSON.Member] = [.init(name: "const", value: 0.1)]
        if let holdout = data.value("holdout", schema: tenth), holdout.number != 0.1 {
            data.report("holdout", "can't be chosen yet; a tenth of the items is held out when a dataset is imported")
        }
        let empty: [JSON.Member] = [.init(name: "type", value: "object"), .init(name: "maxProperties", value: 0)]
        if let columns = data.value("columns", schema: empty), columns != .object([]) {
            data.report("columns", "tables aren't supported yet; points need no column types")
        }
        data.finish()
    }

    private static func allow(_ object: ObjectReader, _ name: String, _ values: [String], else sentence: String) {
        let schema = JSON.Member(name: "enum", value: .array(values.map { .string($0) }))
        guard let value = object.value(name, schema: [schema]) else { return }
        if !values.contains(value.string ?? "") { object.report(name, sentence) }
    }
}

internal import Codecs

/// Members of the contract that this version doesn't carry out: accepted where they say what happens anyway, and
/// otherwise a problem that says what there is instead of "unknown field".
enum LaterFeatures {
    /// The members of the spec's root.
    static func check(_ root: ObjectReader) {
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
}

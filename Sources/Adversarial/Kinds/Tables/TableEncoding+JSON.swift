package import Codecs
internal import Datasets

extension TableEncoding {
    /// The file's name in a checkpoint's folder.
    package static let fileName = "table.json"

    /// All but the layout, which follows from the spec.
    package var json: JSON {
        [
            "schema": found.json,
            "categories": .array(categories.map { .array($0.map { .string($0) }) }),
            "identifiers": .array(identifiers.map { $0?.form.json ?? .null }),
            "columns": .array(columns.map(\.json)),
            "condition_counts": .array(conditionCounts.map { .integer(Int64($0)) }),
            "shares": .array(shares.map { .number($0) }),
            "rows": .integer(Int64(rowCount)),
        ]
    }

    /// Reads what `json` wrote.
    ///
    /// - Parameter spec: what was trained.
    /// - Throws: `CheckpointError`.
    init(json: JSON, spec: ResolvedSpec) throws {
        guard let networks = spec.model.architecture as? TabularNetwork, let schema = json["schema"],
            let categories = json["categories"]?.array, let columns = json["columns"]?.array,
            let counts = json["condition_counts"]?.array?.compactMap(\.wholeNumber),
            let shares = json["shares"]?.array?.compactMap(\.number), let rowCount = json["rows"]?.wholeNumber
        else { throw Self.incomplete }
        let table = try TableSchema(json: schema)
        let layout = TableLayout(table, networks)
        guard categories.count == table.columns.count, columns.count == layout.columns.count,
            counts.count == layout.conditionCount, shares.count == layout.width, rowCount > 0
        else { throw Self.incomplete }
        let forms = try (json["identifiers"]?.array ?? []).map { $0.isNull ? nil : try IdentifierForm(json: $0) }
        // Models of former versions have the values instead.
        let kept = Self.withoutOwn(
            table, spec.data, categories.map { ($0.array ?? []).compactMap(\.string) }, forms: forms)
        self.init(
            found: kept.schema, schema: spec.data.applied(to: kept.schema), categories: kept.categories,
            identifiers: kept.identifiers, layout: layout, columns: try columns.map(ColumnCode.init(json:)),
            shares: shares, conditionCounts: counts,
            rowCount: rowCount)
    }

    fileprivate static let incomplete = CheckpointError(detail: "the checkpoint's code of a table is incomplete")
}

extension TableEncoding.ColumnCode {
    fileprivate var json: JSON {
        func numbers(_ values: [Double]) -> JSON { .array(values.map { .number($0) }) }
        switch self {
        case .values(let code):
            return [
                "values": numbers(code.single),
                "groups": .array(code.groups.map { ["values": numbers($0.cells), "up_to": numbers($0.upTo)] }),
            ]
        case .ranges(let code):
            return ["spikes": numbers(code.spikes), "bins": .array(code.bins.map(numbers))]
        case .intervals(let code):
            return [
                "spikes": numbers(code.spikes),
                "modes": .array(
                    code.modes.map { numbers([$0.weight, $0.mean, $0.standardDeviation]) }),
                "range": numbers([code.range.lowerBound, code.range.upperBound]),
                "shared_ends": [.boolean(code.isLeastShared), .boolean(code.isGreatestShared)],
            ]
        }
    }

    fileprivate init(json: JSON) throws {
        func numbers(_ json: JSON?) throws -> [Double] {
            guard let values = json?.array?.map(\.number), values.allSatisfy({ $0?.isFinite == true }) else {
                throw TableEncoding.incomplete
            }
            return values.compactMap(\.self)
        }
        if json["values"] != nil {
            self = .values(
                ValueCode(
                    single: try numbers(json["values"]),
                    groups: try (json["groups"]?.array ?? []).map {
                        let group = ValueCode.Group(cells: try numbers($0["values"]), upTo: try numbers($0["up_to"]))
                        guard !group.cells.isEmpty, group.cells.count == group.upTo.count else {
                            throw TableEncoding.incomplete
                        }
                        return group
                    }))
            return
        }
        if let bins = json["bins"]?.array {
            let code = RangeCode(spikes: try numbers(json["spikes"]), bins: try bins.map(numbers))
            guard code.bins.allSatisfy({ $0.count > 1 }) else { throw TableEncoding.incomplete }
            self = .ranges(code)
            return
        }
        let range = try numbers(json["range"])
        let modes = try (json["modes"]?.array ?? []).map(numbers)
        guard range.count == 2, range[0] <= range[1], !modes.isEmpty, modes.allSatisfy({ $0.count == 3 && $0[2] > 0 })
        else { throw TableEncoding.incomplete }
        // Models of 0.2 and before put all that lies beyond at the ends.
        let ends = json["shared_ends"]?.array?.map { $0.boolean ?? true } ?? []
        self = .intervals(
            IntervalCode(
                spikes: try numbers(json["spikes"]),
                modes: modes.map { .init(weight: $0[0], mean: $0[1], standardDeviation: $0[2]) },
                range: range[0]...range[1], isLeastShared: ends.first ?? true, isGreatestShared: ends.last ?? true))
    }
}

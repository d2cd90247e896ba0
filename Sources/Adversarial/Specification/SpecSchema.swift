package import Codecs

/// What a job's body may be, as JSON Schema (draft 2020-12): written down by the very code that reads the body.
package enum SpecSchema {
    /// The body of `POST /v1/jobs`.
    package static var job: JSON {
        let schema = ObjectSchema()
        _ = RequestedSpec(ObjectReader(describing: schema), origin: .caller)
        return schema.json
    }

    /// The body of `POST /v1/jobs/{id}/resume`.
    package static var resumption: JSON {
        let schema = ObjectSchema()
        _ = RequestedLength(ObjectReader(describing: schema))
        return schema.json
    }
}

/// Notes what a reader is asked for: the schema of the object that it reads.
final class ObjectSchema {
    private enum Property {
        case value(JSON)
        case object(ObjectSchema)
    }

    private var properties: [(name: String, property: Property)] = []
    private var required: [String] = []
    private var alternatives: [String: [String]] = [:]
    private var free: JSON?
    private var freeNames: (count: Int, maximumLength: Int)?
    private var freeObjects: Int?

    /// The names of all members, in the order in which they were noted.
    var names: [String] { properties.map(\.name) }

    /// Notes a member; all may be null, which is as good as absent.
    ///
    /// One that several readers ask for may be what any of them takes.
    func note(_ name: String, _ members: [JSON.Member]) {
        let value = JSON.object(members)
        guard let place = properties.firstIndex(where: { $0.name == name }) else {
            properties.append((name, .value(value)))
            return
        }
        guard case .value(let noted) = properties[place].property, noted != value else { return }
        properties[place].property = .value(["anyOf": [noted, value]])
    }

    /// Notes a member that is an object.
    ///
    /// - Returns: its schema, the same for all readers that ask for it.
    func nested(_ name: String) -> ObjectSchema {
        for case (name, .object(let schema)) in properties { return schema }
        let schema = ObjectSchema()
        properties.append((name, .object(schema)))
        return schema
    }

    /// Notes that an object may also be one of these words.
    func note(_ name: String, orOneOf words: [String]) {
        alternatives[name] = words
    }

    func require(_ name: String) {
        required.append(name)
    }

    /// A text without control characters.
    private static let line: JSON = "^[^\\u0000-\\u001F\\u007F]*$"

    /// Notes that members of any name, as long as a string may be, are strings in one line, `limit` of them at most.
    func allowStrings(maximumLength: Int, limit: Int) {
        free = ["type": ["string", "null"], "maxLength": .integer(Int64(maximumLength)), "pattern": Self.line]
        freeNames = (limit, maximumLength)
    }

    /// Notes that members of any name are objects, `limit` of them at most.
    func allowObjects(_ schema: ObjectSchema, limit: Int) {
        free = ["anyOf": [schema.json, ["type": "null"]]]
        freeObjects = limit
    }

    var json: JSON {
        var members: [JSON.Member] = [JSON.Member(name: "type", value: "object")]
        members.append(
            JSON.Member(
                name: "properties",
                value: .object(properties.map { JSON.Member(name: $0.name, value: schema(of: $0.name, $0.property)) })))
        if !required.isEmpty {
            members.append(JSON.Member(name: "required", value: .array(required.map { .string($0) })))
        }
        members.append(JSON.Member(name: "additionalProperties", value: free ?? false))
        if let freeObjects {
            members.append(JSON.Member(name: "maxProperties", value: .integer(Int64(freeObjects))))
        }
        if let freeNames {
            members += [
                JSON.Member(name: "maxProperties", value: .integer(Int64(freeNames.count))),
                JSON.Member(
                    name: "propertyNames",
                    value: [
                        "minLength": 1, "maxLength": .integer(Int64(freeNames.maximumLength)), "pattern": Self.line,
                    ]),
            ]
        }
        return .object(members)
    }

    private func schema(of name: String, _ property: Property) -> JSON {
        let schema: JSON
        switch property {
        case .value(let value): schema = value
        case .object(let object): schema = object.json
        }
        if required.contains(name) { return schema }
        let words = (alternatives[name] ?? []).map { JSON.string($0) }
        if words.isEmpty, case .value(let value) = property, let nullable = Self.nullable(value) { return nullable }
        var options: [JSON] = [schema, ["type": "null"]]
        if !words.isEmpty { options.insert(["type": "string", "enum": .array(words)], at: 0) }
        return ["anyOf": .array(options)]
    }

    /// The schema with null among its types, where it has a plain one and no list of values.
    private static func nullable(_ schema: JSON) -> JSON? {
        guard let members = schema.object, schema["enum"] == nil, let type = schema["type"] else { return nil }
        return .object(
            members.map { $0.name == "type" ? JSON.Member(name: "type", value: [type, "null"]) : $0 })
    }
}

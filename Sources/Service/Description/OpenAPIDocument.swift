import Codecs
import Datasets
import Glibc
import HTTPServer

/// The OpenAPI 3.1 description of a route table (spec.openapis.org/oas/v3.1.1).
enum OpenAPIDocument {
    /// - Parameter needsToken: whether requests need a bearer token.
    static func json(of endpoints: [Endpoint], needsToken: Bool) -> JSON {
        var components: [JSON.Member] = [
            .init(
                name: "schemas",
                value: .object(ResourceSchemas.all.map { JSON.Member(name: $0.name, value: $0.schema) }))
        ]
        if needsToken {
            components.append(
                .init(name: "securitySchemes", value: ["token": ["type": "http", "scheme": "bearer"]]))
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": .string(Build.name), "version": .string(Build.version),
                "description": "Trains generative adversarial networks and draws samples from them.",
            ],
            "paths": paths(of: endpoints, needsToken),
            "components": .object(components),
        ]
    }

    private static func paths(of endpoints: [Endpoint], _ needsToken: Bool) -> JSON {
        var paths: [(template: String, operations: [JSON.Member])] = []
        for endpoint in endpoints {
            let member = JSON.Member(
                name: endpoint.method.rawValue.lowercased(),
                value: operation(of: endpoint, among: endpoints, needsToken))
            if let index = paths.firstIndex(where: { $0.template == endpoint.template }) {
                paths[index].operations.append(member)
            } else {
                paths.append((endpoint.template, [member]))
            }
        }
        return .object(paths.map { JSON.Member(name: $0.template, value: .object($0.operations)) })
    }

    private static func operation(of endpoint: Endpoint, among endpoints: [Endpoint], _ needsToken: Bool) -> JSON {
        let operation = endpoint.operation
        var members: [JSON.Member] = [
            .init(name: "operationId", value: .string(operation.id)),
            .init(name: "summary", value: .string(operation.summary)),
        ]
        // Not among the parameters: which tags there are, a schema can't say.
        if operation.problems.contains(412) {
            members.append(
                .init(
                    name: "description",
                    value: "With `If-Match`, only if the state is still the one whose ETag that names; 412 otherwise."))
        } else if operation.replies.contains(where: { $0.status == 304 }) {
            members.append(
                .init(
                    name: "description",
                    value: "With `If-None-Match`, 304 as long as the state is still the one whose ETag that names."))
        }
        let parameters =
            pathParameters(of: endpoint.template) + operation.parameters.map { $0.description(in: "query") }
            + operation.headers.map { $0.description(in: "header") } + fields(of: endpoint)
        if !parameters.isEmpty { members.append(.init(name: "parameters", value: .array(parameters))) }
        if let body = body(of: endpoint) { members.append(.init(name: "requestBody", value: body)) }
        var responses = responses(of: endpoint, among: endpoints)
        if needsToken, endpoint.scope != nil {
            responses.append(problem(401))
            members.append(.init(name: "security", value: [["token": []]]))
        }
        members.append(.init(name: "responses", value: .object(responses)))
        return .object(members)
    }

    private static func pathParameters(of template: String) -> [JSON] {
        template.split(separator: "/").filter { $0.hasPrefix("{") }.map { segment in
            [
                "name": .string(String(segment.dropFirst().dropLast())), "in": "path", "required": true,
                "schema": Schema.text(pattern: pattern(of: segment)),
            ]
        }
    }

    private static func pattern(of segment: Substring) -> String {
        switch segment {
        case "{step}": "^(0|[1-9][0-9]{0,17})$"
        case "{file}": "^[a-z0-9_-]+[.][a-z0-9]+$"
        default: "^[a-z]{2,6}_[0-9a-z]{26}$"
        }
    }

    /// Header fields that say something to a route.
    private static func fields(of endpoint: Endpoint) -> [JSON] {
        var fields: [(name: String, summary: String, schema: JSON)] = []
        if endpoint.isAwaitable {
            fields.append(("Prefer", "`wait=N`: wait up to N seconds, 60 at most, for a change.", Schema.string))
        }
        if endpoint.isCreation {
            fields.append(
                (
                    "Idempotency-Key",
                    "A request that is sent again with the same key within 24 hours makes nothing anew.",
                    Schema.text(pattern: "^[!-~]{1,255}$")
                ))
        }
        return fields.map { field in
            [
                "name": .string(field.name), "in": "header", "description": .string(field.summary),
                "schema": field.schema,
            ]
        }
    }

    private static func body(of endpoint: Endpoint) -> JSON? {
        switch endpoint.body {
        case .none: return nil
        case .upload:
            return [
                "required": true, "description": "The file itself, or a form with it.",
                "content": [
                    // Any bytes: whether they are a dataset is found out after the reply.
                    "application/octet-stream": [:], "text/csv": ["example": .string(pointsExample)],
                    "multipart/form-data": ["schema": formSchema],
                ],
            ]
        case .stream(_, let type):
            return ["required": true, "description": "The bytes.", "content": .object([.init(name: type, value: [:])])]
        case .json:
            guard let component = endpoint.operation.body else { return nil }
            return [
                "required": .boolean(endpoint.operation.isBodyRequired),
                "content": ["application/json": ["schema": Schema.reference(component)]],
            ]
        }
    }

    /// A form holds text and bytes, whatever they were made of; a list would be several parts of one name.
    private static let formSchema: JSON = [
        "type": "object", "required": ["file"], "additionalProperties": false,
        "properties": .object(
            [
                .init(
                    name: "file",
                    value: [
                        "type": ["string", "number", "boolean", "object"],
                        "contentMediaType": "application/octet-stream",
                    ]),
                .init(
                    name: "name",
                    value: [
                        "type": ["string", "number", "boolean", "null"], "minLength": 1, "maxLength": 200,
                        "pattern": ResourceName.schema["pattern"] ?? "",
                    ]),
                .init(
                    name: "kind",
                    value: ["enum": .array((["auto"] + DatasetKind.allCases.map(\.rawValue)).map { .string($0) })]),
            ] + DatasetKind.importParameters.map { .init(name: $0.name, value: $0.schema) }),
    ]

    /// A spiral: the smallest file that a model can be trained on and judged by.
    private static let pointsExample: String = {
        let points = (0..<200).map { index in
            let angle = Double(index) / 10
            return "\(angle * cos(angle) / 20),\(angle * sin(angle) / 20)\n"
        }
        return "x,y\n" + points.joined()
    }()

    private static func responses(of endpoint: Endpoint, among endpoints: [Endpoint]) -> [JSON.Member] {
        let replies = endpoint.operation.replies.map { reply in
            var members: [JSON.Member] = [.init(name: "description", value: .string(reply.summary))]
            if !reply.content.isEmpty {
                members.append(
                    .init(
                        name: "content",
                        value: .object(
                            reply.content.map { JSON.Member(name: $0.type, value: ["schema": $0.schema]) })))
            }
            let links = links(from: reply, of: endpoint, to: endpoints)
            if !links.isEmpty { members.append(.init(name: "links", value: .object(links))) }
            return JSON.Member(name: String(reply.status), value: .object(members))
        }
        return replies + problems(of: endpoint).map(problem)
    }

    private static func problem(_ status: Int) -> JSON.Member {
        JSON.Member(
            name: String(status),
            value: [
                "description": .string(Problem.title(of: status)),
                "content": ["application/problem+json": ["schema": Schema.reference("Problem")]],
            ])
    }

    /// Where the identifiers lead that a new resource has.
    private static func links(
        from reply: ReplyDescription, of endpoint: Endpoint, to endpoints: [Endpoint]
    ) -> [JSON.Member] {
        guard endpoint.method == .post, let component = reply.component else { return [] }
        var links: [JSON.Member] = []
        for (member, collection) in identifiers[component] ?? [] {
            for target in endpoints where target.template.hasPrefix("\(collection)/{id}") {
                guard !target.template.contains("{step}") else { continue }
                var parameters: [JSON.Member] = [
                    .init(name: "id", value: .string("$response.body#/\(member)"))
                ]
                // Pages end; a stream only does with its job.
                if target.operation.id == "showEvents" { parameters.append(.init(name: "limit", value: 50)) }
                links.append(
                    .init(
                        name: target.operation.id,
                        value: [
                            "operationId": .string(target.operation.id), "parameters": .object(parameters),
                        ]))
            }
        }
        if component == "Dataset" {
            links.append(
                .init(
                    name: "createJob",
                    value: ["operationId": "createJob", "requestBody": ["dataset_id": "$response.body#/id"]]))
        }
        return links
    }

    /// Members of resources that name one, with the collection it is in.
    private static let identifiers: [String: [(member: String, collection: String)]] = [
        "Dataset": [("id", "/v1/datasets")], "Job": [("id", "/v1/jobs"), ("model_id", "/v1/models")],
        "Report": [("id", "/v1/reports")],
    ]

    /// The statuses of all problems that a route can answer with, in order.
    private static func problems(of endpoint: Endpoint) -> [Int] {
        // A malformed or unknown parameter, a foreign page, an unexpected body, another host, too many header fields, a
        // full queue or a server that goes down; and a client that asks for too much.
        var statuses: Set<Int> = [400, 403, 413, 421, 431, 503]
        if endpoint.execution != .inline { statuses.insert(429) }
        if endpoint.template.contains("{") { statuses.insert(404) }
        switch endpoint.body {
        case .none: break
        case .json: statuses.formUnion([415, 422])
        case .upload: statuses.formUnion([411, 415, 422, 507])
        case .stream: statuses.formUnion([415, 507])
        }
        if endpoint.method != .get { statuses.insert(507) }
        if endpoint.operation.parameters.contains(where: { $0.name == Parameter.pageToken.name }) {
            statuses.insert(422)
        }
        return statuses.union(endpoint.operation.problems).sorted()
    }
}

import Codecs
import HTTPServer

/// What a route is for, what it takes and what it answers: its part of the OpenAPI description.
struct Operation: Sendable {
    /// The operation's name for programs that are generated from the description.
    let id: String
    let summary: String
    var parameters: [Parameter] = []

    /// Header fields that the route reads, beside those that follow from what it is.
    var headers: [Parameter] = []

    /// A component's name for a body of JSON; nil where there is no body, or where it is a file.
    var body: String?
    var isBodyRequired = true
    var replies: [ReplyDescription]

    /// Statuses of problems beside those that follow from the route.
    var problems: [Int] = []

    init(
        _ id: String, _ summary: String, _ parameters: [Parameter] = [], headers: [Parameter] = [],
        body: String? = nil, isBodyRequired: Bool = true,
        replies: [ReplyDescription], problems: [Int] = []
    ) {
        self.id = id
        self.summary = summary
        self.parameters = parameters
        self.headers = headers
        self.body = body
        self.isBodyRequired = isBodyRequired
        self.replies = replies
        self.problems = problems
    }
}

/// One way in which a route answers when all is well.
struct ReplyDescription: Sendable {
    let status: Int
    let summary: String

    /// Media types with the schemas of what they carry.
    let content: [(type: String, schema: JSON)]

    /// The component's name where it is one of JSON.
    let component: String?

    init(
        _ status: Int, _ summary: String, _ content: [(type: String, schema: JSON)] = [], component: String? = nil
    ) {
        self.status = status
        self.summary = summary
        self.content = content
        self.component = component
    }

    /// A reply of JSON, by its component's name.
    static func json(_ component: String, _ status: Int = 200, _ summary: String = "As asked for.") -> ReplyDescription
    {
        ReplyDescription(
            status, summary, [(type: "application/json", schema: Schema.reference(component))], component: component)
    }

    /// What `If-None-Match` and `Prefer: wait` come to where nothing has changed.
    static let unchanged = ReplyDescription(304, "Nothing has changed since the state that If-None-Match names.")

    static let gone = ReplyDescription(204, "It is no more.")

    /// Bytes of a media type.
    static func bytes(_ type: String) -> (type: String, schema: JSON) {
        (type: type, schema: ["type": "string", "format": "binary"])
    }
}

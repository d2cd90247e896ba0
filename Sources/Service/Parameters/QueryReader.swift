/// Reads the query of one request, and collects every parameter that is unknown, repeated, missing or malformed.
struct QueryReader {
    private var values: [String: String] = [:]
    private let known: [Parameter]
    private(set) var faults: [Problem.Fault] = []

    /// - Parameters:
    ///   - query: The decoded pairs in their order.
    ///   - known: What this route takes. A value that its parameter doesn't allow is a fault, and reads as absent.
    init(_ query: [(name: String, value: String)], known: [Parameter]) {
        self.known = known
        var given: Set<String> = []
        for (name, value) in query {
            guard let parameter = known.first(where: { $0.name == name }) else {
                let taken = known.isEmpty ? "none" : known.map(\.name).joined(separator: ", ")
                faults.append(.init(.parameter(name), "unknown parameter; this route takes \(taken)"))
                continue
            }
            if !given.insert(name).inserted {
                faults.append(.init(.parameter(name), "given more than once"))
            } else if value.isEmpty {
                // Most often a variable of the client's that wasn't set: it would get something else than it meant.
                faults.append(.init(.parameter(name), "is empty; leave it out, or give it a value"))
            } else if let detail = parameter.fault(in: value) {
                faults.append(.init(.parameter(name), detail))
            } else {
                values[name] = value
            }
        }
        for parameter in known where parameter.isRequired && !given.contains(parameter.name) {
            faults.append(.init(.parameter(parameter.name), "is required: \(parameter.summary)"))
        }
    }

    /// The value as it stands; nil where absent or at fault.
    func text(_ name: String) -> String? {
        assert(known.contains { $0.name == name }, "\(name) is not among the route's parameters")
        return values[name]
    }

    /// All that was given and isn't at fault, in one order whatever it came in.
    var given: String {
        values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "&")
    }

    /// The parts between commas; nil where absent or at fault.
    func list(_ name: String) -> [String]? {
        text(name).map(Parameter.parts)
    }

    /// A whole number; nil where absent or at fault.
    func integer(_ name: String) -> Int? {
        text(name).flatMap { Int($0) }
    }

    /// `true` or `false`; false where absent or at fault.
    func boolean(_ name: String) -> Bool {
        text(name) == "true"
    }

    /// One of an enum's raw values; nil where absent or at fault.
    func choice<Choice: RawRepresentable>(_ name: String, of type: Choice.Type = Choice.self) -> Choice?
    where Choice.RawValue == String {
        text(name).flatMap(Choice.init)
    }

    /// Whether a parameter was given, were it at fault.
    func isAtFault(_ name: String) -> Bool {
        faults.contains { $0.place == .parameter(name) }
    }

    /// Records a fault found by the caller.
    mutating func fault(_ name: String, _ detail: String) {
        faults.append(.init(.parameter(name), detail))
    }

    /// Throws a 400 with every fault; to be called before anything is done.
    func check() throws(Problem) {
        guard !faults.isEmpty else { return }
        let names = faults.map { fault in
            if case .parameter(let name) = fault.place { name } else { "" }
        }
        throw Problem(
            400, "bad_parameter", "The query cannot be used: see \(names.joined(separator: ", ")).", errors: faults)
    }
}

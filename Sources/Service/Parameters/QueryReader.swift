/// Reads the query of one request, and collects every parameter that is unknown, repeated or malformed.
struct QueryReader {
    private var values: [String: String] = [:]
    private(set) var faults: [Problem.Fault] = []

    /// - Parameters:
    ///   - query: The decoded pairs in their order.
    ///   - known: The names this route takes.
    init(_ query: [(name: String, value: String)], known: [String]) {
        for (name, value) in query {
            if !known.contains(name) {
                let taken = known.isEmpty ? "none" : known.joined(separator: ", ")
                faults.append(.init(.parameter(name), "unknown parameter; this route takes \(taken)"))
            } else if values.updateValue(value, forKey: name) != nil {
                faults.append(.init(.parameter(name), "given more than once"))
            }
        }
    }

    /// The value as it stands; nil where absent or empty, as in `?names=&from_step=`.
    func text(_ name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }

    /// The parts between commas, without empty ones; nil where absent.
    func list(_ name: String) -> [String]? {
        text(name)?.split(separator: ",").map(String.init)
    }

    /// A whole number in `range`; nil where absent or at fault.
    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = text(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            let bounds = "\(range.lowerBound) " + (range.upperBound == .max ? "or more" : "to \(range.upperBound)")
            fault(name, "“\(text)” is not a whole number, \(bounds)")
            return nil
        }
        return value
    }

    /// `true` or `false`; false where absent.
    mutating func boolean(_ name: String) -> Bool {
        guard let text = text(name) else { return false }
        switch text {
        case "true": return true
        case "false": return false
        default:
            fault(name, "“\(text)” is neither true nor false")
            return false
        }
    }

    /// One of an enum's raw values; nil where absent or at fault.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        guard let text = text(name) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        fault(name, "“\(text)” is not one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        return nil
    }

    /// Records a fault found by the caller.
    mutating func fault(_ name: String, _ detail: String) {
        faults.append(.init(.parameter(name), detail))
    }

    /// Throws a 400 with every fault; to be called once all parameters were read.
    func check() throws(Problem) {
        guard !faults.isEmpty else { return }
        let names = faults.map { fault in
            if case .parameter(let name) = fault.place { name } else { "" }
        }
        throw Problem(
            400, "bad_parameter", "The query cannot be used: see \(names.joined(separator: ", ")).", errors: faults)
    }
}

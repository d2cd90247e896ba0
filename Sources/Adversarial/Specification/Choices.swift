/// A value for what a caller left open, and the sentence that says why.
package struct Choice<Value> {
    let value: Value
    let reason: String

    init(_ value: Value, _ reason: String) {
        self.value = value
        self.reason = reason
    }
}

/// Takes what a spec gives and chooses what it leaves open, and keeps a sentence for each choice.
///
/// A stored spec leaves nothing open: what it lacks is counted instead.
package final class Choices {
    /// Where the choices come from.
    let preset: Preset
    /// What the dataset holds, in the plural, as `images`; empty where no dataset is at hand.
    let items: String
    /// The shape of an item as networks see it; empty where no dataset is at hand.
    let shape: [Int]
    /// What the spec says of the dataset's columns.
    let data: DataSpec
    let problems: SpecProblems
    private let isStored: Bool
    private(set) var reasons: [SpecReason] = []
    /// Whether a stored spec lacked a member.
    private(set) var lacksMembers = false

    /// Choices for a caller's spec.
    init(problems: SpecProblems, defaults: any SpecDefaults, shape: [Int], data: DataSpec) {
        self.problems = problems
        self.shape = shape
        self.data = data
        preset = defaults.preset
        items = defaults.items
        isStored = false
    }

    /// No choices, but what a stored spec says; or what may be said, where a reader describes.
    init(stored data: DataSpec, problems: SpecProblems) {
        self.problems = problems
        self.data = data
        (preset, items, shape) = (.automatic, "", [])
        isStored = true
    }

    /// Notes why something was chosen.
    ///
    /// - Parameter pointer: of the member in the resolved spec.
    func explain(_ pointer: String, _ sentence: String) {
        reasons.append(SpecReason(pointer: pointer, detail: sentence))
    }

    /// The given value, or the choice with its sentence.
    func take<Value>(
        _ given: Value?, _ pointer: String, or choice: Value, _ sentence: @autoclosure () -> String
    ) -> Value {
        if let given { return given }
        if isStored { lacksMembers = true } else { explain(pointer, sentence()) }
        return choice
    }

    func take<Value>(_ given: Value?, _ pointer: String, or choice: Choice<Value>) -> Value {
        take(given, pointer, or: choice.value, choice.reason)
    }

    // MARK: Members of an object, each with what is chosen where it isn't given

    func integer(
        _ name: String, of reader: ObjectReader, in range: ClosedRange<Int>, or choice: Int,
        _ sentence: @autoclosure () -> String
    ) -> Int {
        take(reader.integer(name, in: range), reader.pointer(to: name), or: choice, sentence())
    }

    func number(
        _ name: String, of reader: ObjectReader, in range: some NumberRange, or choice: Double,
        _ sentence: @autoclosure () -> String
    ) -> Double {
        take(reader.number(name, in: range), reader.pointer(to: name), or: choice, sentence())
    }

    func boolean(
        _ name: String, of reader: ObjectReader, or choice: Bool, _ sentence: @autoclosure () -> String
    ) -> Bool {
        take(reader.boolean(name), reader.pointer(to: name), or: choice, sentence())
    }

    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ name: String, of reader: ObjectReader, or choice: Word, _ sentence: @autoclosure () -> String
    ) -> Word {
        take(reader.choice(name, of: Word.self), reader.pointer(to: name), or: choice, sentence())
    }

    func integers(
        _ name: String, of reader: ObjectReader, count: ClosedRange<Int>, in range: ClosedRange<Int>, or choice: [Int],
        _ sentence: @autoclosure () -> String
    ) -> [Int] {
        take(
            reader.integers(name, count: count, in: range), reader.pointer(to: name), or: choice, sentence())
    }
}

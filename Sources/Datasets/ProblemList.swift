/// Items that couldn't be used: the first 100 with their reasons, and the count of all.
struct ProblemList {
    static let maximumKept = 100

    private(set) var problems: [ItemProblem] = []
    private(set) var count = 0

    mutating func add(_ item: String, _ detail: String) {
        count += 1
        guard problems.count < Self.maximumKept else { return }
        problems.append(ItemProblem(item: item, detail: detail))
    }
}

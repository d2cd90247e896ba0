import Codecs

/// A budget that several sources spend from.
final class SharedBudget {
    private var budget: ExpansionBudget

    init(_ budget: ExpansionBudget) {
        self.budget = budget
    }

    func spend(_ count: Int) throws(DatasetError) {
        try budget.spend(count)
    }
}

/// Bytes that count against a budget as they are read.
final class CountedSource: ByteSource {
    private let source: any ByteSource
    private let budget: SharedBudget

    init(_ source: any ByteSource, _ budget: SharedBudget) {
        self.source = source
        self.budget = budget
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try source.read(into: buffer)
        try budget.spend(count)
        return count
    }
}

/// Bytes that were read already, and those that follow.
final class ChainedSource: ByteSource {
    private let head: MemorySource
    private let rest: any ByteSource

    init(_ head: [UInt8], _ rest: any ByteSource) {
        self.head = MemorySource(head)
        self.rest = rest
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = head.read(into: buffer)
        guard count < buffer.count else { return count }
        return count + (try rest.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...])))
    }
}

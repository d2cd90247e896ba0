/// The different values of a column, each with how often it occurred, numbered by their first appearance.
///
/// Open addressing over one pool of bytes. The hash has a seed of its own in every process, so that nobody can send
/// values that all fall on one place.
struct ValueDictionary {
    private static let seed = UInt64.random(in: .min ... .max)

    /// What is looked at to tell a value from others and to count it: all in one line of the processor's cache, since with many
    /// columns of many values hardly any of it is there.
    private struct Entry {
        /// The value itself with its length where it has up to seven bytes, else its hash.
        let key: UInt64
        /// Where its bytes end in the pool; they begin where those of the value before it end.
        let end: UInt32
        /// Stays at the greatest number there is.
        var count: UInt32
    }

    /// For each place the value's number plus one; zero where there is none.
    private var slots = [UInt32](repeating: 0, count: 16)
    private var bytes: [UInt8] = []
    private var entries: [Entry] = []

    var count: Int { entries.count }

    /// How often each value occurred.
    var counts: [Int] { entries.map { Int($0.count) } }

    /// How often a value occurred.
    func count(of index: Int) -> Int { Int(entries[index].count) }

    /// Memory that it takes.
    var footprint: Int { slots.count * 4 + bytes.count + entries.count * MemoryLayout<Entry>.stride }

    /// The number of a value; nil where it isn't there.
    func find(_ value: UnsafeBufferPointer<UInt8>) -> Int? {
        let found = slots[place(of: value, Self.hash(value))]
        return found == 0 ? nil : Int(found) - 1
    }

    /// Counts a value.
    ///
    /// - Returns: whether it was counted: a new one isn't once there are `limit` others, or 4 GiB of them.
    mutating func add(_ value: UnsafeBufferPointer<UInt8>, limit: Int) -> Bool {
        let hash = Self.hash(value)
        let place = place(of: value, hash)
        if slots[place] != 0 {
            let index = Int(slots[place]) - 1
            entries[index].count += entries[index].count == .max ? 0 : 1
            return true
        }
        guard count < limit, let end = UInt32(exactly: bytes.count + value.count) else { return false }
        bytes.append(contentsOf: value)
        entries.append(Entry(key: Self.key(value, hash), end: end, count: 1))
        slots[place] = UInt32(entries.count)
        if entries.count * 2 > slots.count { grow() }
        return true
    }

    /// Lends the bytes of a value.
    func withValue<Result>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        let place = bytes(of: index)
        return try bytes.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[place])) }
    }

    /// The numbers of all values, commonest first, those as common by their first appearance.
    func byFrequency() -> [Int] {
        // `sort` is stable in practice and not by contract, so the number decides.
        (0..<count).sorted {
            let (left, right) = (entries[$0].count, entries[$1].count)
            return left != right ? left > right : $0 < $1
        }
    }

    /// The numbers of the values that are neither blank nor a word for nothing.
    var meant: [Int] {
        (0..<count).filter { index in
            withValue(index) { $0.trimmed.count > 0 && !NothingWords.contains($0.trimmed) }
        }
    }

    /// Where a value stands, or would.
    @inline(__always)
    private func place(of value: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int {
        let key = Self.key(value, hash)
        return slots.withUnsafeBufferPointer { slots in
            entries.withUnsafeBufferPointer { entries in
                let mask = slots.count - 1
                var place = Int(truncatingIfNeeded: hash) & mask
                while slots[place] != 0 {
                    let index = Int(slots[place]) - 1
                    if entries[index].key == key, Self.isShort(value) || equals(index, value) { return place }
                    place = (place + 1) & mask
                }
                return place
            }
        }
    }

    private func equals(_ index: Int, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
        withValue(index) { $0.count == value.count && $0.elementsEqual(value) }
    }

    private func bytes(of index: Int) -> Range<Int> {
        Int(index == 0 ? 0 : entries[index - 1].end)..<Int(entries[index].end)
    }

    @inline(__always)
    private static func isShort(_ value: UnsafeBufferPointer<UInt8>) -> Bool { value.count < 8 }

    /// Up to seven bytes as they are, with how many they are in front, or else the hash, which has there what no length is.
    @inline(__always)
    private static func key(_ value: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> UInt64 {
        guard isShort(value) else { return hash | 0xFF << 56 }
        return value.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } | UInt64(value.count) << 56
    }

    private mutating func grow() {
        var larger = [UInt32](repeating: 0, count: slots.count * 2)
        let mask = larger.count - 1
        for index in 0..<count {
            let hash = withValue(index) { Self.hash($0) }
            var place = Int(truncatingIfNeeded: hash) & mask
            while larger[place] != 0 { place = (place + 1) & mask }
            larger[place] = UInt32(index + 1)
        }
        slots = larger
    }

    /// Eight bytes at a time, each folded in by a multiplication to 128 bits (as wyhash does, Wang Yi 2019).
    ///
    /// - Parameter seed: another gives another hash.
    @inline(__always)
    static func hash(_ value: UnsafeBufferPointer<UInt8>, seed: UInt64 = seed) -> UInt64 {
        guard let base = value.baseAddress else { return fold(seed, 0x9E37_79B9_7F4A_7C15) }
        let bytes = UnsafeRawPointer(base)
        let count = value.count
        var hash = seed ^ UInt64(count) &* 0x9E37_79B9_7F4A_7C15
        var place = 0
        while count - place > 8 {
            hash = fold(hash ^ bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self), 0xA076_1D64_78BD_642F)
            place += 8
        }
        var last: UInt64 = 0
        if count >= 8 {
            last = bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        } else {
            for index in place..<count { last = last << 8 | UInt64(base[index]) }
        }
        return fold(hash ^ last, 0xE703_7ED1_A0B4_28DB)
    }

    @inline(__always)
    private static func fold(_ value: UInt64, _ factor: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: factor)
        return product.high ^ product.low
    }
}

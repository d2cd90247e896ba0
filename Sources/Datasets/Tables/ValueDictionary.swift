/// The different values of a column, each with how often it occurred, numbered by their first appearance.
///
/// Open addressing over one pool of bytes. The hash has a seed of its own in every process, so that nobody can send
/// values that all fall on one place.
struct ValueDictionary {
    private static let seed = UInt64.random(in: .min ... .max)

    /// For each place the upper half of the hash, and the value's number plus one; zero where there is none.
    private var slots = [UInt64](repeating: 0, count: 16)
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private(set) var counts: [Int] = []

    var count: Int { ends.count }

    /// Memory that it takes.
    var footprint: Int { slots.count * 8 + bytes.count + ends.count * 16 }

    /// The number of a value; nil where it isn't there.
    func find(_ value: UnsafeBufferPointer<UInt8>) -> Int? {
        let hash = Self.hash(value)
        return slots.withUnsafeBufferPointer { slots in
            let found = slots[place(of: value, hash, in: slots)]
            return found == 0 ? nil : Int(found & 0xFFFF_FFFF) - 1
        }
    }

    /// Counts a value.
    ///
    /// - Returns: whether it was counted: a new one isn't once there are `limit` others.
    mutating func add(_ value: UnsafeBufferPointer<UInt8>, limit: Int) -> Bool {
        let hash = Self.hash(value)
        let place = slots.withUnsafeBufferPointer { self.place(of: value, hash, in: $0) }
        if slots[place] != 0 {
            counts[Int(slots[place] & 0xFFFF_FFFF) - 1] += 1
            return true
        }
        guard count < limit else { return false }
        bytes.append(contentsOf: value)
        ends.append(bytes.count)
        counts.append(1)
        slots[place] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(ends.count)
        if ends.count * 2 > slots.count { grow() }
        return true
    }

    /// Lends the bytes of a value.
    func withValue<Result>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        let start = index == 0 ? 0 : ends[index - 1]
        return try bytes.withUnsafeBufferPointer {
            try body(UnsafeBufferPointer(rebasing: $0[start..<ends[index]]))
        }
    }

    /// The numbers of all values, commonest first, those as common by their first appearance.
    func byFrequency() -> [Int] {
        // `sort` is stable in practice and not by contract, so the number decides.
        (0..<count).sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
    }

    /// The numbers of the values that are neither blank nor a word for nothing.
    var meant: [Int] {
        (0..<count).filter { index in
            withValue(index) { $0.trimmed.count > 0 && !NothingWords.contains($0.trimmed) }
        }
    }

    /// Where a value stands, or would.
    @inline(__always)
    private func place(
        of value: UnsafeBufferPointer<UInt8>, _ hash: UInt64, in slots: UnsafeBufferPointer<UInt64>
    ) -> Int {
        let mask = slots.count - 1
        let mark = hash >> 32
        var place = Int(truncatingIfNeeded: hash) & mask
        while slots[place] != 0 {
            let slot = slots[place]
            if slot >> 32 == mark, equals(Int(slot & 0xFFFF_FFFF) - 1, value) { return place }
            place = (place + 1) & mask
        }
        return place
    }

    @inline(__always)
    private func equals(_ index: Int, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = index == 0 ? 0 : ends[index - 1]
        guard ends[index] - start == value.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            for place in 0..<value.count where bytes[start + place] != value[place] { return false }
            return true
        }
    }

    private mutating func grow() {
        var larger = [UInt64](repeating: 0, count: slots.count * 2)
        let mask = larger.count - 1
        for index in 0..<count {
            let hash = withValue(index) { Self.hash($0) }
            var place = Int(truncatingIfNeeded: hash) & mask
            while larger[place] != 0 { place = (place + 1) & mask }
            larger[place] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(index + 1)
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

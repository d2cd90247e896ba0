import Codecs
import TestSupport
import Testing

@testable import Datasets

/// Items that come in groups and overlap within them, as windows of recordings do.
@Suite struct GroupedStorageTests {
    /// What a writer leaves of recordings cut into windows of `size` bytes, each `stride` after the one before.
    private struct Recordings {
        let folder: TemporaryFolder
        let manifest: DatasetManifest
        let groups: [Int32]
        let holdout: [Int32]

        init(_ recordings: [[UInt8]], size: Int, stride: Int) throws {
            folder = try TemporaryFolder()
            let path = try folder.makeFolder("stored")
            let upload = try Upload(path: folder.write(Array("1,2\n".utf8), as: "upload"))
            let writer = try DatasetWriter(upload, folder: path, StoredItem(size: size, stride: stride))
            for (number, recording) in recordings.enumerated() {
                for window in Self.windows(recording, size, stride) { try writer.append(window, group: number) }
            }
            manifest = try writer.finish { _, _ in PointSchema(columns: ["x"], mean: [0], standardDeviation: [1]) }
            groups = try Self.integers(folder.file("stored/groups.bin"))
            holdout = try Self.integers(folder.file("stored/holdout.bin"))
        }

        static func windows(_ recording: [UInt8], _ size: Int, _ stride: Int) -> [[UInt8]] {
            Swift.stride(from: 0, through: recording.count - size, by: stride).map {
                Array(recording[$0..<$0 + size])
            }
        }

        private static func integers(_ path: String) throws -> [Int32] {
            try ReadableFile.contents(of: path, limit: 1 << 20).withUnsafeBytes { Array($0.bindMemory(to: Int32.self)) }
        }

        func storage(_ stored: StoredItem, count: Int? = nil, groups: [Int32]? = nil) throws -> ItemStorage {
            try ItemStorage(
                path: folder.file("stored/items.bin"), stored, count: count ?? manifest.itemCount,
                groups: groups ?? self.groups)
        }
    }

    private static func recordings(_ lengths: [Int], seed: UInt64 = 1) -> [[UInt8]] {
        var random = TestRandom(seed: seed)
        return lengths.map { length in (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) } }
    }

    @Test(arguments: [
        (16, 16, [16, 48, 32]), (16, 4, [16, 40, 20]), (10, 3, [10, 13, 100, 10]), (8, 1, [8]), (64, 63, [64, 127]),
    ])
    func overlappingItemsReadBack(size: Int, stride: Int, lengths: [Int]) throws {
        let recordings = Self.recordings(lengths)
        let written = try Recordings(recordings, size: size, stride: stride)
        let windows = recordings.map { Recordings.windows($0, size, stride) }
        #expect(written.groups == windows.map { Int32($0.count) })
        let storage = try written.storage(StoredItem(size: size, stride: stride))
        let expected = windows.flatMap { $0 }
        #expect(try expected.indices.map { index in try storage.withItem(index) { Array($0) } } == expected)
        // What items share stands there once.
        let file = try ReadableFile.contents(of: written.folder.file("stored/items.bin"), limit: 1 << 20)
        #expect(file == recordings.flatMap { $0 })
    }

    @Test(
        arguments: [
            (9, [3, 6]), (10, [3, 6]), (9, [9, 0]), (9, [10, -1]), (9, [2, 3, 4]), (9, []),
            (.max, [.max]), (Int(Int32.max) * 2, [.max, .max]),
        ] as [(Int, [Int32])])
    func contradictoryGroupsAreDamage(count: Int, groups: [Int32]) throws {
        // Three windows and six of 8 bytes, each 4 after the one before.
        let written = try Recordings(Self.recordings([16, 28]), size: 8, stride: 4)
        let stored = StoredItem(size: 8, stride: 4)
        guard count != 9 || groups != [3, 6] else {
            _ = try written.storage(stored)
            return
        }
        let error = #expect(throws: DatasetError.self) { try written.storage(stored, count: count, groups: groups) }
        #expect(error?.code == "dataset_damaged")
    }

    @Test(arguments: [
        ([Int](repeating: 40, count: 50), 160...240), ([Int](repeating: 7, count: 300), 190...230),
        ([600, 30, 30, 30, 40, 70], 60...100), ([400, 400], 0...0), ((1...60).map { $0 }, 100...270),
    ])
    func groupsAreNeverSplitAndATenthIsKept(counts: [Int], range: ClosedRange<Int>) throws {
        for seed in 1...2 as ClosedRange<UInt64> {
            let recordings = Self.recordings(counts.map { 8 + 4 * ($0 - 1) }, seed: seed)
            let written = try Recordings(recordings, size: 8, stride: 4)
            let heldOut = Set(written.holdout)
            #expect(range.contains(heldOut.count), "\(heldOut.count) of \(counts.reduce(0, +))")
            #expect(written.holdout == written.holdout.sorted() && written.manifest.holdoutCount == heldOut.count)
            var first: Int32 = 0
            for count in written.groups {
                #expect([0, Int(count)].contains((first..<first + count).count { heldOut.contains($0) }))
                first += count
            }
        }
    }

    @Test func theChoiceDependsOnWhatGroupsHold() throws {
        let recordings = Self.recordings((0..<60).map { 16 + $0 % 5 * 4 })
        let forward = try Recordings(recordings, size: 8, stride: 4)
        let backward = try Recordings(recordings.reversed(), size: 8, stride: 4)
        let count = Int32(forward.manifest.itemCount)
        func contents(_ written: Recordings) throws -> Set<[UInt8]> {
            let storage = try written.storage(StoredItem(size: 8, stride: 4))
            return Set(try written.holdout.map { index in try storage.withItem(Int(index)) { Array($0) } })
        }
        #expect(try contents(forward) == contents(backward))
        #expect(forward.holdout != backward.holdout && !forward.holdout.isEmpty && forward.holdout.count < count)
    }

    @Test func equalGroupsStayTogether() throws {
        let recordings = Self.recordings([Int](repeating: 36, count: 40))
        let written = try Recordings(recordings + recordings, size: 8, stride: 4)
        let heldOut = Set(written.holdout.map { Int($0) })
        let half = written.manifest.itemCount / 2
        #expect(!heldOut.isEmpty && heldOut == Set(heldOut.map { ($0 + half) % (2 * half) }))
    }

    @Test func fewerThanFiftyItemsAreAllTrainedOn() throws {
        #expect(HoldoutSelection.indices(digests: [1, 2, 3, 4, 5], counts: [10, 10, 10, 10, 9]) == [])
        #expect(HoldoutSelection.indices(digests: [5, 4, 3, 2, 1], counts: [10, 10, 10, 12, 8]) == Array(42..<50))
        #expect(HoldoutSelection.indices(digests: [], counts: []) == [])
    }

    /// Where each group is one item, what is held out is what would be without groups.
    @Test func groupsOfOneAreItems() {
        var random = TestRandom(seed: 3)
        let digests = (0..<500).map { _ in random.next() }
        #expect(
            HoldoutSelection.indices(digests: digests, counts: [Int32](repeating: 1, count: 500))
                == HoldoutSelection.indices(digests: digests))
    }
}

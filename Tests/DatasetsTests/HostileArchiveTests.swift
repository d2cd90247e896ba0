import Codecs
import Datasets
import TestSupport
import Testing

@Suite struct HostileArchiveTests {
    typealias Entry = ArchiveBuilder.Entry

    @Test(arguments: [
        "../up.png", "a/../../up.png", "/etc/passwd", "\\windows\\x.png", "C:\\x.png", "c:/x.png", "a\\..\\b.png", "..",
        "a/..",
    ])
    func refusesUnsafeNames(name: String) throws {
        let entries = [Entry("0/good.png", try plainPNG(1)), Entry(name, try plainPNG(2))]
        for upload in [ArchiveBuilder.zip(entries), ArchiveBuilder.tar(entries)] {
            let error = try ImportCase.refusal(upload)
            #expect(error.code == "archive_unsafe_name")
            #expect(error.problems.first?.item.contains(name.hasPrefix("/") ? "etc" : name.suffix(2)) == true)
        }
    }

    @Test(arguments: [
        ArchiveBuilder.Kind.symbolicLink, .hardLink, .device,
    ])
    func refusesLinksAndDevices(kind: ArchiveBuilder.Kind) throws {
        let entries = [Entry("0/good.png", try plainPNG(1)), Entry("0/odd.png", kind: kind, target: "0/good.png")]
        let error = try ImportCase.refusal(ArchiveBuilder.tar(entries))
        #expect(error.code == "archive_unsafe_entry" && error.problems.first?.item == "0/odd.png")
        // ZIP knows no hard links.
        guard kind != .hardLink else { return }
        #expect(try ImportCase.refusal(ArchiveBuilder.zip(entries)).code == "archive_unsafe_entry")
    }

    @Test func refusesTooManyEntries() throws {
        var limits = DatasetLimits()
        limits.maximumEntries = 10
        let entries = try (0..<9).map { Entry("\($0).png", try plainPNG($0)) } + [Entry("folder/", kind: .directory)]
        for build in [ArchiveBuilder.zip, ArchiveBuilder.tar] {
            #expect(try ImportCase(build(entries), limits: limits).manifest.itemCount == 9)
            let error = try ImportCase.refusal(build(entries + [Entry("__MACOSX/x")]), limits: limits)
            #expect(error.code == "too_many_entries")
        }
    }

    @Test(arguments: ["a.png", "__MACOSX/a", "note.txt"])
    func refusesBombs(name: String) throws {
        var limits = DatasetLimits()
        limits.maximumExpandedBytes = 50_000
        let zeros = [UInt8](repeating: 0, count: 60_000)
        let content = name.hasSuffix("png") ? PNG.signature + zeros : zeros
        let entries = [Entry("0.png", try plainPNG(1)), Entry(name, content)]
        // A text that expands isn't read further than its first bytes, so only what is read or skipped over counts.
        for upload in [ArchiveBuilder.zip(entries), ArchiveBuilder.gzip(ArchiveBuilder.tar(entries))]
        where name != "note.txt" {
            #expect(try ImportCase.refusal(upload, limits: limits).code == "archive_too_large")
        }
    }

    @Test func refusesSinglePicturesThatAreTooLarge() throws {
        var limits = DatasetLimits()
        limits.maximumItemPixels = 64
        limits.maximumItemBytes = 1_000
        let entries = [
            Entry("0.png", try plainPNG(1)), Entry("1.png", try plainPNG(1, width: 9)),
            Entry("2.png", PNG.signature + [UInt8](repeating: 0, count: 2_000)),
        ]
        let manifest = try ImportCase(ArchiveBuilder.zip(entries), limits: limits).manifest
        #expect(manifest.itemCount == 1)
        #expect(manifest.problems.map(\.item) == ["1.png", "2.png"])
        #expect(
            try ImportCase.refusal(ArchiveBuilder.zip(Array(entries[1...])), limits: limits).code == "no_usable_item")
    }

    @Test func refusesPicturesThatDecodeToTooMuch() throws {
        var limits = DatasetLimits()
        limits.maximumExpandedBytes = 10_000
        let entries = try (0..<3).map { Entry("\($0).png", try plainPNG($0, width: 64, height: 64)) }
        #expect(try ImportCase.refusal(ArchiveBuilder.zip(entries), limits: limits).code == "archive_too_large")
    }

    @Test func refusesTooManyClasses() throws {
        var limits = DatasetLimits()
        limits.maximumClasses = 3
        let entries = try (0..<4).map { Entry("\($0)/a.png", try plainPNG($0)) }
        #expect(
            try ImportCase(ArchiveBuilder.zip(Array(entries[..<3])), limits: limits).manifest.classCounts.count == 3)
        #expect(try ImportCase.refusal(ArchiveBuilder.zip(entries), limits: limits).code == "too_many_classes")
    }

    @Test func refusesArchivesWithoutPictures() throws {
        let error = try ImportCase.refusal(ArchiveBuilder.zip([Entry("a.wav", Array("RIFF".utf8))]))
        #expect(error.code == "not_an_image_archive" && error.detail.contains("a.wav"))
        #expect(try ImportCase.refusal(ArchiveBuilder.zip([])).code == "not_an_image_archive")
        #expect(try ImportCase.refusal(ArchiveBuilder.tar([Entry(".DS_Store", [1])])).code == "not_an_image_archive")
        let cut = Array(try plainPNG(1)[..<20])
        #expect(try ImportCase.refusal(ArchiveBuilder.zip([Entry("a.png", cut)])).code == "no_usable_item")
    }

    @Test func refusesWhatIsCutOff() throws {
        let entries = try (0..<5).map { Entry("\($0).png", try plainPNG($0)) }
        let tar = ArchiveBuilder.tar(entries)
        let zip = ArchiveBuilder.zip(entries)
        let uploads = [
            Array(zip[..<300]), Array(zip.dropLast(1)), Array(tar[..<2_000]), Array(ArchiveBuilder.gzip(tar)[..<2_000]),
        ]
        for upload in uploads {
            #expect(["truncated", "malformed"].contains(try ImportCase.refusal(upload).code))
        }
    }

    @Test func stopsWhenTold() throws {
        let archive = try SampleDatasets.imageArchive()
        var asked = 0
        let error = try ImportCase.refusal(
            archive,
            shouldStop: {
                asked += 1
                return asked > 100
            })
        #expect(error.code == "stopped")
        #expect(try ImportCase.refusal(SampleDatasets.pointsTable(), shouldStop: { true }).code == "stopped")
    }
}

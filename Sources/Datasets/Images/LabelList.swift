import Codecs

/// The labels of an archive of StyleGAN's: `dataset.json` beside folders of a thousand pictures each, which are no classes
/// (NVIDIA, stylegan3, `dataset_tool.py`): `{"labels": [["00000/img00000000.png", 6], …]}`, or null in place of the list.
struct LabelList {
    static let fileName = "dataset.json"
    /// The most bytes of a list that are read: those of about 400,000 pictures.
    static let maximumBytes = 16 << 20

    /// What to do where it is another program's.
    private static let way = "leave it out to have the folders for classes"

    /// The list's own name in the archive.
    let entry: String
    /// The names of the classes; empty where there are none.
    let classes: [String]
    /// The class of each picture, by its name taken apart and put together again with `/`.
    private let labels: [String: Int32]
    /// Why there are no classes although there are labels; nil where that isn't so.
    let note: String?

    /// Reads a list.
    ///
    /// - Parameter name: the entry's, in whose folder the pictures' names begin.
    /// - Throws: `DatasetError` with code `labels_unreadable`; `too_many_classes`.
    init(_ bytes: [UInt8], name: EntryName, entry: String, limits: DatasetLimits) throws {
        self.entry = entry
        let json: JSON
        do {
            json = try JSON(parsing: bytes)
        } catch let error as JSONSyntaxError {
            throw Self.unreadable(entry, "is no JSON: \(error.detail)")
        }
        guard json.object != nil else { throw Self.unreadable(entry, "is no object with \"labels\"") }
        guard let labels = json["labels"], !labels.isNull else {
            (classes, self.labels) = ([], [:])
            // An archive without labels says so; a list of another program's may be here by chance.
            note =
                json["labels"] == nil ? "it has no \"labels\", so that the pictures have no classes; \(Self.way)" : nil
            return
        }
        guard let pairs = labels.array else { throw Self.unreadable(entry, "has \"labels\" that are no list") }
        let folder = name.folders.map { $0 + "/" }.joined()
        var texts: [(name: String, label: String)] = []
        var vectors = 0
        for (index, pair) in pairs.enumerated() {
            guard let parts = pair.array, parts.count == 2, let picture = parts[0].string else {
                throw Self.unreadable(
                    entry, "has at place \(index + 1) of its labels something else than a name and its label")
            }
            switch parts[1] {
            case .integer(let number): texts.append((folder + picture, String(number)))
            case .string(let text) where !text.isEmpty: texts.append((folder + picture, text))
            case .null: continue
            case .array, .number: vectors += 1
            default:
                throw Self.unreadable(entry, "has for \"\(picture.prefix(200))\" a label that is no whole number")
            }
        }
        guard vectors == 0 else {
            (classes, self.labels) = ([], [:])
            note = "its labels aren't whole numbers, so that the pictures have no classes; one number for each is read"
            return
        }
        let names = Set(texts.map(\.label))
        guard names.count <= limits.maximumClasses else {
            throw DatasetError(
                code: "too_many_classes",
                detail:
                    "\(entry) has more than \(limits.maximumClasses) different labels, each of which would be a class")
        }
        classes = ClassNames.sorted(Array(names))
        let numbers = Dictionary(uniqueKeysWithValues: zip(classes, (0...).lazy.map { Int32($0) }))
        self.labels = Dictionary(texts.map { ($0.name, numbers[$0.label] ?? 0) }) { $1 }
        note = nil
    }

    /// The class of a picture; nil where it has none.
    func label(_ name: EntryName) -> Int32? { labels[Self.key(name)] }

    private static func key(_ name: EntryName) -> String { name.components.joined(separator: "/") }

    /// Checks that the pictures which have labels are there.
    ///
    /// - Parameter problems: takes a sentence where some aren't.
    /// - Throws: `DatasetError` with code `labels_differ` where none is; what going through an archive throws.
    func compare(with upload: Upload, format: ArchiveReader.Format, _ problems: inout ProblemList) throws {
        if let note { problems.add(entry, note) }
        guard !classes.isEmpty else { return }
        var missing = Set(labels.keys)
        var walk = try ArchiveWalk(upload, format: format)
        while let (name, _) = try walk.next() { missing.remove(Self.key(name)) }
        guard let first = missing.min() else { return }
        guard missing.count < labels.count else {
            throw DatasetError(
                code: "labels_differ",
                detail:
                    "\(entry) has labels of \(labels.count) pictures, none of which is in the archive; the first is "
                    + "\"\(first.prefix(200))\"")
        }
        let what = missing.count == 1 ? "is" : "are"
        problems.add(
            entry,
            "\(missing.count) of the \(labels.count) pictures that it has labels of \(what) not in the archive; the first is "
                + "\"\(first.prefix(200))\"")
    }

    private static func unreadable(_ entry: String, _ detail: String) -> DatasetError {
        DatasetError(
            code: "labels_unreadable",
            detail:
                "\"\(entry.prefix(200))\", from which labels are taken as in StyleGAN's archives, \(detail); mend it, or \(way)"
        )
    }
}

/// Where a picture belongs: its class, and the folder by which it is for training or for testing; nil where there are none.
typealias PicturePlace = (label: Int32?, split: (folder: String, part: DatasetPart)?)

/// What an archive says of its pictures by their names.
enum PictureClasses {
    case ofFolders(FolderClasses)
    case listed(LabelList)

    var names: [String] {
        switch self {
        case .ofFolders(let folders): folders.names
        case .listed(let list): list.classes
        }
    }

    /// Where a picture belongs.
    ///
    /// - Throws: `UnfitPicture` where it has no class and others have one, or belongs to no part of a dataset that comes in parts.
    func place(of name: EntryName) throws(UnfitPicture) -> PicturePlace {
        switch self {
        case .listed(let list):
            guard list.classes.isEmpty else {
                guard let label = list.label(name) else {
                    throw UnfitPicture(detail: "\(list.entry) has no label of it")
                }
                return (label, nil)
            }
            return (nil, nil)
        case .ofFolders(let folders):
            let split = folders.split(name)
            guard !folders.isSplit || split != nil else {
                throw UnfitPicture(detail: "it stands neither in a folder for training nor in one for testing")
            }
            let label = folders.label(name)
            guard folders.names.isEmpty || label != nil else {
                throw UnfitPicture(
                    detail: split?.part == .holdout
                        ? "it stands in no folder that is a class of the pictures for training"
                        : "it stands in none of the class folders")
            }
            return (label, split)
        }
    }
}

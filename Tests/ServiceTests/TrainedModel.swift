import Codecs
import TestSupport

/// A service with one trained model, shared by the tests that only look at it.
struct TrainedModel: Sendable {
    static let steps = 20

    let fixture: ServiceFixture
    let job: String
    let id: String

    var metrics: String { "/v1/jobs/\(job)/metrics" }
    var samples: String { "/v1/models/\(id)/samples" }

    /// Points of two columns by a small MLP.
    static let points = Result { try TrainedModel { try $0.points() } }

    /// Conditional 8×8 grey images of two classes by a small MLP.
    static let images = Result {
        try TrainedModel(conditional: true) {
            try $0.dataset(SampleDatasets.imageArchive(count: 60, classes: 2, side: 8))
        }
    }

    /// Conditional 8×8 grey images of three classes, of which one is common.
    static let unevenImages = Result { try TrainedModel(conditional: true) { try $0.dataset(unevenArchive()) } }

    /// The same without classes.
    static let plainImages = Result { try TrainedModel { try $0.dataset(unevenArchive()) } }

    /// Points of three columns, which no plot shows.
    static let volume = Result { try TrainedModel { try $0.dataset(pointsInSpace) } }

    static let pointsInSpace = Array(
        ("x,y,z\n" + (0..<60).map { "0.\($0),1.\($0 * 7 % 60),2.\($0 * 11 % 60)\n" }.joined()).utf8)

    /// Rows of two columns.
    static let rows = Result {
        try TrainedModel(architecture: "tabular", conditional: nil) {
            try $0.dataset(
                Array(("side,age\n" + (0..<60).map { "\(["north", "south"][$0 % 2]),\(20 + $0)\n" }.joined()).utf8))
        }
    }

    private static func unevenArchive() throws -> [UInt8] {
        ArchiveBuilder.zip(
            try ["common": 40, "größer": 6, "rare": 14].sorted { $0.key < $1.key }.flatMap { name, count in
                try (0..<count).map { index in
                    let image = SampleDatasets.image(index: index, label: name.utf8.count % 3, side: 8, channels: 1)
                    return ArchiveBuilder.Entry("\(name)/\(index).png", try PNG.encode(image))
                }
            })
    }

    private init(architecture: String = "mlp", conditional: Bool? = false, dataset: (ServiceFixture) throws -> String)
        throws
    {
        fixture = try ServiceFixture()
        let hidden: JSON = ["hidden": [8], "activation": "relu"]
        var model: [JSON.Member] = [
            .init(name: "architecture", value: .string(architecture)), .init(name: "latent_dim", value: 4),
            .init(name: "generator", value: hidden), .init(name: "discriminator", value: hidden),
        ]
        if let conditional { model.append(.init(name: "conditional", value: .boolean(conditional))) }
        let spec: JSON = [
            "dataset_id": .string(try dataset(fixture)), "seed": 7, "model": .object(model),
            "training": ["steps": .integer(Int64(Self.steps)), "batch_size": 16],
            "checkpoint": ["every_steps": 10],
        ]
        let trained = try fixture.trained(spec)
        job = trained["id"]?.string ?? ""
        id = trained["model_id"]?.string ?? ""
    }
}

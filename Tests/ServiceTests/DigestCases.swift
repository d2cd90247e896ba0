import Codecs
import TestSupport

extension DigestTests {
    private static let few = #""checkpoint":{"every_steps":3}"#
    private static let small = #""generator":{"hidden":[16,12]},"discriminator":{"hidden":[14]}"#
    private static let points = ["n=70", "n=9&truncation=0.7", "n=5&interpolate=42,43"]
    private static let classes = ["n=20&class=1,0", "n=12&balance=classes", "n=6&interpolate=1,2", "n=3&truncation=1"]
    private static let rows = [
        "n=60", "n=20&where=side:south,member:no", "n=12&balance=side", "n=30&exclude_copies=true",
    ]

    static let cases: [Case] = [
        Case(
            name: "points, auto", dataset: { SampleDatasets.pointsTable(count: 400) },
            spec: #"{"model":{\#(small)},"training":{"steps":6,"batch_size":32},\#(few)}"#, queries: points),
        Case(
            name: "points, classic", dataset: { SampleDatasets.pointsTable(count: 400) },
            spec: #"{"preset":"classic","training":{"steps":6,"batch_size":32},\#(few)}"#, queries: points),
        Case(
            name: "points, a graph", dataset: { SampleDatasets.pointsTable(count: 400) },
            spec: #"{"model":{\#(small),"generator_norm":"batch","discriminator_norm":"spectral"},"#
                + #""training":{"steps":6,"batch_size":32,"objective":"wasserstein","packing":2,"instance_noise":0.1,"#
                + #""gradient_clipping":1,"discriminator_steps":2,"fresh_fakes":false},\#(few)}"#, queries: points),
        Case(
            name: "points, balance and schedule", dataset: { SampleDatasets.pointsTable(count: 400) },
            spec: #"{"model":{\#(small)},"training":{"steps":60,"batch_size":8,"objective":"hinge","#
                + #""label_smoothing":0,"balance":{"lower":0.9,"upper":0.99},"#
                + #""schedule":{"learning_rate":0.1,"regularisation":0.5,"beta2":0.9},"ema_half_life":100,"regularisation":{"r1":1}},"checkpoint":{"every_steps":20}}"#,
            queries: points),
        Case(
            name: "images, auto", dataset: { try SampleDatasets.imageArchive(count: 240, classes: 2, side: 8) },
            spec: #"{"model":{"base_channels":8},"training":{"steps":4,"batch_size":8},"#
                + #""checkpoint":{"every_steps":2}}"#,
            queries: classes),
        Case(
            name: "images, classic", dataset: { try SampleDatasets.imageArchive(count: 240, classes: 2, side: 8) },
            spec: #"{"preset":"classic","training":{"steps":4,"batch_size":8},"checkpoint":{"every_steps":2}}"#,
            queries: classes),
        Case(
            name: "images, residual in colour",
            dataset: { try SampleDatasets.imageArchive(count: 240, classes: 2, side: 16, channels: 3) },
            spec: #"{"model":{"architecture":"residual","base_channels":8,"blocks":1,"conditional":false},"#
                + #""training":{"steps":8,"batch_size":4,"augmentation":{"type":"ada","target":0.1},"#
                + #""discriminator_steps":2},"checkpoint":{"every_steps":4}}"#, queries: ["n=9", "n=3&truncation=0.5"]),
        Case(
            name: "images, dcgan with diffaugment and minibatch deviation",
            dataset: { try SampleDatasets.imageArchive(count: 240, classes: 3, side: 16, channels: 1) },
            spec: #"{"model":{"architecture":"dcgan","base_channels":8,"minibatch_std":true},"#
                + #""training":{"steps":3,"batch_size":8,"augmentation":"diffaugment"},"checkpoint":{"every_steps":3}}"#,
            queries: classes),
        Case(
            name: "images, mlp", dataset: { try SampleDatasets.imageArchive(count: 240, classes: 2, side: 8) },
            spec: #"{"model":{"architecture":"mlp",\#(small)},"training":{"steps":6,"batch_size":16},\#(few)}"#,
            queries: classes),
        Case(
            name: "table, auto", dataset: { table },
            spec: #"{"model":{\#(small),"latent_dim":8},"training":{"steps":6,"batch_size":40},\#(few)}"#, queries: rows
        ),
        Case(
            name: "table, ctgan", dataset: { table },
            spec: #"{"preset":"ctgan","model":{\#(small),"latent_dim":8},"#
                + #""training":{"steps":4,"batch_size":40},\#(few)}"#,
            queries: rows),
        Case(
            name: "table, classic", dataset: { table },
            spec: #"{"preset":"classic","model":{\#(small)},"training":{"steps":6,"batch_size":40},"#
                + #""data":{"columns":{"age":{"type":"categorical"}}},\#(few)}"#, queries: rows),
    ]

    /// Identifiers, words, whole numbers with gaps, yes and no, decimals, dates, spikes, free text and one constant.
    static let table: [UInt8] = {
        var random = TestRandom(seed: 5)
        let rows = (0..<400).map { row -> String in
            let age = row % 7 == 0 ? "" : "\(20 + random.next() % 50)"
            let day = 1 + random.next() % 28
            let spent = row % 3 == 0 ? "0" : "\(Double(random.next() % 90_000) / 100)"
            return "K-\(1_000 + row),\(["north", "south", "\"east; \"\"far\"\"\""][row % 3]),\(age),"
                + "\(row % 4 == 0 ? "yes" : "no"),\(random.next() % 5).5,2024-0\(1 + row % 9)-\(day < 10 ? "0" : "")\(day),"
                + "\(spent),note \(random.next() % 100_000) of \(random.next() % 1_000),EU"
        }
        return Array(("id,side,age,member,rate,since,spent,remark,region\n" + rows.joined(separator: "\n") + "\n").utf8)
    }()
}

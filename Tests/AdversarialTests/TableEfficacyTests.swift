import Adversarial
import Codecs
import Datasets
import Foundation
import Testing

/// What models learn of synthetic rows, tried on real ones.
@Suite struct TableEfficacyTests {
    /// Scores of scikit-learn's models for the same rows, from `Golden/make_efficacy.py`; it says where they are means over seeds.
    private struct Golden {
        let training: TableRows
        let test: TableRows
        let scores: JSON

        private static let names = ["age", "income", "job", "binary", "triple", "number"]

        /// - Parameter target: the only one of the targets that is a column.
        init(_ target: String) throws {
            let path = try #require(Bundle.module.path(forResource: "Golden/efficacy", ofType: "json"))
            let json = try JSON(parsing: ReadableFile.contents(of: path, limit: 1 << 20))
            let cells = try #require(json["cells"]?.array).compactMap(\.number)
            let count = Int(try #require(json["training"]?.integer))
            let chosen = [0, 1, 2, try #require(Self.names.firstIndex(of: target))]
            let columns = chosen.map { index in
                let name = Self.names[index]
                return switch name {
                case "job", "triple": TableRowsFixture.words(name)
                case "binary":
                    TableColumn(name: name, type: .boolean, form: .number(decimals: 0, isWhole: true), distinct: 2)
                default: TableRowsFixture.number(name)
                }
            }
            let all = TableRows(
                columns: columns.indices.map { columns[$0] },
                values: chosen.map { column in
                    stride(from: column, to: cells.count, by: Self.names.count).map { cells[$0] }
                })
            training = all.rows(Array(0..<count))
            test = all.rows(Array(count..<all.count))
            scores = try #require(json["scores"]?[target])
        }
    }

    @Test("As scikit-learn's models score", arguments: ["binary", "triple", "number"])
    func golden(target: String) throws {
        let golden = try Golden(target)
        let result = try #require(
            try TableEfficacy.measure(
                training: golden.training, heldOut: golden.test, synthetic: golden.training, target: 3, seed: 1,
                onPart: {}))
        #expect(result.trainingCount == golden.training.count && result.testCount == golden.test.count)
        for score in result.models {
            let expected = try #require(golden.scores[score.name]?.number)
            #expect(abs(score.real - expected) < 0.02, "\(score.name): \(score.real), scikit-learn \(expected)")
            #expect(score.synthetic == score.real, "the synthetic rows are the real ones")
        }
        #expect(result.models.count == golden.scores.object?.count)
    }

    @Test func syntheticRowsWithoutADependencyTeachNothing() throws {
        let golden = try Golden("triple")
        var values = golden.training.values.map { Array($0.prefix(400)) }
        values[3] = (0..<400).map { Double($0 % 3) }
        let result = try #require(
            try TableEfficacy.measure(
                training: golden.training, heldOut: golden.test,
                synthetic: TableRows(columns: golden.training.columns, values: values), target: 3, seed: 1, onPart: {}))
        #expect(result.measure == .macroF1 && result.trainingCount == 400)
        #expect(result.syntheticMean < 0.45 && result.realMean > 0.65)
    }

    @Test(
        "Odd tables come to an end",
        arguments: [
            TableRowsFixture.rows(0, seed: 1), TableRowsFixture.rows(19, seed: 1),
            TableRows(columns: TableRowsFixture.rows(1, seed: 1).columns, cells: [Double](repeating: .nan, count: 400)),
            TableRows(columns: TableRowsFixture.rows(1, seed: 1).columns, cells: [Double](repeating: 2, count: 400)),
            TableRows(
                columns: TableRowsFixture.rows(1, seed: 1).columns, cells: [Double](repeating: .infinity, count: 400)),
        ])
    func odd(rows: TableRows) throws {
        let usual = TableRowsFixture.rows(60, seed: 2)
        for target in [0, 2, 3] {
            for (training, synthetic) in [(rows, rows), (usual, rows), (rows, usual)] {
                let result = try TableEfficacy.measure(
                    training: training, heldOut: usual, synthetic: synthetic, target: target, seed: 1, onPart: {})
                #expect(result?.models.allSatisfy { $0.real.isFinite && $0.synthetic.isFinite } ?? true)
            }
        }
        #expect(!TableEfficacy.canMeasure(usual, target: 3), "an identifier isn't learned")
    }

    @Test(arguments: [0, 2])
    func partsAreCounted(target: Int) throws {
        let rows = TableRowsFixture.rows(60, seed: 2)
        var parts = 0
        _ = try TableEfficacy.measure(
            training: rows, heldOut: rows, synthetic: rows, target: target, seed: 1, onPart: { parts += 1 })
        #expect(parts == TableEfficacy.partCount(rows, target: target))
    }
}

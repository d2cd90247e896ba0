import Codecs
import Datasets
import Testing

@testable import Service

/// The part of a report's page that is on a table.
@Suite struct TableReportSectionsTests {
    private static func page(_ result: JSON) -> String {
        var html = HTMLText()
        TableReportSections(result: result).write(to: &html)
        return String(decoding: html.bytes, as: UTF8.self)
    }

    private static func column(_ name: String, words: [JSON]? = nil, counts: [JSON] = [3, 1]) -> JSON {
        let tally: JSON = ["counts": .array(counts), "others": 0, "missing": 4]
        var members = [JSON.Member(name: "name", value: .string(name)), .init(name: "real", value: tally)]
        members += [.init(name: "samples", value: tally), .init(name: "adherence", value: ["samples": 0.5])]
        if let words {
            members.append(.init(name: "words", value: .array(words)))
        } else {
            let copied: JSON = ["samples": 0.72, "real": 0.02, "beyond_chance": true]
            members += [.init(name: "minimum", value: 1), .init(name: "maximum", value: 1e9)]
            members.append(.init(name: "copied_values", value: copied))
        }
        return .object(members)
    }

    private static let whole: JSON = [
        "columns": [column("pay"), column("a<b", words: ["x", "y"])],
        "shapes": [["column": "pay", "samples": 0.75, "real": 0.9], ["column": "a<b", "samples": 1, "real": .null]],
        "trends": [["first": "pay", "second": "a<b", "samples": 0.625, "real": 0.875]],
        "efficacy": [
            "target": "a<b", "measure": "f1", "models": [["name": "decision_tree", "samples": 0.5, "real": 0.6875]],
        ],
    ]

    @Test func columnsPairsAndModelsStandOnThePage() {
        let page = Self.page(Self.whole)
        for cells in [
            "pay</th><td>0.75</td><td>0.9</td><td>50 %</td><td>72 %</td><td>2 %</td>",
            "a&lt;b</th><td>1</td><td>–</td><td>50 %</td><td>–</td><td>–</td>",
            "pay, a&lt;b</th><td>0.625</td><td>0.875</td>", "decision tree</th><td>0.5</td><td>0.688</td>",
        ] {
            #expect(page.contains(cells), "\(cells)")
        }
        #expect(page.split(separator: "data:image/png;base64,iVBOR", omittingEmptySubsequences: false).count == 3)
        #expect(!page.contains("a<b"))
    }

    @Test(
        "Whatever a result lacks, the rest is shown",
        arguments: [
            [:], ["columns": []], ["columns": [["name": "a"], 7]],
            ["columns": [["name": "a", "words": ["x"], "real": ["counts": []], "samples": ["counts": [1, 2, 3]]]]],
            ["columns": [column("a")], "trends": [["first": "a", "second": "b", "samples": .null]]],
            ["columns": [column("a"), column("a")], "trends": [["first": "a", "second": "a", "samples": 0.5]]],
            ["efficacy": .null, "columns": .null], ["efficacy": ["models": [[:]]]],
        ] as [JSON])
    func incompleteResults(_ result: JSON) {
        let page = Self.page(result)
        #expect(page.split(separator: "<table>").count == page.split(separator: "</table>").count)
    }

    @Test(arguments: DatasetKind.allCases)
    func onlyTablesHaveThem(kind: DatasetKind) {
        func page(_ result: JSON) -> String {
            var html = HTMLText()
            kind.forms.writeSections(of: result, to: &html)
            return String(decoding: html.bytes, as: UTF8.self)
        }
        #expect(page(["rows": Self.whole]).contains("<h2>Columns</h2>") == (kind == .table))
        #expect(page(["rows": .null, "classes": []]).isEmpty && page(.null).isEmpty)
    }

    @Test(arguments: DatasetKind.allCases)
    func whatTheFiguresWereTakenFromIsSaidInTheKindsWords(kind: DatasetKind) {
        var html = HTMLText()
        let result: JSON = [
            "copies": ["held_out_count": 31, "training_count": 41],
            "rows": ["counts": ["held_out": 59, "training": 26]],
        ]
        kind.forms.writeOrigin(of: result, to: &html)
        let page = String(decoding: html.bytes, as: UTF8.self)
        #expect(page.contains("Held-out rows</th><td>59") == (kind == .table))
        #expect(page.contains("Held-out items</th><td>31") == (kind != .table))
    }
}

import Adversarial
import Codecs
import Store

/// A finished report as one page that needs nothing else: no script, no other resource.
struct ReportPage {
    let report: ReportRecord
    let modelName: String
    /// The dataset's name; nil where it was deleted.
    let datasetName: String?
    /// Samples as a PNG; nil where there is nothing to draw.
    let picture: [UInt8]?
    /// How the model's items look outside; nil where their kind is unknown.
    let forms: (any ItemForms.Type)?

    /// What a browser may do with the page: show it.
    static let contentSecurityPolicy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

    var bytes: [UInt8] {
        var html = HTMLText()
        html.markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        html.markup("<meta name=\"viewport\" content=\"width=device-width\">\n<title>")
        html.text("Report on \(modelName)")
        html.markup("</title>\n<style>\n")
        html.markup(Self.style)
        html.markup("</style>\n</head>\n<body>\n<h1>")
        html.text("Report on \(modelName)")
        html.markup("</h1>\n<p class=\"verdict\">")
        html.text(report.result?["verdict"]?.string ?? "")
        html.markup("</p>\n")
        if let picture {
            html.picture(png: picture, description: "Samples of the model")
        }
        writeFigures(to: &html)
        writeClasses(to: &html)
        forms?.writeSections(of: report.result ?? .null, to: &html)
        writeOrigin(to: &html)
        html.markup("</body>\n</html>\n")
        return html.bytes
    }

    private func writeFigures(to html: inout HTMLText) {
        html.markup("<h2>Figures</h2>\n<table>\n<thead><tr><th>Figure</th><th>Samples</th><th>Real items</th>")
        html.markup("<th>How to read it</th></tr></thead>\n<tbody>\n")
        for figure in report.result?["figures"]?.object ?? [] {
            html.row([
                figure.name, Self.number(figure.value["samples"]), Self.number(figure.value["real"]),
                figure.value["reading"]?.string ?? "",
            ])
        }
        if let copies = report.result?["copies"] {
            html.row([
                "copies", Self.number(copies["samples"]), Self.number(copies["held_out"]),
                copies["reading"]?.string ?? "",
            ])
        }
        html.markup("</tbody>\n</table>\n")
    }

    private func writeClasses(to html: inout HTMLText) {
        guard let classes = report.result?["classes"]?.array, !classes.isEmpty else { return }
        html.markup("<h2>Classes</h2>\n<table>\n<thead><tr><th>Class</th><th>Share of the samples</th>")
        html.markup("<th>Share of the training items</th></tr></thead>\n<tbody>\n")
        for each in classes {
            html.row([each["name"]?.string ?? "", Self.percent(each["samples"]), Self.percent(each["training"])])
        }
        html.markup("</tbody>\n</table>\n")
    }

    /// Writes from what the figures were taken, so that they can be taken again.
    private func writeOrigin(to html: inout HTMLText) {
        let dataset = datasetName.map { "\($0) (\(report.datasetID))" } ?? "\(report.datasetID), which was deleted"
        html.markup("<h2>Origin</h2>\n<table>\n<tbody>\n")
        html.row(["Model", "\(modelName) (\(report.modelID))"])
        html.row(["Checkpoint", "step \(report.step) (\(report.checkpoint))"])
        html.row(["Dataset", dataset])
        html.row(["Samples", "\(report.samples), of seed \(report.seed)"])
        forms?.writeOrigin(of: report.result ?? .null, to: &html)
        html.row(["Made", "\((report.finishedAt ?? report.createdAt).rfc3339) (\(report.id))"])
        html.markup("</tbody>\n</table>\n")
    }

    /// A whole number as it is, any other with three significant digits.
    static func number(_ value: JSON?) -> String {
        if let integer = value?.integer { return String(integer) }
        return value?.number.map(ReportNumber.text) ?? "–"
    }

    private static func percent(_ share: JSON?) -> String {
        share?.number.map { "\(number(.number($0 * 100))) %" } ?? "–"
    }

    private static let style: StaticString = """
        body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222; }
        .verdict { font-size: 1.15rem; }
        img { max-width: 100%; image-rendering: pixelated; }
        table { border-collapse: collapse; width: 100%; }
        th, td { border-bottom: 1px solid #ddd; padding: .4rem .6rem; text-align: left; vertical-align: top; }
        tbody th { font-weight: 600; white-space: nowrap; }

        """
}

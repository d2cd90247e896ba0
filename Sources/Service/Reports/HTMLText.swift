import Codecs

/// HTML as it grows: what isn't markup of our own goes in as text, escaped.
struct HTMLText {
    private(set) var bytes: [UInt8] = []

    /// Appends markup as it stands; a constant of the program, never what somebody gave.
    mutating func markup(_ markup: StaticString) {
        markup.withUTF8Buffer { bytes += $0 }
    }

    /// Appends text, within an element or a quoted attribute.
    ///
    /// The five characters that mean something there become references (HTML Living Standard, 13.1.4).
    mutating func text(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): markup("&amp;")
            case UInt8(ascii: "<"): markup("&lt;")
            case UInt8(ascii: ">"): markup("&gt;")
            case UInt8(ascii: "\""): markup("&quot;")
            case UInt8(ascii: "'"): markup("&#39;")
            default: bytes.append(byte)
            }
        }
    }

    /// Appends a picture that stands in the page itself (RFC 2397).
    mutating func picture(png: [UInt8], description: String) {
        markup("<img alt=\"")
        text(description)
        markup("\" src=\"data:image/png;base64,")
        Base64.append(png, to: &bytes)
        markup("\">\n")
    }

    /// Appends a row of a table.
    ///
    /// - Parameter cells: the first is the row's heading.
    mutating func row(_ cells: [String]) {
        markup("<tr><th scope=\"row\">")
        text(cells.first ?? "")
        markup("</th>")
        for cell in cells.dropFirst() {
            markup("<td>")
            text(cell)
            markup("</td>")
        }
        markup("</tr>\n")
    }
}

/// Names of an archive's class folders.
package enum ClassFolders {
    /// A folder for each class, under whose name an import finds the class again.
    ///
    /// A folder has its class's name, unless that leads out of the archive, is passed over, or can't be a folder's on every
    /// system; then it has one that is near. No two are the same.
    package static func names(of classes: [String]) -> [String] {
        let safe = classes.map(safeName)
        // Whoever can keep its name does, whatever others become.
        var taken = Set(zip(classes, safe).filter { $0 == $1 }.map { $0.0 })
        var copies: [String: Int] = [:]
        return zip(classes, safe).map { name, folder in
            guard name != folder else { return name }
            var unique = folder
            while !taken.insert(unique).inserted {
                copies[folder, default: 1] += 1
                unique = "\(folder)_\(copies[folder, default: 1])"
            }
            return unique
        }
    }

    /// Bytes of a name that leave room for a number after it in the 255 that file systems allow.
    private static let longest = 240

    private static func safeName(_ name: String) -> String {
        var safe = String(String.UnicodeScalarView(name.unicodeScalars.map { isAllowed($0) ? $0 : "_" }))
        if safe.dropFirst().first == ":", safe.first?.isLetter == true {
            safe.replaceSubrange(safe.index(after: safe.startIndex)...safe.index(after: safe.startIndex), with: "_")
        }
        if safe.allSatisfy({ $0 == "." }) { safe = String(repeating: "_", count: max(1, safe.count)) }
        if EntryName.leftFolders.contains(Substring(safe)) { safe += "_" }
        while safe.utf8.count > longest { safe.removeLast() }
        return safe.isEmpty ? "_" : safe
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == "/" || scalar == "\\" { return false }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return false
        default: return true
        }
    }
}

internal import Datasets

/// Columns of times that are learned as distances from others.
extension TableEncoding {
    /// Puts given cells into a row, and turns the distances of the columns that follow others into their times.
    ///
    /// Where what follows is given and what it follows isn't, the first time of all is moved so that the distances hold.
    ///
    /// - Parameter cells: one for each column of the schema; of those that follow others the distances.
    func follow(_ given: [RowWish.Given], _ cells: UnsafeMutablePointer<Double>) {
        for given in given where leader(of: given.column) == nil { cells[given.column] = given.cell }
        for wish in given where !wish.cell.isNaN {
            let columns = columns(followedBy: wish.column, given)
            guard let first = columns.last else { continue }
            // Where no time was drawn, but is given or lies between, it would have been as far as any.
            let start = cells[first].isNaN ? wish.cell : cells[first]
            let time = (columns.dropLast().reversed() + [wish.column]).reduce(start) { time, column in
                schema.columns[column].cell(
                    at: cells[column].isNaN ? someDistance(of: column) : cells[column], from: time)
            }
            cells[first] = start + wish.cell - time
        }
        for column in layout.columns {
            guard let leader = column.leader else { continue }
            cells[column.index] =
                given.first { $0.column == column.index }?.cell
                ?? schema.columns[column.index].cell(at: cells[column.index], from: cells[leader])
        }
    }

    /// The column that a column follows, the one that that one follows, and so on; none where one of them is given.
    func columns(followedBy column: Int, _ given: [RowWish.Given]) -> [Int] {
        var columns: [Int] = []
        var next = leader(of: column)
        while let column = next {
            if given.contains(where: { $0.column == column }) { return [] }
            columns.append(column)
            next = leader(of: column)
        }
        return columns
    }

    /// A distance that rows have.
    private func someDistance(of column: Int) -> Double {
        guard let place = layout.columns.firstIndex(where: { $0.index == column }),
            case .ranges(let code) = columns[place]
        else { return 0 }
        return code.spikes.first ?? (code.bins.isEmpty ? 0 : code.median(of: code.bins.count / 2))
    }

    func leader(of column: Int) -> Int? { layout.columns.first { $0.index == column }?.leader }

    /// The slots, as places in a row, that lead to a given time of a column that follows another.
    ///
    /// Where that one is given, too, they are those of the distance, else those of the first time of all; none where any row
    /// will do.
    ///
    /// - Parameter place: the column's, among the learned ones.
    func slots(leadingTo given: RowWish.Given, at place: Int, _ wish: [RowWish.Given]) -> [Int] {
        guard let other = wish.first(where: { $0.column == layout.columns[place].leader }) else {
            return slotsOfFirst(before: given, wish)
        }
        let distance = schema.columns[given.column].distance(of: given.cell, from: other.cell)
        // From a missing time there is none.
        return distance.isNaN ? [] : slots(of: place, within: distance...distance)
    }

    /// The slots of a column in which numbers of a range lie, as places in a row.
    private func slots(of place: Int, within range: ClosedRange<Double>) -> [Int] {
        guard case .ranges(let code) = columns[place], case .ranges(let spikes, _) = layout.columns[place].content
        else {
            return []
        }
        let first = layout.slots(ofHead: layout.columns[place].head).lowerBound
        return code.spikes.indices.filter { range.contains(code.spikes[$0]) }.map { first + $0 }
            + code.bins.indices.filter { (code.bins[$0][0]...(code.bins[$0].last ?? .infinity)).overlaps(range) }
            .map { first + spikes + $0 }
    }

    /// The slots of the first column that a given one follows in which its times may lie, as places in a row; none where any may.
    private func slotsOfFirst(before given: RowWish.Given, _ wish: [RowWish.Given]) -> [Int] {
        let followed = columns(followedBy: given.column, wish)
        guard let first = followed.last, let place = layout.columns.firstIndex(where: { $0.index == first }) else {
            return []
        }
        var range = given.cell...given.cell
        for column in [given.column] + followed.dropLast() {
            guard let place = layout.columns.firstIndex(where: { $0.index == column }),
                case .ranges(let code) = columns[place]
            else { return [] }
            range = range.lowerBound - code.range.upperBound...range.upperBound - code.range.lowerBound
        }
        return slots(of: place, within: range)
    }
}

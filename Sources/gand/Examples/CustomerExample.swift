import Glibc

/// A made-up table of a shop's customers: columns of all types that depend on one another, with missing values.
///
/// Cities belong to regions; plans depend on age and business, fees on plans, orders on plans and on the time as a
/// customer, the amount spent on orders; satisfied customers stay.
package enum CustomerExample {
    /// The table as CSV: a header, then `count` rows.
    package static func csv(count: Int, seed: UInt64) -> [UInt8] {
        var text =
            "customer_id,signed_up,age,city,region,business,plan,monthly_fee,orders,total_spent,satisfaction,newsletter,churned\n"
        text.reserveCapacity(90 * (count + 1))
        for index in 0..<count {
            text += Customer(index, seed: seed).row
        }
        return Array(text.utf8)
    }
}

/// One customer, who depends on the index and the seed only.
private struct Customer {
    let row: String

    init(_ index: Int, seed: UInt64) {
        var random = RandomStream(seed: seed, lane: UInt64(index))
        let isBusiness = random.uniform() < 0.22
        let age = min(90, max(18, Int((isBusiness ? 45 : 38) + random.normal(standardDeviation: 13))))
        let city = City(&random)
        // One of the 2,000 days up to the end of 2024, later ones more often.
        let days = Int(2_000 * random.uniform().squareRoot())
        let tenure = Double(2_000 - days) / 365
        let leaning = (isBusiness ? 1.1 : 0) + Double(age - 30) / 40 + random.normal(standardDeviation: 0.7)
        let plan = leaning > 1.3 ? 2 : leaning > 0.35 ? 1 : 0
        let fee = [4.9, 12.5, 29.9][plan] * (isBusiness ? 1.19 : 1)
        let pace = [1.2, 2.6, 5.5][plan] * (newsletterProbability(plan) + 0.6)
        let orders = max(0, Int(pace * tenure + random.normal(standardDeviation: 1 + tenure / 2)))
        let basket = exp(log(city.region == "North" ? 46 : 34) + random.normal(standardDeviation: 0.35))
        let spent = (Double(orders) * basket * 100).rounded() / 100
        let mood = 3.4 + Double(plan) * 0.4 + random.normal(standardDeviation: 1)
        let satisfaction = min(5, max(1, Int(mood.rounded())))
        let newsletter = random.uniform() < newsletterProbability(plan)
        let churned = random.uniform() < 1 / (1 + exp(1.9 * Double(satisfaction) - 4.2))
        let fields: [String] = [
            "C-\(100_000 + index)", Self.date(days: days),
            random.uniform() < 0.04 ? "" : "\(age)", city.name, city.region, isBusiness ? "yes" : "no",
            ["basic", "plus", "premium"][plan], Self.money(fee), "\(orders)", Self.money(spent),
            random.uniform() < 0.15 ? "" : "\(satisfaction)", newsletter ? "yes" : "no", churned ? "true" : "false",
        ]
        row = fields.joined(separator: ",") + "\n"
    }

    private static func money(_ amount: Double) -> String {
        let cents = Int((amount * 100).rounded())
        return "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }

    /// The date that many days after 2019-07-12, so that the last of 2,000 is 2024-12-31.
    private static func date(days: Int) -> String {
        var (year, month, day) = (2019, 7, 12 + days)
        while true {
            let isLeap = year % 4 == 0
            let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            if day <= length { break }
            day -= length
            (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
        }
        return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }
}

/// The probability that a customer with a plan subscribes to the newsletter.
private func newsletterProbability(_ plan: Int) -> Double { [0.25, 0.45, 0.7][plan] }

/// One of 480 made-up cities, a few of them large.
private struct City {
    let name: String
    let region: String

    private static let beginnings = [
        "Ald", "Bren", "Cor", "Dun", "Els", "Fair", "Gren", "Hal", "Ing", "Kes", "Lang", "Mar", "Nor", "Oak", "Pen",
        "Quill",
        "Ross", "Stan", "Thorn", "Wex",
    ]
    private static let ends = [
        "bridge", "burg", "by", "dale", "field", "ford", "ham", "haven", "hill", "holm", "ley", "mere", "mouth", "port",
        "stead", "stow", "thorpe", "ton", "vik", "wick", "wold", "wood", "worth", "minster",
    ]
    private static let regions = ["North", "East", "South", "West", "Isles"]

    init(_ random: inout RandomStream) {
        let count = Self.beginnings.count * Self.ends.count
        // The logarithm of the rank is uniform, as in Zipf's law for cities.
        let rank = min(count - 1, Int(exp(random.uniform() * log(Double(count)))) - 1)
        // This visits all names, since 7 and 480 have no common factor.
        let place = rank * 7 % count
        name = Self.beginnings[place % Self.beginnings.count] + Self.ends[place / Self.beginnings.count]
        region = Self.regions[rank * 3 % 7 % Self.regions.count]
    }
}

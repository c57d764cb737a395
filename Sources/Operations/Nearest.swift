// The known name that a mistyped one is most like: edit distance with swaps of neighbours (optimal string
// alignment), over bytes.

/// Suggestions for mistyped names.
public enum Nearest {
    /// The name most like `text`; nil when none is near enough to be meant.
    ///
    /// Of equals the first.
    public static func name(to text: String, among names: [String]) -> String? {
        let typed = Array(text.lowercased().utf8)
        guard typed.count <= 200 else { return nil }
        var best: (name: String, distance: Int)?
        for name in names {
            let distance = distance(typed, Array(name.utf8))
            if distance < best?.distance ?? .max { best = (name, distance) }
        }
        guard let best, best.distance <= max(2, best.name.utf8.count / 2) else { return nil }
        return best.name
    }

    /// `unknown key "adress"; the nearest is "address"`, or the names that are known.
    static func complaint(_ what: String, _ text: String, among names: [String]) -> String {
        if let nearest = name(to: text, among: names) {
            return "unknown \(what) \"\(text)\"; the nearest is \"\(nearest)\""
        }
        return "unknown \(what) \"\(text)\"; known: \(names.joined(separator: ", "))"
    }

    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 1..<(a.count + 1) {
            var row = [i] + [Int](repeating: 0, count: b.count)
            for j in 1..<(b.count + 1) {
                let cost = a[i - 1] == b[j - 1] ? 0 : 1
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}

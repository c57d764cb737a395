// Search in what is sorted.

extension Array {
    /// The index of the first element that `belongsBehind`, where it and all after it do; `count` when none does.
    ///
    /// O(log n).
    @inlinable @inline(__always)
    package func partitioningIndex(where belongsBehind: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongsBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

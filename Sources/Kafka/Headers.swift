// Headers of a record to be produced, kept as bytes in two reusable buffers.
import CRdKafka

/// Headers to produce with a record; reuse one value, `removeAll()` keeps its memory.
public struct Headers: Sendable {
    private var names: [UInt8] = []  // each ends with a zero
    private var values: [UInt8] = []
    private var ends: [(name: Int, value: Int, isNull: Bool)] = []

    /// No headers.
    public init() {}

    /// How many headers there are.
    public var count: Int { ends.count }

    /// About what they take in a batch, in bytes.
    public var byteCount: Int { names.count + values.count + 2 * ends.count }

    /// Forgets all headers and keeps the memory.
    public mutating func removeAll() {
        names.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    /// Adds a header whose value is text.
    public mutating func add(_ name: String, _ value: String) {
        names.append(contentsOf: name.utf8)
        names.append(0)
        values.append(contentsOf: value.utf8)
        ends.append((names.count, values.count, false))
    }

    /// Adds a header whose value is bytes.
    public mutating func add(_ name: String, bytes: Span<UInt8>) {
        names.append(contentsOf: name.utf8)
        names.append(0)
        for index in bytes.indices { values.append(bytes[index]) }
        ends.append((names.count, values.count, false))
    }

    /// Adds a header whose value is null, which is not the same as an empty one.
    public mutating func addNull(_ name: String) {
        names.append(contentsOf: name.utf8)
        names.append(0)
        ends.append((names.count, values.count, true))
    }

    /// The library's own form; `rd_kafka_produceva` takes it over when it succeeds.
    @unsafe func native() -> OpaquePointer {
        let list = unsafe rd_kafka_headers_new(ends.count)!
        var name = 0, value = 0
        unsafe names.withUnsafeBytes { names in
            unsafe values.withUnsafeBytes { values in
                for end in ends {
                    // An empty value needs an address, or it would be null.
                    let start =
                        unsafe end.isNull
                        ? nil
                        : end.value > value
                            ? values.baseAddress! + value : UnsafeRawPointer(names.baseAddress!)
                    unsafe rd_kafka_header_add(
                        list, names.baseAddress! + name, end.name - name - 1, start,
                        end.value - value)
                    (name, value) = (end.name, end.value)
                }
            }
        }
        return unsafe list
    }
}

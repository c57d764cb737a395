// A value for each of the 32 numbers that fields have at most, in memory of its own: an inline array of this size is
// copied whole by Swift 6.3 where one of its elements is read through a property.

/// A value for each field; one thread at a time.
@safe
struct FieldTable<Element>: ~Copyable {
    private let elements: UnsafeMutablePointer<Element>

    /// A table in which all fields have the same value.
    init(repeating value: Element) {
        unsafe elements = .allocate(capacity: 32)
        unsafe elements.initialize(repeating: value, count: 32)
    }

    deinit {
        unsafe elements.deinitialize(count: 32)
        unsafe elements.deallocate()
    }

    /// The value of the field with this raw value, of which the low five bits count.
    @inline(__always)
    subscript(_ number: Int) -> Element {
        get { unsafe elements[number & 31] }
        nonmutating set { unsafe elements[number & 31] = newValue }
    }
}

/// The version of the product, as it is written beside offsets and states.
public enum Version {
    /// Major, minor, patch.
    public static let text = "0.1.0"
}

// The library that was found at run time; some releases of it are refused.
import CRdKafka

/// The librdkafka that this process runs with.
public enum Library {
    /// Its version, as `0xMMmmrrpp`.
    public static var version: UInt32 { UInt32(bitPattern: rd_kafka_version()) }

    /// Its version as text, such as "2.0.2".
    public static var versionText: String { unsafe String(cString: rd_kafka_version_str()) }

    /// The version whose headers this was compiled against, such as "2.0.2".
    public static var compiledVersionText: String {
        let version = UInt32(bitPattern: RD_KAFKA_VERSION)
        return "\(version >> 24).\(version >> 16 & 0xFF).\(version >> 8 & 0xFF)"
    }

    /// Throws when this release is too old or known to be bad.
    public static func check() throws(KafkaError) {
        guard let reason = refusal(of: version, named: versionText) else { return }
        throw KafkaError(code: .unsupportedFeature, message: reason)
    }

    /// Why a release is refused, or nil.
    static func refusal(of version: UInt32, named text: String) -> String? {
        let release = version >> 8
        if release < 0x02_00_02 {
            return "librdkafka \(text) is too old; install 2.0.2 or later"
        }
        if [0x02_05_00, 0x02_06_00, 0x02_0a_00].contains(release) {
            return "librdkafka \(text) is known to lose or corrupt data; install another release"
        }
        return nil
    }
}

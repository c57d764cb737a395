// Time zones of the system: /usr/share/zoneinfo, of the package tzdata.
import Banking
import Glibc

/// Finds time zones by name.
enum ZoneFile {
    private static let directory = "/usr/share/zoneinfo"

    /// The calendar of the zone `name`, a path below the directory without tricks.
    static func calendar(_ name: String, at place: YAMLPlace) throws(Failure) -> BusinessCalendar {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard name.utf8.count <= 64,
            parts.allSatisfy({ part in !part.isEmpty && part.utf8.allSatisfy(isNameByte) })
        else { throw unknown(name, at: place) }
        guard unsafe access(directory, F_OK) == 0 else {
            throw .settings(place, "no time zones in \(directory); install the package tzdata")
        }
        guard let bytes = try? FileText.read("\(directory)/\(name)", atMost: 1 << 20) else {
            throw unknown(name, at: place)
        }
        do {
            return try BusinessCalendar(name: name, tzif: bytes)
        } catch {
            throw .settings(place, "time zone \"\(name)\" cannot be used: \(error.description)")
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func unknown(_ name: String, at place: YAMLPlace) -> Failure {
        .settings(
            place,
            "bank.time_zone \"\(name)\" is no zone of \(directory); write one such as Asia/Shanghai"
        )
    }
}

import Testing

@Suite("Profiles and rejected records")
struct ProfileAndRejectedTests {
    @Test("a valid example fits its schema", arguments: ["profile", "rejected"])
    func valid(name: String) throws {
        let schema = try Files.schema(name)
        let folder = "examples/\(folders[name]!)/valid"
        let files = Files.names(in: folder)
        #expect(files.count >= 2)
        for file in files {
            let value = try JSONValue(parsing: Files.bytes("\(folder)/\(file)"))
            #expect(try schema.faults(of: value) == [], "\(file)")
        }
    }

    @Test("an invalid example does not fit its schema", arguments: ["profile", "rejected"])
    func invalid(name: String) throws {
        let schema = try Files.schema(name)
        let folder = "examples/\(folders[name]!)/invalid"
        let files = Files.names(in: folder)
        #expect(files.count >= 2)
        for file in files {
            let value = try JSONValue(parsing: Files.bytes("\(folder)/\(file)"))
            #expect(try schema.faults(of: value).count == 1, "\(file)")
        }
    }

    private let folders = ["profile": "profiles", "rejected": "rejected"]
}

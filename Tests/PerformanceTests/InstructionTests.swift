// What a record costs in instructions, counted by callgrind while the program `Workload` runs the data path: a number
// that no other work on the machine can change. Bounds are a tenth above what was measured last; lower them with it.
import BrokerSupport
import Glibc
import Testing

@Suite(.serialized) struct InstructionTests {
    static let workload = BuiltPrograms.beside("Workload")
    static let hasValgrind = unsafe access("/usr/bin/valgrind", X_OK) == 0
    static let canRun = hasValgrind && !_isDebugAssertConfiguration()

    private enum Missing: Error { case pipe }

    /// Instructions that `function` of the program takes for a record of a month of 1,000 customers.
    private func instructions(in function: String, _ options: String) throws -> Int {
        let command =
            "exec 2>&1; valgrind --tool=callgrind --callgrind-out-file=/dev/null "
            + "--toggle-collect='\(function)' '\(Self.workload)' --customers 1000 --days 30 \(options)"
        guard let pipe = unsafe popen(command, "r") else { throw Missing.pipe }
        var output = ""
        var line: UnsafeMutablePointer<CChar>?
        var room = 0
        while unsafe getline(&line, &room, pipe) > 0 {
            unsafe output += String(cString: line!)
        }
        unsafe free(line)
        let status = unsafe pclose(pipe)
        #expect(status == 0, "\(output)")
        let told = try #require(
            output.split(separator: "\n").first { $0.contains(" a record") }, "\(output)")
        let records = try #require(Int(told.prefix { $0 != " " }), "\(output)")
        let collected = try #require(
            output.split(separator: "\n").first { $0.contains("Collected :") }, "\(output)")
        let total = try #require(Int(collected.split(separator: " ").last ?? ""))
        return total / records
    }

    @Test("Decoding a record", .enabled(if: canRun, "needs valgrind"))
    func decode() throws {
        let count = try instructions(in: "*MachineV6decode*", "--decode-only")
        #expect(count < 2_200, "1,970 when last measured")
        print("decoding: \(count) instructions a record")
    }

    @Test(
        "Decoding and applying a record, alerts and states written",
        .enabled(if: canRun, "needs valgrind"))
    func run() throws {
        let count = try instructions(in: "*MachineV3run*", "")
        #expect(count < 6_300, "5,840 when last measured")
        print("the whole data path: \(count) instructions a record")
    }

    @Test(
        "Judging records of busy customers, one in twenty of which comes a day late",
        .enabled(if: canRun, "needs valgrind"))
    func late() throws {
        let count = try instructions(
            in: "*MachineV3run*", "--customers 10 --events 20000 --late 20")
        #expect(count < 7_030, "6,394 when last measured")
        print("busy customers with late records: \(count) instructions a record")
    }

    @Test(
        "Judging records of which one in four comes behind the next, over a log of 10,000 entries",
        .enabled(if: canRun, "needs valgrind"))
    func disorder() throws {
        let count = try instructions(
            in: "*MachineV3run*", "--customers 1 --days 12 --events 16000 --swap 4")
        #expect(count < 26_900, "24,417 when last measured")
        print("a customer with records out of order: \(count) instructions a record")
    }

    @Test(
        "Judging records without a time of day, over a log of 10,000 entries",
        .enabled(if: canRun, "needs valgrind"))
    func dateOnly() throws {
        let count = try instructions(
            in: "*MachineV3run*", "--customers 1 --days 12 --events 16000 --date-only")
        #expect(count < 14_100, "12,823 when last measured")
        print("a customer with dates only: \(count) instructions a record")
    }
}

// The demo: its story is valid, and the whole of it works on the embedded broker.
import Banking
import BrokerSupport
import Formats
import Glibc
import Operations
import Pipeline
import Testing

@testable import tidemark

@Suite("Demo") struct DemoTests {
    @Test(
        "the story's events are decoded under their customers, in order, for years",
        arguments: [0, 5, 40])
    func story(month: Int) {
        let story = DemoStory(month: month)
        var reader = EventReader(bankCurrency: .cny)
        var event = Event()
        var last = Instant(microseconds: .min)
        for (number, told) in story.events.enumerated() {
            let value = told.payload(on: Day(20_000) + told.day, number: number)
            let key = Array(told.customer.utf8)
            #expect(reader.read(key: key.span, value: value.span, into: &event) == nil)
            let time = DemoTime.instant(Day(20_000) + told.day, told.hour, told.minute)
            #expect(event.bookedAt == time)
            #expect(event.amountMinor == told.amountMinor)
            #expect(time > last)
            last = time
        }
        #expect(story.leaver != DemoStory(month: month + 6).leaver)
        #expect(story.events.allSatisfy { $0.day < 28 })
    }

    @Test("the demo's settings and rules are accepted, but for nothing that has no effect")
    func settings() throws {
        let configuration = try DemoSettings.configuration(
            servers: "127.0.0.1:1", listen: ListenAddress(host: "127.0.0.1", port: 0))
        #expect(configuration.settings.bootstrapServers == "127.0.0.1:1")
        #expect(configuration.rules.descriptions.count == 4)
        #expect(configuration.warnings.isEmpty)
    }

    @Test(
        "the demo tells its story, raises alerts, answers over HTTP, and ends by itself or at Ctrl-C"
    )
    func runs() throws {
        let scratch = try Scratch("demo")
        let child = try Tidemark.start(
            ["demo", "--listen", "127.0.0.1:0"], in: scratch, log: "demo")
        let begun = eventually(within: 60_000) { child.output.contains("chen-yu rises from tier") }
        #expect(begun, "\(child.output)\n\(child.error)")
        let url = child.output.split(whereSeparator: \.isWhitespace).first {
            $0.hasPrefix("http://127.0.0.1:")
        }
        let customer = try Tidemark.run(["customer", "chen-yu", "--url", String(url ?? "")])
        #expect(customer.ending == .exited(0), "\(customer.error)")
        #expect(customer.output.contains("Tier          gold"), "\(customer.output)")
        child.signal(SIGINT)
        #expect(child.wait(milliseconds: 15_000) == .exited(0))
        #expect(child.output.contains("does not show two things"))
        #expect(child.output.contains("The demo is over"))
        #expect(!child.output.contains("\u{1B}"))
        #expect(child.error.isEmpty, "\(child.error)")
    }

    @Test("a demo that stood still for longer than a session lasts goes on")
    func standsStill() throws {
        let scratch = try Scratch("demo-still")
        let child = try Tidemark.start(
            ["demo", "--listen", "127.0.0.1:0"], in: scratch, log: "demo")
        let begun = eventually(within: 60_000) { child.output.contains("salary of") }
        #expect(begun, "\(child.output)\n\(child.error)")
        child.signal(SIGSTOP)
        sleep(13)
        child.signal(SIGCONT)
        let goesOn = eventually(within: 60_000) { child.output.contains("rises from tier") }
        #expect(goesOn, "\(child.output)\n\(child.error)")
        child.signal(SIGINT)
        #expect(child.wait(milliseconds: 15_000) == .exited(0), "\(child.error)")
    }

    @Test("--seconds ends the demo")
    func seconds() throws {
        let result = try Tidemark.run(["demo", "--listen", "127.0.0.1:0", "--seconds", "2"])
        #expect(result.ending == .exited(0), "\(result.error)")
    }
}

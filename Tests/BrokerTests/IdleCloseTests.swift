// Days that close without input on a real broker: a quiet topic tells a change of tier, once, whoever is killed meanwhile.
import Banking
import BrokerSupport
import Glibc
import JSONSupport
import Testing

extension BrokerTests {
    @Suite("Idle closes")
    struct IdleCloseTests {
        private func deployment(_ name: String, idle: String) throws -> Deployment {
            var options = Deployment.Options(bootstrap: try testBroker())
            options.bank =
                "{time_zone: UTC, currency: CNY, day_close_after: 0s, idle_close: \(idle)}"
            let deployment = try Deployment(
                name, rules: RuleTexts.tiers, partitions: 2, options: options)
            return deployment
        }

        /// Credits of yesterday: its date is due as soon as it is known that nothing more comes.
        private func credits(_ range: Range<Int>) -> [Outgoing] {
            var time = timespec()
            unsafe clock_gettime(CLOCK_REALTIME, &time)
            let (year, month, day) = Day(Int32(time.tv_sec / 86_400) - 1).civil
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            let date = "\(year)-\(two(month))-\(two(day))"
            return range.map { credit("e\($0)", "c\($0)", on: date) }
        }

        private func alerts(_ deployment: Deployment) throws -> [StoredRecord] {
            try readTopic(deployment.topics.alerts)
        }

        private func clockRecords(_ deployment: Deployment) throws -> Int {
            try readTopic(deployment.topics.state).count {
                $0.keyText.hasPrefix("\u{0}clock/") && $0.value != nil
            }
        }

        @Test(
            "a quiet topic tells every change of tier once, across kill -9, and verify finds all whole"
        )
        func kills() throws {
            var random = SplitMix64(seed: SplitMix64.announcedSeed("idle"))
            let deployment = try deployment("idle", idle: "{after: 2s, within: 3d}")
            let customers = 300
            try produce(credits(0..<customers), to: deployment.topics.input)
            // Killed before, in and after the close, which comes as soon as the input's end is known.
            for _ in 0..<4 {
                let child = try deployment.start()
                usleep(UInt32.random(in: 200_000...4_500_000, using: &random))
                child.killAndWait()
            }
            let daemon = try deployment.start()
            let isTold = try eventually(within: 30_000, every: 100) {
                try alerts(deployment).count >= customers
            }
            #expect(isTold, "\(daemon.error.suffix(2000))")
            // An entry that is late now is judged as such; its alert names its record.
            try produce(
                [credits(0..<1)[0]].map { record in
                    var late = record
                    late.value = Array(
                        String(decoding: record.value ?? [], as: UTF8.self)
                            .replacing("\"e0\"", with: "\"late\"")
                            .replacing("\"2000\"", with: "\"5\"").utf8)
                    return late
                }, to: deployment.topics.input)
            sleep(1)
            daemon.signal(SIGTERM)
            #expect(daemon.wait(milliseconds: 10_000) == .exited(0))

            let found = try alerts(deployment)
            #expect(found.count == customers)
            #expect(Set(found.map(\.keyText)).count == customers)
            for record in found {
                let alert = try JSONValue(record.valueText)
                #expect(alert["kind"].string == "tier_change")
                let source = record.header("tidemark-source") ?? ""
                #expect(source.hasPrefix("\(deployment.topics.input)/") && source.hasSuffix("/-"))
            }
            #expect(try clockRecords(deployment) >= 2)
            let verify = try deployment.tidemark(
                ["verify", "--config", try deployment.settings()], log: "verify")
            #expect(verify.wait(milliseconds: 60_000) == .exited(0), "\(verify.error)")
        }

        @Test("`idle_close: off` and --until-caught-up leave days open", arguments: [true, false])
        func open(isOff: Bool) throws {
            let name = "idle-open-\(isOff)"
            let deployment = try deployment(
                name, idle: isOff ? "off" : "{after: 1s, within: 3d}")
            try produce(credits(0..<20), to: deployment.topics.input)
            if isOff {
                let daemon = try deployment.start()
                sleep(6)
                daemon.signal(SIGTERM)
                #expect(daemon.wait(milliseconds: 10_000) == .exited(0))
            } else {
                try deployment.runUntilCaughtUp()
            }
            #expect(try alerts(deployment).isEmpty)
            #expect(try clockRecords(deployment) == 0)
        }
    }
}

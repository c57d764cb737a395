// tidemark.yaml: defaults, layers, and the exact line of each refusal.
import Banking
import Engine
import Formats
import Kafka
import Operations
import Pipeline
import Testing

@Suite("Settings")
struct SettingsTests {
    @Test("an empty file means the defaults of the contract")
    func defaults() throws {
        let configuration = try configuration()
        let settings = configuration.settings
        #expect(settings.application == "tidemark")
        #expect(settings.workers == 2)
        #expect(settings.alertsTopic == "alerts")
        #expect(settings.balancesTopic == nil)
        #expect(settings.policy.calendar.name == "Asia/Shanghai")
        #expect(settings.policy.dayCloseAfter == 30 * Micros.minute)
        #expect(settings.policy.duplicateHorizon == 7 * Micros.day)
        #expect(settings.policy.reversalHorizon == 90 * Micros.day)
        #expect(settings.policy.futureLimit == Micros.hour)
        #expect(configuration.http.listen.description == "127.0.0.1:8089")
        #expect(configuration.log.level == .info)
        #expect(settings.idleClose == IdleClose(after: 10 * Micros.second, within: 3 * Micros.day))
        #expect(configuration.notices.count == 1)
    }

    @Test("every part of the contract's example is taken but for the optional topics")
    func example() throws {
        let text = """
            application: tidemark
            instance: tidemark-7
            workers: 3
            kafka:
              bootstrap_servers: k1:9092,k2:9092
              properties: {client.rack: a, "ssl.ca.location": /x}
              secrets: {}
            input: {topic: t, format: json, start: latest}
            customers: {topic: null}
            feedback: null
            output: {alerts: al, rejected: re, balances: ba, shadow: sh, rejected_payload: omit, mask_accounts: false, language: zh}
            state: {topic: st, directory: null}
            bank: {time_zone: Europe/Prague, currency: CZK, day_close_after: 45m, internal_transfer_hold: 60s, duplicate_horizon: 2d, reversal_horizon: 30d, future_limit: 90s, idle_close: off, rates: []}
            commit: {alert_latency_ms: 5, interval_ms: 200}
            http: {listen: "[::1]:0", token_file: null}
            log: {level: debug, format: json}
            rules: rules.yaml
            """
        let configuration = try configuration(text)
        let settings = configuration.settings
        #expect(settings.instance == "tidemark-7")
        #expect(settings.bootstrapServers == "k1:9092,k2:9092")
        #expect(
            settings.kafkaProperties.map { "\($0.name)=\($0.value)" }
                == ["client.rack=a", "ssl.ca.location=/x"])
        #expect(settings.inputStart == .latest)
        #expect(settings.shadowTopic == "sh")
        #expect(settings.rejectedPayload == .omit)
        #expect(!settings.masksAccounts)
        #expect(settings.language == .zh)
        #expect(settings.policy.currency == Currency("CZK"))
        #expect(settings.policy.duplicateHorizon == 2 * Micros.day)
        #expect(settings.intervalMilliseconds == 200)
        #expect(configuration.http.listen.description == "[::1]:0")
        #expect(configuration.log.format == .json)
        #expect(settings.idleClose == nil)
        #expect(configuration.notices.count == 1)
    }

    @Test("a mistake is refused with file, line and what to do", arguments: mistakes)
    func refusals(_ text: String, _ expected: String) {
        #expect(complaint { _ = try configuration(text) } == expected)
    }

    static let mistakes: [(String, String)] = [
        (
            "x: 1\n",
            "tidemark.yaml:1: unknown key \"x\"; known: application, instance, workers, "
                + "kafka, input, customers, feedback, output, state, bank, commit, http, log, rules"
        ),
        (
            "kafka:\n  bootstrap_server: a",
            "tidemark.yaml:2: unknown key \"bootstrap_server\"; "
                + "the nearest is \"bootstrap_servers\""
        ),
        ("log:\n  levle: info", "tidemark.yaml:2: unknown key \"levle\"; the nearest is \"level\""),
        ("[a]", "tidemark.yaml:1: the settings must be a map, not a list"),
        ("kafka: 5", "tidemark.yaml:1: kafka must be a map, not a number"),
        (
            "workers: two",
            "tidemark.yaml:1: workers must be a whole number from 1 to 256, not a text"
        ),
        (
            "workers: \"2\"",
            "tidemark.yaml:1: workers must be a whole number from 1 to 256, not a text"
        ),
        ("workers: 0", "tidemark.yaml:1: workers must be from 1 to 256, not 0"),
        (
            "workers: 99999999999999999999",
            "tidemark.yaml:1: workers must be from 1 to 256, not 99999999999999999999"
        ),
        ("application: [a]", "tidemark.yaml:1: application must be a text, not a list"),
        (
            "application: 'a b'",
            "tidemark.yaml:1: application must be 1 to 100 of A-Z a-z 0-9 . _ -, not \"a b\""
        ),
        (
            "input: {topic: ..}",
            "tidemark.yaml:1: input.topic must name a topic: 1 to 249 of A-Z a-z 0-9 . _ -"
        ),
        (
            "input: {start: middle}",
            "tidemark.yaml:1: input.start must be earliest, latest, not \"middle\""
        ),
        (
            "input: {format: avro}",
            "tidemark.yaml:1: input.format \"avro\" is not in this version; use json"
        ),
        (
            "customers: {topic: customers}",
            "tidemark.yaml:1: a customers topic (profiles) "
                + "(customers.topic) is not in this version; leave it out"
        ),
        (
            "feedback: {topic: f}",
            "tidemark.yaml:1: a feedback topic (feedback.topic) is not in "
                + "this version; leave it out"
        ),
        (
            "state: {directory: /var}",
            "tidemark.yaml:1: state on disk (state.directory) is not in "
                + "this version; leave it out"
        ),
        (
            "bank:\n  rates: [{currency: USD}]",
            "tidemark.yaml:2: exchange rates (bank.rates) are not in this version"
        ),
        ("bank: {rates: 7}", "tidemark.yaml:1: bank.rates must be a list, not a number"),
        (
            "output: {mask_accounts: yes}",
            "tidemark.yaml:1: output.mask_accounts must be true or false, not a text"
        ),
        (
            "output: {alerts: a, rejected: a}",
            "tidemark.yaml:1: output.alerts and output.rejected "
                + "are both \"a\"; give each a topic of its own"
        ),
        (
            "output: {balances: transactions}",
            "tidemark.yaml:1: input.topic and output.balances "
                + "are both \"transactions\"; give each a topic of its own"
        ),
        (
            "bank: {day_close_after: 30}",
            "tidemark.yaml:1: bank.day_close_after: \"30\" is no "
                + "length of time; write a number and s, m, h or d, such as 90m or 7d"
        ),
        (
            "bank: {duplicate_horizon: 0s}",
            "tidemark.yaml:1: bank.duplicate_horizon must be from 1s to 3660d, not 0s"
        ),
        (
            "bank: {currency: XYZ}",
            "tidemark.yaml:1: bank.currency \"XYZ\" is no currency of ISO "
                + "4217; write three capitals such as CNY"
        ),
        (
            "bank: {time_zone: ../../../etc/passwd}",
            "tidemark.yaml:1: bank.time_zone "
                + "\"../../../etc/passwd\" is no zone of /usr/share/zoneinfo; write one such as Asia/Shanghai"
        ),
        (
            "bank: {time_zone: Asia}",
            "tidemark.yaml:1: bank.time_zone \"Asia\" is no zone of "
                + "/usr/share/zoneinfo; write one such as Asia/Shanghai"
        ),
        (
            "bank:\n  idle_close: {after: 2h, within: 2h}",
            "tidemark.yaml:2: bank.idle_close.after must be less than within, or nothing ever "
                + "closes; write bank.idle_close: off to mean that"
        ),
        (
            "bank: {idle_close: never}",
            "tidemark.yaml:1: bank.idle_close must be off, or a map of after and within"
        ),
        (
            "kafka:\n  properties:\n    isolation.level: read_uncommitted",
            "tidemark.yaml:3: kafka property \"isolation.level\" belongs to Tidemark: "
                + "exactly-once rests on its value"
        ),
        (
            "kafka:\n  properties:\n    no.such: x",
            "tidemark.yaml:3: kafka property \"no.such\" is not known to librdkafka "
                + Library.versionText
        ),
        (
            "kafka: {properties: {socket.timeout.ms: soon}}",
            "tidemark.yaml:1: kafka property \"socket.timeout.ms\" has a value that librdkafka "
                + Library.versionText + " does not take"
        ),
        (
            "kafka: {properties: {ssl: {ca: x}}}",
            "tidemark.yaml:1: kafka.properties.ssl must be a text, not a map"
        ),
        (
            "kafka: {secrets: {sasl.password: /nowhere/at/all}}",
            "tidemark.yaml:1: "
                + "kafka.secrets.sasl.password: /nowhere/at/all: cannot be read: No such file or directory"
        ),
        (
            "kafka: {properties: {sasl.password: a}, secrets: {sasl.password: b}}",
            "tidemark.yaml:1: kafka property \"sasl.password\" is in properties and in secrets; keep one"
        ),
        (
            "http: {listen: 8089}",
            "tidemark.yaml:1: http.listen \"8089\" is no address and port; "
                + "write one such as 127.0.0.1:8089"
        ),
        (
            "http: {listen: \"0.0.0.0:80\"}",
            "tidemark.yaml:1: http.listen 0.0.0.0:80 is open to "
                + "other machines; set http.token_file, or listen on 127.0.0.1"
        ),
        (
            "log: {level: loud}",
            "tidemark.yaml:1: log.level must be debug, info, notice, warning, error, not \"loud\""
        ),
    ]

    @Test("file gives way to the environment, and both to --set")
    func layers() throws {
        let scratch = Scratch([
            "tidemark.yaml": "instance: i\nworkers: 1\ncommit: {interval_ms: 100}\n"
                + "output: {balances: b}\nbank: {idle_close: off}",
            "rules.yaml": "version: 1",
        ])
        let configuration = try Configuration.load(
            path: scratch.path + "/tidemark.yaml",
            environment: [
                "TIDEMARK_WORKERS": "3", "TIDEMARK_COMMIT_INTERVAL_MS": "300", "PATH": "/bin",
                "TIDEMARK_KAFKA_PROPERTIES_SSL_CA_LOCATION": "/ca",
                "TIDEMARK_OUTPUT_BALANCES": "null",
                "TIDEMARK_BANK_IDLE_CLOSE_AFTER": "20s", "TIDEMARK_KAFKA": "x", "TIDEMARK_ODD": "1",
            ],
            overrides: ["workers=5", "kafka.properties.client.rack=a=b", "workers=6"])
        #expect(configuration.settings.workers == 6)
        #expect(configuration.settings.intervalMilliseconds == 300)
        #expect(configuration.settings.balancesTopic == nil)
        #expect(configuration.settings.instance == "i")
        #expect(
            configuration.settings.kafkaProperties.map { "\($0.name)=\($0.value)" }
                == ["client.rack=a=b", "ssl.ca.location=/ca"])
        #expect(configuration.settings.idleClose?.after == 20 * Micros.second)
        #expect(configuration.notices.count == 1)
        #expect(
            configuration.warnings.first { $0.hasPrefix("environment") }
                == "environment: these name no setting: TIDEMARK_KAFKA, TIDEMARK_ODD")
    }

    @Test(
        "mistakes in the environment and in --set name their source",
        arguments: [
            (
                [:], ["workers"],
                "--set workers: write a setting, = and its value, such as "
                    + "--set kafka.bootstrap_servers=127.0.0.1:9092"
            ),
            (
                [:], ["worker=1"],
                "--set worker: unknown setting \"worker\"; the nearest is \"workers\""
            ),
            (
                [:], ["http=x"],
                "--set http: this is a group; set one of its keys, such as http.listen"
            ),
            (
                [:], ["workers="],
                "--set workers: the value is empty; write null to go back to the default"
            ),
            (
                [:], ["kafka.properties.group.id=x"],
                "--set kafka.properties.group.id: kafka property "
                    + "\"group.id\" belongs to Tidemark: use application"
            ),
            (
                ["TIDEMARK_WORKERS": "many"], [],
                "TIDEMARK_WORKERS: workers must be a whole number from 1 to 256, not a text"
            ),
            (
                ["TIDEMARK_BANK_IDLE_CLOSE": "off", "TIDEMARK_BANK_IDLE_CLOSE_AFTER": "1s"], [],
                "TIDEMARK_BANK_IDLE_CLOSE: bank.idle_close is off, but "
                    + "TIDEMARK_BANK_IDLE_CLOSE_AFTER sets bank.idle_close.after; keep one"
            ),
        ] as [([String: String], [String], String)])
    func overrides(_ environment: [String: String], _ arguments: [String], _ expected: String) {
        let scratch = Scratch(["tidemark.yaml": "instance: i", "rules.yaml": "version: 1"])
        let line = complaint {
            _ = try Configuration.load(
                path: scratch.path + "/tidemark.yaml", environment: environment,
                overrides: arguments)
        }
        #expect(line == expected)
    }

    @Test("secrets and the token come from files beside the settings, without their line break")
    func secrets() throws {
        let scratch = Scratch([
            "tidemark.yaml": "kafka: {secrets: {sasl.password: pw}}\n"
                + "http: {listen: \"0.0.0.0:9000\", token_file: tok}\nrules: r.yaml",
            "r.yaml": "version: 1", "pw": "s3cret\n", "tok": "t0ken\r\n",
        ])
        let configuration = try Configuration.load(
            path: scratch.path + "/tidemark.yaml", environment: [:])
        #expect(configuration.settings.kafkaProperties.first?.value == "s3cret")
        #expect(configuration.http.token == Array("t0ken".utf8))
        #expect(configuration.rulesPath == scratch.path + "/r.yaml")
    }

    @Test("a settings file that is missing is refused with 78")
    func missing() {
        #expect(
            throws: Failure(
                .badSettings, "/nowhere/tidemark.yaml: cannot be read: No such file or directory")
        ) { try Configuration.load(path: "/nowhere/tidemark.yaml", environment: [:]) }
    }
}

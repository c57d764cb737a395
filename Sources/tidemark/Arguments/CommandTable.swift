// Every command and option there is.

/// The commands of this program.
enum CommandTable {
    static let commands: [CommandSpec] = [
        CommandSpec(
            name: "demo",
            summary: "show the whole daemon at work on an embedded broker with generated customers",
            options: [
                OptionSpec(
                    name: "seconds", value: .number("N", 1...86_400),
                    help: "end after N seconds (default: at Ctrl-C)"),
                OptionSpec(
                    name: "listen", value: .text("ADDRESS"),
                    help: "where HTTP is served (default 127.0.0.1:8089; port 0 takes a free one)"),
            ],
            details: """
                Nothing needs to be installed or running but the libraries of the package. Days pass in \
                seconds. NO_COLOR in the environment, or output that is no terminal, turns colours off.
                """),
        CommandSpec(
            name: "run", summary: "run the daemon",
            options: [
                config,
                OptionSpec(
                    name: "until-caught-up", value: .none,
                    help: "exit 0 when all input that there was at the start is committed"),
                set,
            ],
            details: """
                SIGTERM or SIGINT drains, commits and exits 0 within 10 seconds; a second one ends at \
                once. The log goes to standard error.
                """),
        CommandSpec(
            name: "topics check", summary: "compare the topics with what the settings need",
            options: [config, set]),
        CommandSpec(
            name: "topics create", summary: "make the topics that are missing",
            options: [
                config, set,
                OptionSpec(
                    name: "partitions", value: .number("N", 1...10_000),
                    help: "partitions of an input topic that is missing too"),
                OptionSpec(
                    name: "replication", value: .number("N", 1...100),
                    help: "replicas of each partition (default: the cluster's)"),
            ],
            details: "Topics that exist are left as they are."),
        CommandSpec(
            name: "rules check", summary: "read a rules file and say what it asks for",
            operands: [OperandSpec(name: "FILE", help: "the rules, such as rules.yaml")],
            options: [
                OptionSpec(
                    name: "config", value: .text("FILE"),
                    help:
                        "the settings whose currency and time zone they are for (default: CNY, UTC)"
                )
            ]),
        CommandSpec(
            name: "customer", summary: "show a customer's balances, average and tier",
            operands: [OperandSpec(name: "ID", help: "the customer's id")],
            options: [
                OptionSpec(
                    name: "url", value: .text("URL"),
                    help: "the running daemon (default http://127.0.0.1:8089)"),
                OptionSpec(name: "json", value: .none, help: "print the daemon's JSON as it is"),
            ],
            details: "TIDEMARK_TOKEN in the environment is sent as the bearer token."),
        CommandSpec(
            name: "generate", summary: "write synthetic events with a bank's habits",
            options: [
                OptionSpec(
                    name: "output", value: .text("TOPIC|FILE"),
                    help: "a path with a / is a file, anything else a topic", isRequired: true),
                OptionSpec(
                    name: "bootstrap-servers", value: .text("S"),
                    help: "the brokers (default 127.0.0.1:9092)"),
                OptionSpec(
                    name: "events", value: .number("N", 1...1_000_000_000_000),
                    help: "how many; with --days, spread over them (default: as the habits give)"),
                OptionSpec(
                    name: "customers", value: .number("N", 1...9_999_999),
                    help: "how many customers (default 1000)"),
                OptionSpec(
                    name: "days", value: .number("N", 1...36_500),
                    help: "how many days (default 30, with --events as many as these take)"),
                OptionSpec(
                    name: "start", value: .date("DATE"), help: "the first day (default 2025-01-01)"),
                OptionSpec(
                    name: "rate", value: .number("N", 1...100_000_000),
                    help: "events a second (default: as fast as they are taken)"),
                OptionSpec(
                    name: "seed", value: .number("N", 0...Int64.max),
                    help: "the same seed and options give the same bytes (default 1)"),
            ]),
        CommandSpec(
            name: "selftest", summary: "try whether a cluster keeps what exactly-once rests on",
            options: [
                OptionSpec(
                    name: "bootstrap-servers", value: .text("S"), help: "the brokers"),
                OptionSpec(
                    name: "config", value: .text("FILE"),
                    help: "the settings, for a cluster that asks for TLS or SASL"),
                set,
            ],
            details: """
                Makes a topic of its own, uses a group and a transactional id of its own, and deletes the \
                topic. Tried are commit, abort, read_committed, fencing, offset metadata, and offsets of a \
                stale generation.
                """),
        CommandSpec(
            name: "verify", summary: "check the state against changelog, offsets and input",
            options: [config, set],
            details: """
                Reads only, and may run beside the daemon. Where the input is still there from its first \
                record on, every customer is made anew from it and compared.
                """),
        CommandSpec(name: "version", summary: "print the versions of tidemark and librdkafka"),
    ]

    /// Commands that later versions bring.
    static let later = [
        "replay", "diff", "rules test", "rejects list", "rejects redrive",
    ]

    private static let config = OptionSpec(
        name: "config", value: .text("FILE"), help: "the settings, such as tidemark.yaml",
        isRequired: true)

    private static let set = OptionSpec(
        name: "set", value: .text("KEY=VALUE"),
        help: "override a setting: --set kafka.bootstrap_servers=broker:9092", mayRepeat: true)
}

// The settings of the daemon (the contract's section 7), checked and in the units of the code. Operations reads
// them from tidemark.yaml, the environment and --set.
public import Engine
public import Formats

/// Everything the daemon is told, rules included.
public struct Settings: Sendable {
    /// Where records come from for a group without offsets.
    public enum Start: Sendable { case earliest, latest }
    /// Whether a dead letter keeps its payload.
    public enum RejectedPayload: Sendable { case keep, omit }

    /// Consumer group, prefix of transactional ids, owner of the state.
    public var application = "tidemark"
    /// This process's name, stable over restarts.
    public var instance = "tidemark-0"
    /// Threads, each with its own consumer and producer.
    public var workers = 2

    /// Brokers to begin with, `host:port` separated by commas.
    public var bootstrapServers = "127.0.0.1:9092"
    /// librdkafka properties given by the user, secrets included.
    public var kafkaProperties: [(name: String, value: String)] = []

    /// The topic of transaction events.
    public var inputTopic = "transactions"
    /// Where a group without offsets begins.
    public var inputStart = Start.earliest
    /// The topic of alerts.
    public var alertsTopic = "alerts"
    /// The topic of rejected records.
    public var rejectedTopic = "transactions_rejected"
    /// The topic of customers' latest state; nil for none.
    public var balancesTopic: String?
    /// The topic of alerts of shadow rules; nil for none.
    public var shadowTopic: String?
    /// The changelog.
    public var stateTopic = "tidemark_state"
    /// Whether the changelog of partitions that other processes own is followed.
    public var followsOthers = false
    /// Whether a rejected record keeps its value.
    public var rejectedPayload = RejectedPayload.keep
    /// Whether account ids are masked in alerts and answers.
    public var masksAccounts = true
    /// The language of summaries.
    public var language = Language.en

    /// The longest an alert waits for a commit to begin, in milliseconds.
    public var alertLatencyMilliseconds = 10
    /// The longest anything waits for a commit to begin, in milliseconds.
    public var intervalMilliseconds = 1000

    /// How long a process or its brokers may stand still, in milliseconds, before the group gives its partitions away and
    /// its transaction ends; nil for the usual 10 s, with which another process takes over soon.
    ///
    /// No setting: for the demo, which is alone and whose broker cannot tell where a new generation should go on.
    public var patienceMilliseconds: Int?

    /// Whether the brokers are asked for the topics' settings; the embedded one never answers that.
    public var asksTopicSettings = true

    /// How days close into which nothing comes; nil when only input closes them.
    public var idleClose: IdleClose? = IdleClose()

    /// What is judged.
    public var policy: Policy
    /// SHA-256 or FNV digest of the whole rule set in hex, for the header `tidemark-rules`.
    public var rulesDigest = ""

    /// Settings at the contract's defaults, with `policy`.
    public init(policy: Policy) { self.policy = policy }
}

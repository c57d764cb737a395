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

    public var bootstrapServers = "127.0.0.1:9092"
    /// librdkafka properties given by the user, secrets included.
    public var kafkaProperties: [(name: String, value: String)] = []

    public var inputTopic = "transactions"
    public var inputStart = Start.earliest
    public var alertsTopic = "alerts"
    public var rejectedTopic = "transactions_rejected"
    public var balancesTopic: String?
    public var shadowTopic: String?
    public var stateTopic = "tidemark_state"
    public var rejectedPayload = RejectedPayload.keep
    public var masksAccounts = true
    public var language = Language.en

    /// The longest an alert waits for a commit to begin, in milliseconds.
    public var alertLatencyMilliseconds = 10
    /// The longest anything waits for a commit to begin, in milliseconds.
    public var intervalMilliseconds = 1000

    /// What is judged.
    public var policy: Policy
    /// SHA-256 or FNV digest of the whole rule set in hex, for the header `tidemark-rules`.
    public var rulesDigest = ""

    /// Settings at the contract's defaults, with `policy`.
    public init(policy: Policy) { self.policy = policy }
}

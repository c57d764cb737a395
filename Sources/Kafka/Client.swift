// Making a client of the library and taking its callbacks.
import CRdKafka
import Synchronization

/// What callbacks of one client share with its owner; the library holds it unretained, so the handle
/// keeps it until the client is destroyed.
final class ClientState: Sendable {
    let hooks: Hooks
    /// Rebalances that the owner has not taken yet, in order.
    let rebalances = Mutex<[Rebalance]>([])
    /// Whether a rebalance waits for the owner's assign or unassign.
    let isRebalancing = Atomic<Bool>(false)
    /// While closing, the callback answers rebalances itself.
    let isClosing = Atomic<Bool>(false)
    /// Deliveries that failed.
    let failures = Mutex<DeliveryFailures>(DeliveryFailures())
    /// Whether a transactional request lost its connection or timed out.
    let isTainted = Atomic<Bool>(false)
    /// What the client has complained of last, the most telling one: why a broker refuses says more than that none is
    /// there.
    let complaint = Mutex<KafkaError?>(nil)

    init(hooks: Hooks) { self.hooks = hooks }

    @unsafe static func of(_ opaque: UnsafeMutableRawPointer?) -> ClientState? {
        guard let opaque = unsafe opaque else { return nil }
        return unsafe Unmanaged<ClientState>.fromOpaque(opaque).takeUnretainedValue()
    }
}

/// Deliveries that failed since the counters were reset.
struct DeliveryFailures {
    var count = 0
    var first: KafkaError?
}

/// Makes a client; the caller owns the handle.
@unsafe func makeClient(
    _ kind: rd_kafka_type_t, _ properties: ClientProperties, _ state: ClientState
) throws(KafkaError) -> OpaquePointer {
    try Library.check()
    guard let configuration = unsafe rd_kafka_conf_new() else {
        throw KafkaError(code: .invalidArgument, message: "no memory for a client")
    }
    do throws(KafkaError) {
        for (name, value) in properties.pairs {
            try unsafe set(name, value, in: configuration)
        }
    } catch {
        unsafe rd_kafka_conf_destroy(configuration)
        throw error
    }
    unsafe rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(state).toOpaque())
    unsafe setCommonCallbacks(configuration)
    if kind == RD_KAFKA_PRODUCER {
        unsafe setProducerCallbacks(configuration)
    } else {
        unsafe setRebalanceCallback(configuration)
    }
    var text = [CChar](repeating: 0, count: 512)
    let handle = unsafe text.withUnsafeMutableBufferPointer { text in
        unsafe rd_kafka_new(kind, configuration, text.baseAddress, text.count)
    }
    guard let handle = unsafe handle else {
        let code = ErrorCode(rd_kafka_last_error())
        unsafe rd_kafka_conf_destroy(configuration)
        throw KafkaError(code: code, message: "cannot make a client: \(string(text))")
    }
    return unsafe handle
}

@unsafe private func set(
    _ name: String, _ value: String, in configuration: OpaquePointer
) throws(KafkaError) {
    var text = [CChar](repeating: 0, count: 512)
    let result = unsafe text.withUnsafeMutableBufferPointer { text in
        unsafe rd_kafka_conf_set(configuration, name, value, text.baseAddress, text.count)
    }
    if result != RD_KAFKA_CONF_OK {
        // The library's text may repeat the value, which may be a secret: only the name is told.
        let reason =
            result == RD_KAFKA_CONF_UNKNOWN ? "is not known" : "has a value it does not take"
        throw KafkaError(
            code: .invalidArgument, message: "property \(name) \(reason) by librdkafka")
    }
}

/// The text of a C buffer.
func string(_ text: [CChar]) -> String {
    String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

@unsafe private func setCommonCallbacks(_ configuration: OpaquePointer) {
    unsafe rd_kafka_conf_set_log_cb(configuration) { client, level, facility, text in
        guard let client = unsafe client,
            let state = unsafe ClientState.of(rd_kafka_opaque(client))
        else { return }
        let facility = unsafe facility.map { unsafe String(cString: $0) } ?? ""
        let text = unsafe text.map { unsafe String(cString: $0) } ?? ""
        // The user's properties go to consumers and producers alike; that is no news.
        if facility == "CONFWARN" && text.contains("property and will be ignored by this") {
            return
        }
        state.hooks.log(LogLevel(rawValue: level) ?? .info, facility, text)
    }
    unsafe rd_kafka_conf_set_stats_cb(configuration) { _, json, count, opaque in
        if let state = unsafe ClientState.of(opaque), let json = unsafe json {
            let bytes = unsafe UnsafeRawBufferPointer(start: json, count: count)
            state.hooks.statistics(unsafe Array(bytes))
        }
        return 0
    }
    unsafe rd_kafka_conf_set_error_cb(configuration) { _, code, reason, opaque in
        guard let state = unsafe ClientState.of(opaque) else { return }
        let code = ErrorCode(rawValue: code)
        let text = unsafe reason.map { unsafe String(cString: $0) } ?? code.explanation
        let error = KafkaError(
            code: code, message: text, isFatal: code == .fatal, isRetriable: code != .fatal)
        if code != .allBrokersDown {
            state.complaint.withLock { complaint in
                if !(complaint?.isOfRefusedConnection ?? false) || error.isOfRefusedConnection {
                    complaint = error
                }
            }
        }
        state.hooks.clientError(error)
    }
}

@unsafe private func setProducerCallbacks(_ configuration: OpaquePointer) {
    unsafe rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, opaque in
        guard let message = unsafe message,
            unsafe message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR,
            let state = unsafe ClientState.of(opaque)
        else { return }
        let topic = unsafe message.pointee.rkt.map {
            unsafe String(cString: rd_kafka_topic_name($0))
        }
        let code = unsafe ErrorCode(message.pointee.err)
        state.failures.withLock { failures in
            failures.count += 1
            if failures.first == nil {
                failures.first = KafkaError(code, doing: "delivery to \(topic ?? "a topic")")
            }
        }
    }
    unsafe installTaintWatch(configuration)
}

@unsafe private func setRebalanceCallback(_ configuration: OpaquePointer) {
    unsafe rd_kafka_conf_set_rebalance_cb(configuration) { client, code, list, opaque in
        guard let client = unsafe client, let list = unsafe list,
            let state = unsafe ClientState.of(opaque)
        else { return }
        if state.isClosing.load(ordering: .acquiring) {
            unsafe _ = rd_kafka_assign(client, nil)
            return
        }
        let partitions = unsafe PartitionList.numbers(in: list)
        let event: Rebalance
        if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            event = .assigned(partitions)
        } else {
            event =
                unsafe rd_kafka_assignment_lost(client) != 0
                ? .lost(partitions) : .revoked(partitions)
        }
        state.rebalances.withLock { $0.append(event) }
        state.isRebalancing.store(true, ordering: .releasing)
        // Ends a poll that waits. Not `rd_kafka_yield`: after it a poll of a batch takes one thing more from the queue,
        // an error may be, and loses it.
        let queue = unsafe rd_kafka_queue_get_consumer(client)
        unsafe rd_kafka_queue_yield(queue)
        unsafe rd_kafka_queue_destroy(queue)
    }
}

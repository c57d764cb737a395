// Rule T1: a transactional request that lost its connection or timed out may still reach the broker
// and hit a later transaction. The library's interceptors show such requests; they run on its
// threads, so they only raise a flag.
import CRdKafka
import Synchronization

/// Produce, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, TxnOffsetCommit.
private func isTransactional(_ request: Int16) -> Bool {
    switch request {
    case 0, 24, 25, 26, 28: true
    default: false
    }
}

@unsafe func installTaintWatch(_ configuration: OpaquePointer) {
    let name = "tidemark-taint"
    unsafe rd_kafka_conf_interceptor_add_on_new(
        configuration, name,
        { client, _, _, _, _ in
            unsafe rd_kafka_interceptor_add_on_response_received(
                client, "tidemark-taint",
                { client, _, _, _, request, _, _, _, _, code, _ in
                    let lost =
                        code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT
                    if lost && isTransactional(request),
                        let state = unsafe ClientState.of(rd_kafka_opaque(client))
                    {
                        state.isTainted.store(true, ordering: .releasing)
                    }
                    return RD_KAFKA_RESP_ERR_NO_ERROR
                }, nil)
        }, nil)
}

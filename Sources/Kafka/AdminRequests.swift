// Requests whose answers come as events: creating and deleting topics, reading their settings.
import CRdKafka
import Glibc

extension Admin {
    /// Creates topics and waits until they can be used; the first that fails is thrown, `.topicExists` for one that is
    /// there.
    public func create(
        _ topics: [NewTopic], timeoutMilliseconds: Int32 = 10_000
    ) throws(KafkaError) {
        var requests: [OpaquePointer?] = unsafe []
        defer { unsafe rd_kafka_NewTopic_destroy_array(&requests, requests.count) }
        for topic in topics { unsafe requests.append(try Self.request(for: topic)) }
        unsafe rd_kafka_CreateTopics(raw, &requests, requests.count, nil, queue)
        let event = try unsafe answer(RD_KAFKA_EVENT_CREATETOPICS_RESULT, timeoutMilliseconds)
        defer { unsafe rd_kafka_event_destroy(event) }
        var count = 0
        let result = unsafe rd_kafka_event_CreateTopics_result(event)
        try unsafe Self.checkTopics(
            rd_kafka_CreateTopics_result_topics(result, &count), count, "creating")
        for topic in topics { try awaitLeaders(of: topic) }
    }

    /// Waits, for some 10 s at most, until the brokers know `topic` with a leader for each partition: they answer before
    /// all of them do.
    public func awaitLeaders(of topic: NewTopic) throws(KafkaError) {
        for _ in 0..<500 {
            if let found = try describe(topic: topic.name), !found.leaders.contains(-1),
                found.partitionCount == topic.partitions
            {
                return
            }
            usleep(20_000)
        }
    }

    /// Deletes topics; the first that fails is thrown.
    public func delete(
        topics names: [String], timeoutMilliseconds: Int32 = 10_000
    ) throws(KafkaError) {
        var requests: [OpaquePointer?] = unsafe names.map { unsafe rd_kafka_DeleteTopic_new($0) }
        defer { unsafe rd_kafka_DeleteTopic_destroy_array(&requests, requests.count) }
        unsafe rd_kafka_DeleteTopics(raw, &requests, requests.count, nil, queue)
        let event = try unsafe answer(RD_KAFKA_EVENT_DELETETOPICS_RESULT, timeoutMilliseconds)
        defer { unsafe rd_kafka_event_destroy(event) }
        var count = 0
        let result = unsafe rd_kafka_event_DeleteTopics_result(event)
        try unsafe Self.checkTopics(
            rd_kafka_DeleteTopics_result_topics(result, &count), count, "deleting")
    }

    /// Reads a topic's settings, defaults included, such as `max.message.bytes`.
    public func configuration(
        ofTopic name: String, timeoutMilliseconds: Int32 = 10_000
    ) throws(KafkaError) -> [String: String] {
        var request: [OpaquePointer?] = unsafe [
            rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name)
        ]
        defer { unsafe rd_kafka_ConfigResource_destroy(request[0]) }
        unsafe rd_kafka_DescribeConfigs(raw, &request, 1, nil, queue)
        let event = try unsafe answer(RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT, timeoutMilliseconds)
        defer { unsafe rd_kafka_event_destroy(event) }
        var count = 0
        let result = unsafe rd_kafka_event_DescribeConfigs_result(event)
        let resources = unsafe rd_kafka_DescribeConfigs_result_resources(result, &count)
        guard count == 1, let resource = unsafe resources?[0] else { return [:] }
        try check(unsafe rd_kafka_ConfigResource_error(resource), "settings of topic \(name)")
        let entries = unsafe rd_kafka_ConfigResource_configs(resource, &count)
        var settings: [String: String] = [:]
        for index in 0..<count {
            guard let entry = unsafe entries?[index],
                let value = unsafe rd_kafka_ConfigEntry_value(entry)
            else { continue }
            let name = unsafe String(cString: rd_kafka_ConfigEntry_name(entry))
            settings[name] = unsafe String(cString: value)
        }
        return settings
    }

    @unsafe private static func request(for topic: NewTopic) throws(KafkaError) -> OpaquePointer {
        var text = [CChar](repeating: 0, count: 512)
        let request = unsafe text.withUnsafeMutableBufferPointer { text in
            unsafe rd_kafka_NewTopic_new(
                topic.name, topic.partitions, topic.replicationFactor, text.baseAddress, text.count)
        }
        guard let request = unsafe request else {
            throw KafkaError(
                code: .invalidArgument, message: "topic \(topic.name): \(string(text))")
        }
        for (name, value) in topic.configuration {
            unsafe _ = rd_kafka_NewTopic_set_config(request, name, value)
        }
        return unsafe request
    }

    @unsafe private static func checkTopics(
        _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ doing: String
    ) throws(KafkaError) {
        for index in 0..<count {
            guard let result = unsafe results?[index] else { continue }
            let code = unsafe ErrorCode(rd_kafka_topic_result_error(result))
            if code == .none { continue }
            let name = unsafe String(cString: rd_kafka_topic_result_name(result))
            let text = unsafe rd_kafka_topic_result_error_string(result)
            let reason = unsafe text.map { unsafe String(cString: $0) } ?? code.explanation
            throw KafkaError(code: code, message: "\(doing) topic \(name): \(reason)")
        }
    }

    /// Waits for the answer of this kind; the caller destroys it.
    @unsafe private func answer(
        _ kind: Int32, _ timeoutMilliseconds: Int32
    ) throws(KafkaError) -> OpaquePointer {
        let deadline = ContinuousClock.now + .milliseconds(timeoutMilliseconds)
        while ContinuousClock.now < deadline {
            guard let event = unsafe rd_kafka_queue_poll(queue, 100) else { continue }
            guard unsafe rd_kafka_event_type(event) == kind else {
                unsafe rd_kafka_event_destroy(event)
                continue
            }
            let code = unsafe ErrorCode(rd_kafka_event_error(event))
            if code == .none { return unsafe event }
            unsafe rd_kafka_event_destroy(event)
            throw KafkaError(code, doing: "asking the brokers")
        }
        throw KafkaError(.timedOut, doing: "asking the brokers")
    }
}

// /api/tasks.
import Banking
import Pipeline

/// Tasks as JSON.
enum TaskJSON {
    /// All tasks; times in the zone of `calendar`.
    static func list(_ tasks: [TaskSnapshot], _ calendar: BusinessCalendar) -> [UInt8] {
        var json = JSONOut()
        json.beginArray()
        for task in tasks { append(task, calendar, to: &json) }
        json.endArray()
        return json.bytes
    }

    private static func append(
        _ task: TaskSnapshot, _ calendar: BusinessCalendar, to json: inout JSONOut
    ) {
        func time(_ moment: Instant?) -> String? {
            moment.map { Moment.text($0, in: calendar, decimals: 6) }
        }
        json.beginObject()
        json.field("topic", task.topic)
        json.field("partition", Int64(task.partition))
        json.field("state", task.state.rawValue)
        json.field("reason", task.reason)
        json.field("position", task.position)
        json.field("end", task.end)
        json.field("lag_records", task.lagRecords)
        json.key("lag_seconds")
        json.raw(PrometheusText.seconds(task.lagSeconds))
        json.key("restore")
        if let restore = task.restore {
            json.beginObject()
            json.field("done", restore.done)
            json.field("total", restore.total)
            json.key("seconds_left")
            json.raw(restore.secondsLeft.map { PrometheusText.seconds($0) } ?? "null")
            json.endObject()
        } else {
            json.raw("null")
        }
        json.field("clock", time(task.clock))
        json.field("last_commit", time(task.lastCommit))
        json.field("last_closed", task.lastClosed.map { Moment.date($0) })
        json.field("customers", Int64(task.customers))
        json.field("state_bytes", Int64(task.stateBytes))
        json.field("dirty", Int64(task.dirty))
        json.field("replay_records", task.replayRecords)
        json.endObject()
    }
}

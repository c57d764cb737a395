// Produces the crowd's and the story's events in order of time, as fast as the demo's days pass, and says what
// happens besides alerts.
import Banking
import Generator
import Kafka
import Operations

/// The producer of the demo's input.
struct DemoFeed: ~Copyable {
    private var producer: Producer
    private let topic: Topic

    init(_ servers: String) throws(KafkaError) {
        let properties = ClientProperties(bootstrapServers: servers)
        let producer = try Producer(properties.producer().setting([("linger.ms", "2")]))
        try producer.learn(topics: [DemoSettings.input])
        topic = try producer.topic(DemoSettings.input)
        self.producer = producer
    }

    mutating func send(key: Span<UInt8>, value: Span<UInt8>) throws(KafkaError) {
        try producer.produce(to: topic, key: key, value: value)
    }

    func poll() { producer.poll() }

    /// Waits until everything is delivered.
    func finish() throws(KafkaError) { try producer.flush(timeoutMilliseconds: 5000) }
}

/// The demo's source of events.
struct DemoTeller {
    private let screen: Screen
    private let time: DemoTime
    private var crowd: EventGenerator
    private var bytes: [UInt8] = []
    private var next: EventGenerator.Record?
    private var story = DemoStory(month: 0)
    private var storyPosition = 0
    private var monthIndex = 0
    private var monthFirst: Day
    private var today: Day
    private var entriesToday = 0
    private var incomesToday = 0
    private var storyNumber = 0
    /// Events produced so far.
    private(set) var eventCount = 0
    /// Days that have passed.
    private(set) var dayCount = 0

    /// Customers of the crowd.
    static let customers = 250

    init(_ screen: Screen) {
        self.screen = screen
        time = DemoTime()
        var options = GeneratorOptions()
        options.customers = DemoTeller.customers
        options.days = 36_500
        options.start = time.firstDay
        crowd = EventGenerator(options)
        monthFirst = time.firstDay
        today = time.firstDay
    }

    /// Produces what is due and returns the milliseconds until the next event is.
    mutating func step(_ feed: inout DemoFeed) throws(KafkaError) -> Int {
        while true {
            if next == nil {
                bytes.removeAll(keepingCapacity: true)
                next = crowd.append(to: &bytes)
            }
            guard let record = next else { return 1000 }
            let storyTime = nextStoryTime
            let isStory = storyTime < record.time
            let due = isStory ? storyTime : record.time
            let wait = time.wait(for: due)
            if wait > 0 {
                feed.poll()
                return Int((wait + 999) / 1000)
            }
            passDays(until: due)
            if isStory { try tell(&feed) } else { try pass(record, &feed) }
            eventCount += 1
        }
    }

    private var nextStoryTime: Instant {
        let event = story.events[storyPosition]
        return DemoTime.instant(monthFirst + event.day, event.hour, event.minute)
    }

    private mutating func pass(
        _ record: EventGenerator.Record, _ feed: inout DemoFeed
    ) throws(KafkaError) {
        try feed.send(
            key: bytes.span.extracting(record.key), value: bytes.span.extracting(record.value))
        entriesToday += 1
        if record.kind == .salary || record.kind == .pension { incomesToday += 1 }
        next = nil
    }

    private mutating func tell(_ feed: inout DemoFeed) throws(KafkaError) {
        let event = story.events[storyPosition]
        storyNumber += 1
        let value = event.payload(on: monthFirst + event.day, number: storyNumber)
        let key = Array(event.customer.utf8)
        screen.text("  " + screen.coloured(event.remark, .bold))
        try feed.send(key: key.span, value: value.span)
        storyPosition += 1
        if storyPosition == story.events.count { beginNextStory() }
    }

    /// The next month has its own two customers.
    private mutating func beginNextStory() {
        let (year, month, _) = monthFirst.civil
        monthFirst = monthFirst + Day.length(ofMonth: month, year: year)
        monthIndex += 1
        story = DemoStory(month: monthIndex)
        storyPosition = 0
    }

    /// Says what each day brought that ends before `due`.
    private mutating func passDays(until due: Instant) {
        while due >= DemoTime.instant(today + 1, 0, 0) {
            var line = "\(DemoTime.text(today))  \(entriesToday) entries"
            if incomesToday >= 8 { line += ", \(incomesToday) salaries and pensions" }
            screen.remark(line)
            today = today + 1
            dayCount += 1
            entriesToday = 0
            incomesToday = 0
        }
    }
}

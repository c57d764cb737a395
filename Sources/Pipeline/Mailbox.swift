// Questions about one customer, asked on any thread, answered by the thread that owns the customer's task between
// two batches. Bounded: a question that finds the box full is not asked.
import Synchronization

/// One question; its asker polls for the answer.
final class Question: Sendable {
    let customerID: [UInt8]
    let partition: Int32
    private let answer = Mutex<CustomerAnswer?>(nil)

    init(customerID: [UInt8], partition: Int32) {
        self.customerID = customerID
        self.partition = partition
    }

    func give(_ answer: CustomerAnswer) { self.answer.withLock { $0 = answer } }
    func take() -> CustomerAnswer? { answer.withLock { $0 } }
}

/// The box of one worker.
final class Mailbox: Sendable {
    static let capacity = 64
    private let questions = Mutex<[Question]>([])
    /// So that the owner looks without a lock.
    private let waiting = Atomic<Int>(0)

    var isEmpty: Bool { waiting.load(ordering: .relaxed) == 0 }

    /// Puts a question in; false when the box is full.
    func put(_ question: Question) -> Bool {
        questions.withLock { box in
            guard box.count < Mailbox.capacity else { return false }
            box.append(question)
            waiting.store(box.count, ordering: .relaxed)
            return true
        }
    }

    /// Takes all questions out.
    func takeAll() -> [Question] {
        questions.withLock { box in
            waiting.store(0, ordering: .relaxed)
            defer { box = [] }
            return box
        }
    }
}

// `tidemark customer ID`: one customer, asked of the running daemon.
import Glibc
import Operations

/// The command that shows a customer.
enum CustomerCommand {
    static func run(_ arguments: Arguments) throws(Failure) -> ExitCode {
        let address = try HTTPAddress(arguments.text("url") ?? "http://127.0.0.1:8089")
        let token = unsafe getenv("TIDEMARK_TOKEN").map { unsafe String(cString: $0) }
        let client = HTTPClient(address: address, token: token)
        let id = arguments.operands[0]
        guard (1...64).contains(id.utf8.count) else {
            throw Failure(
                .badInput, "the id has \(id.utf8.count) bytes; a customer's id has 1 to 64")
        }
        let answer = try client.get("/api/customers/\(HTTPAddress.escaped(id))")
        guard answer.status == 200 else { throw refusal(answer, of: address) }
        if arguments.has("json") {
            print(String(decoding: answer.body, as: UTF8.self))
            return .done
        }
        guard let customer = JSON(answer.body), customer["customer_id"] != nil else {
            throw Failure(
                .unavailable,
                "http://\(address.authority) answers, but not with a customer; is it a tidemark daemon?"
            )
        }
        let text = CustomerText.text(
            customer, alerts: try alerts(of: id, client), colours: Terminal.hasColours)
        print(text, terminator: "")
        return .done
    }

    /// The newest alerts of the customer among those that the daemon keeps.
    private static func alerts(of id: String, _ client: HTTPClient) throws(Failure) -> [JSON] {
        let answer = try client.get("/api/alerts?limit=1000")
        guard answer.status == 200, let all = JSON(answer.body) else { return [] }
        return all.items.filter { $0["customer_id"]?.text == id }
    }

    private static func refusal(_ answer: HTTPClient.Answer, of address: HTTPAddress) -> Failure {
        let error = JSON(answer.body)?["error"]?.text
        let place = "http://\(address.authority)"
        switch (answer.status, error) {
        case (404, "not_here"):
            let partition = JSON(answer.body)?["partition"]?.text ?? "?"
            return Failure(
                .unavailable,
                "\(place): the customer is of partition \(partition), which another process owns; "
                    + "ask that one with --url")
        case (404, _): return Failure(.badInput, "\(place): this customer is not known there")
        case (401, _), (403, _):
            return Failure(
                .unavailable, "\(place) asks for a token; put it into TIDEMARK_TOKEN")
        case (503, _):
            return Failure(.unavailable, "\(place): the daemon is busy or not ready; try again")
        default: return Failure(.unavailable, "\(place) answers with status \(answer.status)")
        }
    }
}

// `tidemark verify`: state against changelog against committed offsets.
import Operations
import Pipeline

/// The command that checks what Kafka holds of an application.
enum VerifyCommand {
    static func run(_ arguments: Arguments) throws(Failure) -> ExitCode {
        let configuration = try Configuration.load(
            path: arguments.text("config") ?? "", overrides: arguments.texts("set"))
        var faulty: [PartitionFinding] = []
        do throws(ExitError) {
            let verifier = try Verifier(
                settings: configuration.settings, log: Log(configuration.log).sink)
            print(row(["PARTITION", "COMMITTED", "CUSTOMERS", "REPLAYED", "COMPARED", "STATE"]))
            for partition in 0..<Int32(verifier.partitions) {
                let finding = try verifier.check(partition)
                print(row(cells(of: finding)))
                if !finding.faults.isEmpty { faulty.append(finding) }
            }
        } catch {
            throw Failure(error)
        }
        guard let first = faulty.first else { return .done }
        throw Failure(
            .internalError,
            "partition \(first.partition) of \(configuration.settings.application): "
                + "\(first.faults[0])"
                + (faulty.count > 1 ? "; \(faulty.count) partitions are not whole" : "")
                + ": bring back what is gone, or start anew under another application name and "
                + "state topic, from an input that is whole")
    }

    private static func cells(of finding: PartitionFinding) -> [String] {
        [
            "\(finding.partition)", finding.committed.map { "\($0)" } ?? "-",
            "\(finding.customers)", "\(finding.replayed)", finding.compared.map { "\($0)" } ?? "-",
            finding.faults.isEmpty ? "ok" : finding.faults.joined(separator: "; "),
        ]
    }

    private static func row(_ cells: [String]) -> String {
        cells.map { $0.padded(to: 11) }.joined(separator: " ").trimmedRight
    }
}

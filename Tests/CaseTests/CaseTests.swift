// Every case gives exactly its alerts, by the engine and by the naive reference.
import Testing

@Suite("Cases")
struct CaseTests {
    @Test(
        "Our own cases give the alerts that they expect", arguments: CaseFiles.own, Judge.allCases)
    func own(_ testCase: Case, _ judge: Judge) throws {
        try check(testCase, judge)
    }

    @Test(
        "The conformance cases give the alerts that they expect",
        .enabled(if: !CaseFiles.shared.isEmpty, "no ../shared/cases beside the checkout"),
        arguments: CaseFiles.shared, Judge.allCases)
    func shared(_ testCase: Case, _ judge: Judge) throws {
        try check(testCase, judge)
    }

    private func check(_ testCase: Case, _ judge: Judge) throws {
        let complaints = try testCase.complaints(testCase.run(judge))
        for complaint in complaints {
            Issue.record("\(testCase.name), \(judge.rawValue): \(complaint)")
        }
    }
}

import Formats
import Testing

@Suite("Languages")
struct LanguageTests {
    @Test("are named as in the settings")
    func names() {
        #expect(Language.allCases.map(\.rawValue) == ["en", "zh"])
    }
}

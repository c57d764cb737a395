/// The language of an alert's summary.
public enum Language: String, Sendable, CaseIterable { case en, zh }

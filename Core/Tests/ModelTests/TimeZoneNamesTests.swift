import Testing

@testable import Model

struct TimeZoneNamesTests {
    @Test(arguments: [
        ("UTC", true), ("Europe/Berlin", true), ("America/Argentina/Buenos_Aires", true), ("Local", true), ("", true),
        ("Mars/Olympus", false), ("Europe/Atlantis", false), ("europe/berlin", false),
    ]) func known(name: String, isKnown: Bool) { #expect(TimeZoneNames.contains(name) == isKnown) }
}

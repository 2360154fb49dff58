import Testing

@testable import VenueExchange

@Suite struct EngineTests {
}

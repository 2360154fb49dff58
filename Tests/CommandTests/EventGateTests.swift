import Testing

@testable import patchbay

/// What a connector that says too much leaves behind.
@Suite struct EventGateTests {
  @Test func repeatsAreFoldedAndCounted() {
    var gate = EventGate()
    var said = gate.admit("warning", "a", now: 0).map(\.text)
    for _ in 0..<1000 { said += gate.admit("warning", "a", now: 1).map(\.text) }
    said += gate.admit("warning", "b", now: 2).map(\.text)
    #expect(said == ["a", "a (1000 more times)", "b"])
    #expect(gate.settle().isEmpty)
  }

  @Test func aFloodIsCutAndCounted() {
    var gate = EventGate()
    var shown = 0
    for number in 0..<10_000 { shown += gate.admit("warning", "line \(number)", now: 5).count }
    #expect(shown == Int(EventGate.burst))
    #expect(gate.settle().map(\.text) == ["9800 messages were dropped: it says more than 20 a second"])
    #expect(gate.admit("error", "later", now: 5 + 1_000_000_000).map(\.text) == ["later"])
  }
}

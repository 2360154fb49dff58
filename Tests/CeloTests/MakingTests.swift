import ConnectorKit
import ConnectorTestKit
import Testing

@testable import CeloConnector

@Suite struct MakingTests {
  @Test func withoutPoolsItSaysWhatIsMissing() throws {
    let harness = try ConnectorHarness(CeloPools.self)
    harness.start()
    #expect(harness.logs.count == 1 && harness.logs[0].contains("endpoint.urls"))
    let command = harness.command(.instruments)
    #expect(harness.replies(command).map(\.outcome) == [.done] && harness.requests.isEmpty && harness.faults.isEmpty)
  }
}

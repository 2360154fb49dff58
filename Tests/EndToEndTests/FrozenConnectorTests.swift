import Foundation
import JSONTree
import Testing

#if arch(x86_64)
  /// Connectors as they were built when revision 1 of the contract was frozen: this host loads and runs them.
  @Suite struct FrozenConnectorTests {
    /// Inside the host, where virtual time is its own.
    private func deployment(_ name: String, _ markets: String) throws -> Deployment {
      let deployment = try Deployment()
      try deployment.dropIn("\(packageRoot)/Tests/Frozen/revision-1/\(name)")
      try deployment.configure(
        #"{"\#(name)": {"markets": {"spot": {"pairs": ["\#(markets)"]}}, \#(deployment.inside(name))}}"#)
      return deployment
    }

    /// One in C, one in Rust.
    @Test(arguments: ["metronome", "escapement"]) func keepItsBookAndTrades(name: String) throws {
      let running = try RunningHost(deployment(name, "TIC-TOC"))
      #expect(running.faults.isEmpty)
      try Pendulum.swings(name, in: running)
    }

    /// One in Embedded Swift.
    @Test func rebuildsTheSameBooksAsTodays() throws {
      let capture = "\(packageRoot)/examples/harbour/data/captures/harbour-2026-01-05.jsonl"
      func replay(_ deployment: Deployment) throws -> String {
        let result = try deployment.patchbay(
          "replay", capture, "--connector", "harbour", "--config", deployment.configPath, "--json")
        #expect(result.status == 0 && result.errors == "")
        return result.output
      }
      let frozen = try replay(deployment("harbour", "SALT-USD"))
      let today = try Deployment()
      try today.dropIn(Examples.embeddedHarbour.get())
      try today.configure(#"{"harbour": {"markets": {"spot": {"pairs": ["SALT-USD"]}}}}"#)
      #expect(try JSONDocument.parse(text: frozen)["books"]?.object?.isEmpty == false)
      #expect(try frozen == replay(today))
    }
  }
#endif

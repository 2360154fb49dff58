import Foundation
import JSONTree
import Testing

/// A drop-in whose manifest calls a request public that may change something, as an operator meets it: the others trade
/// on, and nothing of it leaves.
@Suite struct LyingManifests {
  private let deployment: Deployment

  init() throws { deployment = try Deployment() }

  private static let post = """
    static void note(void) {
      pb_out_request f = {.request = ++turn, .method = PB_METHOD_POST};
      begin(sizeof f);
      pb_part part = {.literal = text("https://api.example.com/note")};
      f.url = list(&part, 1, sizeof part);
      EMIT(PB_OUT_REQUEST, f);
    }
    """

  private func run(permit: String) throws -> (status: Int32, output: String, errors: String) {
    let hosts = #"["api.example.com:443"]"#
    let library = HostileLibrary.with(
      "if (input->rec.kind == PB_IN_START) timer(1, 1000000); if (input->rec.kind == PB_IN_TIMER) note();",
      helpers: Self.post, hosts: hosts)
    let acts = #"[{"name": "note", "class": "public", "method": "POST", "path": "/note", "because": "a note"}]"#
    try deployment.scratch.write(manifestText(hosts: hosts, acts: acts), "plugins.d/bad/manifest.json")
    _ = try library.build(in: deployment.scratch, as: "plugins.d/bad/libbad.so")
    // Nobody listens there: what is let through cannot be connected.
    try deployment.configure(
      """
      {"paper": {"markets": {"spot": {"pairs": ["BTC-USDT"]}}},
       "bad": {"markets": {"spot": {"pairs": ["A-B"]}}, "permit": \(permit),
               "endpoint": {"urls": {"api.example.com:443": "http://127.0.0.1:1"}}}}
      """)
    return try deployment.patchbay(
      "run", "--config", deployment.configPath, "--for", "1.5", "--every", "0.5", "--json")
  }

  @Test func isRefusedAndTheOthersRun() throws {
    let result = try run(permit: "{}")
    #expect(result.status == 0, "\(result)")
    #expect(result.errors.contains(#"warning: connectors.bad.permit.unbound: the act "note" of Bad is refused"#))
    #expect(result.output.contains(#"the act \"note\" could do what no command asks for"#))
    let lines = try result.output.split(separator: "\n").map { try JSONDocument.parse(text: String($0)) }
    #expect(lines.last { $0["pair"]?.string == "BTC-USDT" }?["ready"] == true)
  }

  @Test func isTakenAtItsWordWhereThePermitSaysSo() throws {
    let result = try run(permit: #"{"unbound": true}"#)
    #expect(result.status == 0 && !result.errors.contains("unbound"), "\(result)")
    #expect(!result.output.contains("could do what no command asks for"))
  }

  @Test func isShownWithWords() throws {
    _ = try run(permit: "{}")
    let shown = try deployment.patchbay("connectors", "show", "bad", "--config", deployment.configPath)
    #expect(shown.status == 0 && shown.output.contains("a POST may change something, and is called public"))
    #expect(shown.output.contains("nobody vouches"))
  }
}

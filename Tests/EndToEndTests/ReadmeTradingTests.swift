import Foundation
import Testing

/// What README reports a new user to type, typed: from a local exchange and an empty folder to a filled order.
@Suite struct ReadmeTradingTests {
  /// The commands of the section, one text for each terminal.
  private func terminals() throws -> [String] {
    let readme = try String(contentsOfFile: "\(packageRoot)/README.md", encoding: .utf8)
    let start = try #require(readme.range(of: "## Trade on a local exchange\n")?.upperBound)
    let end = try #require(readme[start...].range(of: "\n## ")?.lowerBound)
    var blocks: [[String]] = []
    var isInside = false
    for line in readme[start..<end].split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("    ") else {
        isInside = false
        continue
      }
      if !isInside { blocks.append([]) }
      isInside = true
      blocks[blocks.count - 1].append(String(line.dropFirst(4)))
    }
    return blocks.map { $0.joined(separator: "\n") + "\n" }
  }

  @Test func aNewUserComesToAFilledOrder() throws {
    let scratch = try Scratch()
    let texts = try terminals()
    try #require(texts.count == 3)
    // The build is elsewhere, and the port is any that is free.
    let path = "PATH=$PWD/.build/release:$PATH\n"
    #expect(texts.allSatisfy { $0.hasPrefix(path) })
    let environment = ["PATH": "\(buildFolder):/usr/bin:/bin"]
    func script(_ text: String, port: String) -> String {
      "set -e\n" + text.replacing(path, with: "").replacing("7400", with: port)
    }
    let venue = try BackgroundProgram(
      script(texts[0], port: "0").replacing("patchbay venue", with: "exec patchbay venue"), in: scratch.folder,
      environment: environment)
    try venue.read { $0.contains("account bob of kraken") && $0.hasSuffix("}\n") }
    let address = try #require(venue.text.firstRange(of: "https://127.0.0.1:")?.upperBound)
    let port = String(venue.text[address...].prefix { $0.isNumber })
    let host = try BackgroundProgram(
      script(texts[1], port: port).replacing("patchbay run", with: "exec patchbay run"), in: scratch.folder,
      environment: environment)
    try host.read { $0.contains("binance: trading: orders are taken") }
    #expect(host.text.contains("binance trades on alice with play money (on this machine)"))
    let result = try run(
      ["env", "PATH=\(buildFolder):/usr/bin:/bin", "sh", "-c", "cd \(scratch.folder)\n" + script(texts[2], port: port)])
    #expect(result.status == 0 && result.errors == "", "\(result.output)\(result.errors)")
    let lines = result.output.split(separator: "\n").map(String.init)
    let filled = lines.filter { $0.contains(" on binance: filled: buy 0.01 BTC-USDT, 0.01 filled at ") }
    #expect(filled.count == 1, "\(result.output)")
    #expect(lines.contains { $0.hasSuffix(" on binance: open: sell 0.01 BTC-USDT at 70000") })
    #expect(lines.contains { $0.hasSuffix(" on binance: cancelled: sell 0.01 BTC-USDT at 70000") })
    #expect(lines.count { $0.contains("  binance   alice") && $0.contains("  BTC-USDT  ") } == 2, "\(result.output)")
    #expect(lines.last == "stopped" && host.ended() == 0, "\(host.text)")
  }
}

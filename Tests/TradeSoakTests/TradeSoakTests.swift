import Foundation
import Testing

/// The long run in a small form; `make soak` runs the long one.
@Suite struct TradeSoakTests {
  @Test func nothingIsLostDoubledOrUnknownAfterKills() throws {
    let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    let process = Process()
    process.executableURL = folder.appendingPathComponent("trade-soak")
    process.arguments = ["--orders", "100", "--kills", "5", "--life", "5000", "--seed", "7", "--venues",
      "binance,binance_perpetual"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
    #expect(said.contains("PASS seed 7") && said.contains("5 kills"), "\(said)")
  }
}

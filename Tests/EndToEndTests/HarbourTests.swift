import Foundation
import JSONTree
import Testing
import VenueScript

/// The worked example of docs/writing-a-connector.md, step by step: built in a package of its own, dropped in, and run
/// over its recording by the `patchbay` that was built before.
@Suite struct HarbourTests {
  private static let folder = "\(packageRoot)/examples/harbour"
  private static let capture = "harbour-2026-01-05"
  private let deployment: Deployment

  init() throws {
    deployment = try Deployment()
    try deployment.dropIn(Examples.harbour.get())
    try deployment.configure(#"{"harbour": {"markets": {"spot": {"pairs": ["SALT-USD"]}}}}"#)
  }

  private func replay(_ options: String...) throws -> String {
    let result = try run(
      ["\(buildFolder)/patchbay", "replay", "\(Self.folder)/data/captures/\(Self.capture).jsonl"]
        + ["--connector", "harbour", "--config", deployment.configPath] + options)
    #expect(result.status == 0 && result.errors == "")
    return result.output
  }

  private func json(_ name: String) throws -> JSONValue {
    try JSONDocument.parse(bytes: readBytes("\(Self.folder)/data/expected/\(name).json"))
  }

  @Test func rebuildsWhatWasWrittenDown() throws {
    let expected = try json(Self.capture)
    let checkpoints = try #require(expected["checkpoints"]?.array)
    let places = checkpoints.compactMap { $0["after_lines"]?.number }
    let found = try JSONDocument.parse(text: replay("--json", "--checkpoints", places.joined(separator: ",")))
    #expect(found["lines"] == expected["info"]?["entries"] && found["gaps"] == [])
    let books = try #require(expected["books"]?.object)
    #expect(found["books"]?.object?.count == books.count && books.count == 2)
    for member in books {
      let book = try #require(found["books"]?[member.key])
      #expect(book["ready"] == true)
      #expect(book["last_sequence"] == member.value["last_sequence"])
      #expect(book["updates"] == member.value["deltas_applied"])
      for side in ["bids", "asks"] { #expect(try levels(book[side]) == levels(member.value[side])) }
      let (trades, wanted) = (found["trades"]?[member.key], expected["trades"]?[member.key])
      #expect(trades?["count"] == wanted?["count"])
      for place in ["first", "last"] {
        for field in ["id", "taker_side", "time_ns"] { #expect(trades?[place]?[field] == wanted?[place]?[field]) }
        for field in ["price", "qty"] {
          #expect(try decimal(trades?[place]?[field]) == decimal(wanted?[place]?[field]))
        }
      }
    }
    let points = try #require(found["checkpoints"]?.array)
    #expect(points.count == checkpoints.count)
    for (point, wanted) in zip(points, checkpoints) {
      let books = try #require(wanted["books"]?.object)
      #expect(point["books"]?.object?.count == books.count)
      for member in books {
        for side in 0...1 {
          #expect(try levels(point["books"]?[member.key]?.array?[side]) == levels(member.value.array?[side]))
        }
      }
    }
  }

  @Test func noticesEveryLostLine() throws {
    let faults = try #require(json("FAULTS")["faults"]?[Self.capture]?.array)
    #expect(faults.count == 4)
    for fault in faults {
      let line = try #require(fault["drop_line"]?.number)
      let gaps = try #require(JSONDocument.parse(text: replay("--json", "--drop", line))["gaps"]?.array)
      #expect(gaps.first?["line"]?.number == fault["detect_at_line"]?.number, "line \(line)")
      #expect(gaps.isEmpty == (fault["detected"] == false), "line \(line)")
    }
  }

  /// The worked example of docs/venue.md: a host with this connector lives through the story of its script.
  @Test func livesThroughTheStoryOfItsScript() async throws {
    try await Apart.run {
      let deployment = try Deployment()
      try deployment.dropIn(Examples.harbour.get())
      let file = "\(Self.folder)/script.json"
      try ScriptedExchangeTests.play(Script(text: readBytes(file), file: file), deployment, permit: "{}")
    }
  }

  @Test func isListedAndWaitsForANetwork() throws {
    let listed = try deployment.patchbay("connectors", "--config", deployment.configPath, "--id", "harbour", "--json")
    let row = try #require(JSONDocument.parse(text: listed.output).array?.first)
    #expect(row["installed"] == true && row["enabled"] == true && row["spot"] == "ready")
    let ran = try deployment.patchbay("run", "--config", deployment.configPath, "--for", "0.2", "--every", "0.1")
    #expect(ran.status == 0 && ran.output.contains("harbour: waiting: "))
  }

  @Test func itsMarketDataIsCertified() throws {
    // It looks for the configuration and the plugin folder where it is started.
    let result = try run(
      "-C", deployment.scratch.folder, "\(buildFolder)/patchbay", "certify", "harbour", "--data", "\(Self.folder)/data",
      "--json", "-")
    let text = try #require(result.output.firstRange(of: "{")).lowerBound
    let found = try #require(JSONDocument.parse(text: String(result.output[text...]))["connectors"]?.array?.first)
    for (part, count) in [("captures", "1"), ("checkpoints", "2"), ("trades", "2"), ("faults", "3")] {
      #expect(found[part]?["passed"]?.number == count && found[part]?["of"]?.number == count, "\(part)")
    }
    #expect(found["status"] == "yellow")
  }

  @Test func itsOwnTestsPass() throws {
    let result = try run(
      "swift", "test", "--package-path", Self.folder, "--scratch-path", Examples.buildFolder(of: "harbour"), "-j", "2")
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    #expect(result.output.contains("6 tests"))
  }

  /// Each block of the guide stands in the file that its comment names, or is what the command prints.
  @Test func theGuideIsTrue() throws {
    let guide = String(decoding: try readBytes("\(packageRoot)/docs/writing-a-connector.md"), as: UTF8.self)
    let lines = guide.split(separator: "\n", omittingEmptySubsequences: false)
    var blocks = 0
    var line = 0
    while line < lines.count {
      defer { line += 1 }
      guard lines[line].hasPrefix("```") else { continue }
      let close = try #require(lines[(line + 1)...].firstIndex(of: "```"))
      let text = lines[(line + 1)..<close].joined(separator: "\n") + "\n"
      let origin = lines[line - 1].replacing("<!-- ", with: "").replacing(" -->", with: "")
      if origin == "printed by: replay \(Self.capture).jsonl --connector harbour" {
        #expect(try replay() == text)
      } else {
        let file = String(decoding: try readBytes("\(packageRoot)/\(origin)"), as: UTF8.self)
        #expect(file.contains(text), "line \(line + 1)")
      }
      blocks += 1
      line = close
    }
    #expect(blocks == 19)
  }
}

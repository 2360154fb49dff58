import Catalog
import Decimals
import Foundation
import JSONTree
import MarketModel
import Runtime
import Testing

@testable import PatchbayHost
@testable import patchbay

private let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path
private let buildFolder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path

/// What `patchbay run` prints, from a host on a clock that stands still.
@Suite struct StatusTextTests {
  private final class StillClock: HostClock {
    func now() -> Times { Times(mono: 1_000_000_000, wall: 2_000_000_000, venue: 2_000_000_000) }
  }

  /// The paper exchange with one pair that it has and one that it lacks.
  private func seats(_ pairs: String = #""BTC-USDT", "XRP-USDT""#) throws -> [SeatStatus] {
    let text = #"{"schema": 1, "connectors": {"paper": {"markets": {"spot": {"pairs": [\#(pairs)]}}}}}"#
    let config = try Config.parse(bytes: Array(text.utf8), file: "test", environment: [:])
    let registry = try Registry.load(path: packageRoot + "/registry.json")
    let catalog = Catalog.discover(registry: registry, pluginFolder: nil, libraryFolders: [buildFolder])
    let host = Runtime.Host(lane: Lane(clock: StillClock()), transport: OfflineTransport())
    #expect(host.load(config, catalog: catalog, libraryFolders: [buildFolder]).isEmpty)
    host.start()
    defer { host.stop() }
    return host.seats.map { $0.status(lane: 1) }
  }

  /// Not every exchange says how much stands at its best prices.
  @Test func aQuantityThatIsNotToldIsNull() {
    #expect(MarketCopies.quote(Level(price: 12_345, quantity: 500), -2, -3) == ["123.45", "0.5"])
    #expect(MarketCopies.quote(Level(price: 12_345, quantity: 0), -2, -3) == ["123.45", nil])
    #expect(MarketCopies.quote(nil, -2, -3).isNull)
  }

  @Test func linesNameWhatIsThereAndWhatIsMissing() throws {
    var changes = StatusChanges()
    let lines = changes.lines(try seats(), seconds: 0)
    try #require(lines.count == 2)
    #expect(lines[0].hasPrefix("paper BTC-USDT: ") && lines[0].hasSuffix(", 0 trades, 0 updates, 0 ms old"))
    #expect(lines[1].hasPrefix("paper: waiting: XRP-USDT: paper has no such instrument (listed at "))
  }

  /// A log holds what changes, and a summary a minute: a day of one pair is not 86400 lines.
  @Test func nothingIsRepeated() throws {
    var changes = StatusChanges()
    let all = try seats()
    #expect(changes.lines(all, seconds: 0).count == 2)
    var lines: [String] = []
    for second in 1...180 { lines += changes.lines(all, seconds: Int64(second)) }
    let summary = "patchbay: 0 of 1 connectors ready, 1 of 2 books, 0 updates, 0 trades"
    #expect(lines == [summary, summary, summary])
    // What is over is said once, and what comes back is new.
    let ready = try seats(#""BTC-USDT""#)
    #expect(changes.lines(ready, seconds: 181) == ["paper: ready"])
    #expect(changes.lines(ready, seconds: 182).isEmpty)
    #expect(changes.lines(all, seconds: 183).map { $0.hasPrefix("paper: waiting: XRP-USDT: ") } == [true])
  }

  @Test func thePictureFitsTheTerminal() throws {
    let all = (0..<30).map { "\"P\($0)-USDT\"" }.joined(separator: ",")
    for (width, height) in [(40, 10), (80, 24), (200, 50)] {
      let lines = StatusText.picture(try seats(all), seconds: 61, width, height)
      #expect(lines.count < height && lines.allSatisfy { $0.count <= width }, "\(width) x \(height)")
      #expect(lines[0].hasPrefix("patchbay run: 0 of 1 ready, 61 s"))
      #expect(lines.last?.contains("more pairs") == true || height == 50)
    }
  }

  @Test func theScreenIsDrawnOverItself() {
    var screen = StatusScreen()
    #expect(screen.draw(["a", "b"], below: ["event"]) == "event\na\nb\n")
    #expect(screen.draw(["c"], below: []) == "\u{1B}[2A\u{1B}[Jc\n")
  }

  @Test func jsonIsExact() throws {
    let seat = try #require(seats().first)
    let value = StatusText.json(seat)
    #expect(value["ready"] == false && value["pairs"]?[0]?["ready"] == true && value["pairs"]?[1]?["bid"] == .some(nil))
    let bid = try #require(seat.pairs[0].bid)
    #expect(value["pairs"]?[0]?["bid"] == [JSONValue(.string(bid.price.plain)), JSONValue(.string(bid.quantity.plain))])
  }

  /// Nobody takes the events away: they are bounded, and what is dropped is counted.
  @Test func eventsAreBounded() throws {
    let events = RunEvents()
    let session = try session(events)
    for number in 0..<5000 { events.session(session, .log(level: .warning, text: "\(number)")) }
    events.session(session, .log(level: .info, text: "not shown"))
    let taken = events.take()
    #expect(taken.events.count == 4096 && taken.dropped == 904 && taken.events[0].text == "0")
    #expect(events.take().events.isEmpty && events.take().dropped == 0)
  }

  private func session(_ events: RunEvents) throws -> Session {
    let library = try LibraryLoader.load(
      file: buildFolder + "/libpaper.so",
      manifests: try Registry.load(path: packageRoot + "/registry.json").manifests(library: "libpaper.so"))
    return try Session(
      name: "paper", connector: try #require(library.connectors["paper"]), config: Array("{}".utf8),
      transport: OfflineTransport(), observer: events, times: .zero)
  }
}

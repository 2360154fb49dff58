import Decimals
import Foundation
import JSONTree
import Testing

/// A host that runs, and the commands that look into it and steer it: the real program in two processes.
@Suite struct RunControlTests {
  private let deployment: Deployment

  init() throws { deployment = try Deployment() }

  private func paper(_ more: String = "") throws {
    try deployment.configure(#"""
      {"paper": {"markets": {"spot": {"pairs": ["BTC-USDT", "ETH-USDT"]}, "perp": {"pairs": ["BTC-USDT"]}}}}\#(more)
      """#)
  }

  private func connector(_ name: String, _ status: JSONValue) throws -> JSONValue {
    try #require(status["connectors"]?.array?.first { $0["connector"]?.string == name })
  }

  @Test func withoutAHostEveryCommandSaysSo() throws {
    try paper()
    for command in [
      ["status"], ["book", "BTC-USDT"], ["trades", "BTC-USDT"], ["ticker"], ["subscribe", "paper", "BTC-USDT"],
      ["unsubscribe", "paper", "BTC-USDT"], ["record", "on"], ["stop"],
    ] {
      let result = try run(["\(buildFolder)/patchbay"] + command + ["--config", deployment.configPath])
      #expect(result.status == 1 && result.output == "", "\(command)")
      let words = "no host runs on \(deployment.scratch.path("data")); start one with patchbay run"
      #expect(result.errors.hasPrefix(words), "\(command): \(result.errors)")
    }
  }

  @Test func statusTellsEveryPairAndStopEndsCleanly() throws {
    try paper()
    let program = try RunningProgram(deployment)
    let status = try program.json("status")
    #expect(status["connectors"]?.array?.count == 2)
    for (name, pairs) in [("paper", ["BTC-USDT", "ETH-USDT"]), ("paper_perpetual", ["BTC-USDT"])] {
      let one = try connector(name, status)
      #expect(one["ready"] == true && one["missing"] == [] && one["lane"] == 1)
      #expect(one["pairs"]?.array?.compactMap { $0["pair"]?.string } == pairs)
      for pair in one["pairs"]?.array ?? [] {
        let bid = try #require(pair["bid"]?[0]?.string.flatMap { Decimal64($0) })
        let ask = try #require(pair["ask"]?[0]?.string.flatMap { Decimal64($0) })
        #expect(bid < ask && pair["age_ms"]?.int != nil && pair["snapshots"]?.int == 1)
      }
    }
    let text = try program.ask("status").output
    #expect(text.hasPrefix("host \(program.processID): 2 of 2 connectors ready\n") && text.contains("paper_perpetual"))
    let second = try deployment.patchbay("run", "--config", deployment.configPath, "--for", "1")
    #expect(second.status == 1 && second.errors.contains("another host (process \(program.processID)) runs on"))
    let stopped = try program.ask("stop")
    #expect(stopped.status == 0 && stopped.output == "stopped\n" && program.ended() == 0)
    #expect(program.output.contains("patchbay: stopping: 2 connectors: paper, paper_perpetual; "))
    #expect(program.errors == "" && !deployment.scratch.exists("data/run.sock"))
  }

  /// What the host holds itself, its port and its memory, is no fault of the machine.
  @Test func theDoctorBesideARunningHostFindsNoFaultWithIt() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var (address, length) = (sockaddr_in(), socklen_t(MemoryLayout<sockaddr_in>.size))
    address.sin_family = sa_family_t(AF_INET)
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, length)
        _ = getsockname(descriptor, $0, &length)
      }
    }
    close(descriptor)
    try paper(#", "gateway": { "listen": "127.0.0.1:\#(UInt16(bigEndian: address.sin_port))" }"#)
    let program = try RunningProgram(deployment)
    let result = try deployment.patchbay("doctor", "--config", deployment.configPath, "--json")
    let findings = try #require(JSONDocument.parse(text: result.output)["findings"]?.array)
    let own = findings.filter { ["gateway", "feed"].contains($0["area"]?.string) }
    #expect(own.allSatisfy { $0["level"]?.string != "error" }, "\(own)")
    #expect(findings.contains { $0["text"]?.string?.contains("(process \(program.processID))") == true })
  }

  @Test func theProgramSaysItsVersion() throws {
    for word in ["--version", "-V"] {
      let result = try run(["\(buildFolder)/patchbay", word])
      #expect(result.status == 0 && result.output == "patchbay 0.1.0\n" && result.errors == "")
    }
  }

  @Test func booksTradesAndTickersAreExact() throws {
    try paper()
    let program = try RunningProgram(deployment)
    let book = try program.json("book", "eth-usdt", "--depth", "3")
    #expect(book["connector"] == "paper" && book["pair"] == "ETH-USDT" && book["ready"] == true)
    for (side, isRising) in [("bids", false), ("asks", true)] {
      let prices = try #require(book[side]?.array).map { try #require($0[0]?.string.flatMap { Decimal64($0) }) }
      #expect(!prices.isEmpty && prices.count <= 3)
      #expect(zip(prices, prices.dropFirst()).allSatisfy { isRising ? $0 < $1 : $1 < $0 })
    }
    let shown = try program.ask("book", "ETH-USDT", "--depth", "1").output.split(separator: "\n")
    #expect(shown.count == 3 && shown[0] == "paper ETH-USDT")
    let ambiguous = try program.ask("book", "BTC-USDT")
    #expect(ambiguous.status == 1)
    #expect(ambiguous.errors == "BTC-USDT is on paper, paper_perpetual; name one with --connector\n")
    #expect(try program.json("book", "BTC-USDT", "--connector", "paper_perpetual")["connector"] == "paper_perpetual")
    try program.wait { try program.json("trades", "ETH-USDT")["trades"]?.array?.isEmpty == false }
    let trade = try #require(program.json("trades", "ETH-USDT", "--limit", "1")["trades"]?[0])
    #expect(trade["price"]?.string.flatMap { Decimal64($0) } != nil && trade["time_ns"]?.int != nil)
    #expect(trade["id"]?.string?.isEmpty == false)
    let tickers = try #require(program.json("ticker")["tickers"]?.array)
    #expect(tickers.count == 3 && tickers.allSatisfy { $0["bid"]?[0]?.string != nil })
    #expect(try program.json("ticker", "BTC-USDT", "--connector", "paper_perpetual")["tickers"]?[0]?["mark"] != nil)
    for (arguments, words) in [
      (["book", "XRP-USDT"], "XRP-USDT is not subscribed to on paper, paper_perpetual; see patchbay status"),
      (["book", "ETH-USDT", "--connector", "binance"], "no connector \"binance\" runs here"),
      (["ticker", "XRP-USDT"], "XRP-USDT is not subscribed to"),
    ] {
      let result = try run(["\(buildFolder)/patchbay"] + arguments + ["--config", deployment.configPath])
      #expect(result.status == 1 && result.errors.hasPrefix(words), "\(result.errors)")
    }
  }

  /// The watch is a client's own process, which a closed pipe or a signal ends.
  @Test func watchesGoOn() throws {
    try paper()
    let program = try RunningProgram(deployment)
    for command in ["book", "trades"] {
      // The shell reads three events and goes.
      let line = "\(buildFolder)/patchbay \(command) BTC-USDT --connector paper --watch --json "
        + "--config \(deployment.configPath) | head -n 3"
      let events = try run("sh", "-c", line).output.split(separator: "\n").map {
        try JSONDocument.parse(text: String($0))
      }
      #expect(events.count == 3 && events.allSatisfy { $0["pair"] == "BTC-USDT" })
      if command == "book" {
        let sequences = events.compactMap { $0["sequence"]?.int }
        #expect(sequences == sequences.sorted() && sequences[0] < sequences[2])
      } else {
        let ids = events.flatMap { ($0["trades"]?.array ?? []).compactMap { $0["id"]?.string } }
        #expect(Set(ids).count == ids.count && events.allSatisfy { $0["missed"] == 0 }, "each trade once")
      }
    }
    #expect(try program.json("status")["connectors"]?.array?.count == 2)
  }

  @Test func pairsComeAndGo() throws {
    try paper()
    let program = try RunningProgram(deployment)
    let gone = try program.ask("unsubscribe", "paper", "ETH-USDT")
    #expect(gone.status == 0 && gone.output == "paper: gave up ETH-USDT: book, trades, ticker\n")
    #expect(try program.ask("book", "ETH-USDT").status == 1)
    #expect(try connector("paper", program.json("status"))["pairs"]?.array?.count == 1)
    #expect(try program.json("subscribe", "paper", "ETH-USDT", "book")["channels"] == ["book"])
    #expect(try program.json("book", "ETH-USDT")["ready"] == true)
    for (arguments, words) in [
      (["subscribe", "paper", "XRP-USDT"], "paper: has no instrument XRP-USDT"),
      (["subscribe", "paper", "ETH-USDT", "mark"], "paper: does not offer mark; it offers book, trades, ticker"),
      (["subscribe", "paper", "ETH-USDT", "boook"], "there is no channel \"boook\"; did you mean \"book\"?"),
      (["subscribe", "paper", "ETH-USDT", "tickr"], "there is no channel \"tickr\"; did you mean \"ticker\"?"),
      (["unsubscribe", "paper", "XRP-USDT"], "paper: XRP-USDT is not subscribed to"),
      (["subscribe", "ftx", "ETH-USDT"], "no connector \"ftx\" runs here; there are paper, paper_perpetual"),
    ] {
      let result = try run(["\(buildFolder)/patchbay"] + arguments + ["--config", deployment.configPath])
      #expect(result.status == 1 && result.errors.hasPrefix(words), "\(result.errors)")
    }
  }

  /// Over real sockets: one connection carries what comes and goes, and what is wanted then is asked for again after a
  /// cut.
  @Test func pairsComeAndGoOnALiveConnection() throws {
    let venue = try HarbourVenue()
    try deployment.dropIn(Examples.harbour.get())
    let url = "127.0.0.1:\(venue.port)"
    try deployment.configure("""
      {"harbour": {"markets": {"spot": {"pairs": ["SALT-USD"]}}, "endpoint": {"urls": {
        "api.harbour.example:443": "http://\(url)", "feed.harbour.example:443": "ws://\(url)"}}}}
      """)
    let program = try RunningProgram(deployment)
    try program.wait { try program.ask("status").status == 0 }
    #expect(venue.conversations == [["subscribe book:SALT-USD", "subscribe trades:SALT-USD"]])
    #expect(try program.json("subscribe", "harbour", "ROPE-USD")["channels"] == ["book", "trades"])
    try program.wait { try program.json("book", "ROPE-USD")["ready"] == true }
    #expect(try program.json("book", "ROPE-USD")["bids"] == [["10", "2"]])
    #expect(try program.ask("unsubscribe", "harbour", "SALT-USD").status == 0)
    try program.wait { venue.conversations[0].count == 6 }
    #expect(
      venue.conversations.count == 1
        && venue.conversations[0].dropFirst(2) == [
          "subscribe book:ROPE-USD", "subscribe trades:ROPE-USD", "unsubscribe book:SALT-USD",
          "unsubscribe trades:SALT-USD",
        ])
    venue.cut()
    try program.wait { venue.conversations.count == 2 && venue.conversations[1].count == 2 }
    try program.wait { try program.ask("status").status == 0 }
    #expect(venue.conversations[1] == ["subscribe book:ROPE-USD", "subscribe trades:ROPE-USD"])
    #expect(try program.json("book", "ROPE-USD")["sequence"] == 101)
    #expect(try program.ask("stop").status == 0 && program.ended() == 0)
  }

  @Test func whatIsMissingIsNamed() throws {
    try deployment.configure(
      #"{"paper": {"markets": {"spot": {"pairs": ["BTC-USDT", "XRP-USDT"]}}}}"#)
    let program = try RunningProgram(deployment)
    let status = try connector("paper", program.json("status", status: 2))
    let missing = (status["missing"]?.array ?? []).compactMap(\.string)
    #expect(missing.count == 1 && missing[0].hasPrefix("XRP-USDT: paper has no such instrument (listed at "))
    #expect(status["ready"] == false)
    let waiting = "paper: waiting: XRP-USDT: paper has no such instrument (listed at "
    #expect(try program.ask("status").output.contains(waiting))
  }

  // MARK: Recordings

  @Test func aRunIsRecordedFromItsStartAndReplays() throws {
    try paper(#", "recording": {"folder": "tapes/deep", "maximum_megabytes": 1}"#)
    let program = try RunningProgram(deployment)
    let status = try connector("paper", program.json("status"))["recording"]
    #expect(status?["on"] == true && status?["replayable"] == true && status?["fault"] == .some(nil))
    #expect(try program.ask("stop").status == 0)
    let files = try FileManager.default.contentsOfDirectory(atPath: deployment.scratch.path("tapes/deep")).sorted()
    #expect(files.count == 2 && files[0].hasPrefix("paper-") && files[1].hasPrefix("paper_perpetual-"))
    for file in files {
      let replayed = try deployment.patchbay(
        "replay", deployment.scratch.path("tapes/deep/\(file)"), "--config", deployment.configPath)
      #expect(replayed.status == 0 && replayed.errors == "" && replayed.output.contains(" records out\noutputs "))
    }
  }

  @Test func aRecordingIsSwitchedWhileItRuns() throws {
    try paper()
    let program = try RunningProgram(deployment)
    let on = try program.ask("record", "on", "paper")
    #expect(on.status == 0 && on.output.contains("begun in mid-run: cannot be replayed"))
    try program.wait {
      (try connector("paper", program.json("status"))["recording"]?["inputs"]?.int ?? 0) > 3
    }
    let status = try program.json("status")
    let file = try #require(connector("paper", status)["recording"]?["file"]?.string)
    #expect(try connector("paper_perpetual", status)["recording"] == ["on": false])
    #expect(try connector("paper", program.json("record", "off"))["recording"]?["on"] == false)
    let inspected = try deployment.patchbay("inspect", file)
    #expect(inspected.status == 0 && inspected.output.contains("note       switched on while its instance ran"))
    let replayed = try deployment.patchbay("replay", file, "--config", deployment.configPath)
    #expect(replayed.status == 1 && replayed.errors.contains("its beginning is missing"))
  }

  // MARK: Lanes and the end

  @Test func connectorsRunOnTheLanesThatAreNamed() throws {
    try deployment.dropIn(Examples.metronome.get())
    try deployment.dropIn(Examples.lantern.get())
    try deployment.configure("""
      {"metronome": {"lane": 2, "markets": {"spot": {"pairs": ["TIC-TOC"]}}},
       "lantern": {"markets": {"spot": {"pairs": ["OIL-USD"]}}},
       "paper": {"lane": "automatic", "markets": {"spot": {"pairs": ["BTC-USDT"]}}}}
      """)
    let program = try RunningProgram(deployment)
    try program.wait { try program.ask("status").status == 0 }
    let status = try program.json("status")
    let lanes = status["connectors"]?.array?.map { ($0["connector"]?.string ?? "", $0["lane"]?.int ?? 0) }
    #expect(lanes?.map(\.0) == ["lantern", "paper", "metronome"] && lanes?.map(\.1) == [1, 1, 2])
    for (pair, name) in [("TIC-TOC", "metronome"), ("OIL-USD", "lantern"), ("BTC-USDT", "paper")] {
      let book = try program.json("book", pair)
      #expect(book["connector"]?.string == name && book["ready"] == true)
    }
    #expect(try program.ask("stop").status == 0 && program.ended() == 0)
  }

  @Test(arguments: [SIGINT, SIGTERM]) func aSignalStopsCleanly(_ number: Int32) throws {
    try paper()
    let program = try RunningProgram(deployment, "--json")
    program.signal(number)
    #expect(program.ended() == 0 && program.errors == "" && !deployment.scratch.exists("data/run.sock"))
    let lines = try program.output.split(separator: "\n").map { try JSONDocument.parse(text: String($0)) }
    #expect(lines.count { $0["event"] == "stopping" } == 1)
  }

  /// A connector inside the host that never comes back keeps its lane from ending; the second signal does not ask.
  @Test func twiceStopsAtOnce() throws {
    var library = CLibrary()
    library.helpers = "#include <unistd.h>\n"
    library.deliverBody = "for (;;) usleep(1000);"
    try deployment.dropIn(library)
    try deployment.configure(#"""
      {"bad": {"lane": 2, "markets": {"spot": {}}, \#(deployment.inside())},
       "paper": {"lane": 1, "markets": {"spot": {"pairs": ["BTC-USDT"]}}}}
      """#)
    let program = try RunningProgram(deployment)
    let status = try program.json("status", status: 2)
    #expect(status["silent_lanes"] == [2] && status["connectors"]?.array?.count == 1, "the other lane goes on")
    #expect(try program.ask("book", "BTC-USDT").errors.hasPrefix("lane 2 does not answer"))
    #expect(try program.json("book", "BTC-USDT", "--connector", "paper")["ready"] == true)
    program.signal(SIGINT)
    try program.wait { program.output.contains("patchbay: stopping: 2 connectors") }
    program.signal(SIGINT)
    #expect(program.ended() == 130)
    // The lock went with the process: the socket that is left is replaced.
    try paper()
    let next = try RunningProgram(deployment)
    #expect(try next.ask("stop").status == 0)
  }
}

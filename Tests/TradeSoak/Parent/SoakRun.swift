import Glibc
import Runtime
import Simulation
import Venue
import VenueExchange
import VenueServer

/// A whole run: venues behind faults, a host that is killed and started again, and what came of it.
final class SoakRun {
  /// A venue with everything around it.
  struct Stage {
    let kind: SoakVenue
    let options: VenueOptions
    let venue: EngineVenue
    let watched: WatchedVenue
    let faulty: FaultyVenue
    var symbols: [String] { options.markets.map(\.symbol) }
  }

  let options: SoakOptions
  let folder: String
  let stages: [Stage]
  let server: VenueServer
  let clock = SystemClock()
  private var random: SeededRandom
  private var weather: LineWeather
  private var child: ChildProcess?
  var tally = Tally()
  var counts = SoakCounts()
  private var settled: Set<String> = []
  private var isStopped = false
  private var isFair = false
  private var nextProgress: Int64 = 0

  /// What was seen on the way.
  struct Tally {
    var kills = 0
    var gusts = 0
    var rightBooks = 0
    var wrongBooks = 0
    var untoldBooks = 0
    var problems: [String] = []
    var notes: [String: Int] = [:]
    var waiting: [String: String] = [:]
    /// What the host believes to have at the end: `venue account asset`, and positions by symbol.
    var balances: [String: String] = [:]
    var positions: [String: String] = [:]

    mutating func wrong(_ text: String) { if problems.count < 200 { problems.append(text) } }
  }

  init(_ options: SoakOptions, folder: String) throws {
    (self.options, self.folder) = (options, folder)
    random = SeededRandom(seed: options.seed)
    var serving = VenueServer.Options()
    serving.authorityFile = folder + "/authority.pem"
    let clock = clock
    server = try VenueServer(serving) {
      let times = clock.now()
      return VenueTime(mono: times.mono, wall: times.wall)
    }
    weather = LineWeather(seed: options.seed, mean: 6_000_000_000, now: clock.now().mono)
    stages = try options.venues.map { kind in
      let venueOptions = kind.options(seed: options.seed)
      let venue = try kind.make(venueOptions)
      let watched = WatchedVenue(venue, symbols: venueOptions.markets.map(\.symbol))
      let faulty = FaultyVenue(watched, rules: Self.rules, seed: options.seed)
      return Stage(kind: kind, options: venueOptions, venue: venue, watched: watched, faulty: faulty)
    }
    for stage in stages { try server.mount(stage.faulty, at: stage.kind.prefix) }
    let items = stages.map {
      SoakPlan.Item(venue: $0.kind, url: server.url($0.kind.prefix), accounts: $0.options.accounts)
    }
    try SoakPlan(venues: items).write(folder: folder, seed: options.seed)
  }

  /// Everything that a plan can name; requests fail less often than usual, for a host that lives some seconds has to
  /// come to trading. Being told to wait stops everything, so it comes least.
  private static let rules = FaultPlan.usual.rules.map { rule in
    switch (rule.place, rule.fault) {
    case (.requests, .refuse(let reply)) where reply.status == 429 || reply.status == 418: rule.with(chance: 500)
    case (.requests, _): rule.with(chance: 6000)
    default: rule
    }
  }

  // MARK: Running

  func run() throws -> Bool {
    server.start()
    defer { server.stop() }
    let began = clock.now().mono
    try trade()
    try end()
    let seconds = (clock.now().mono - began) / 1_000_000_000
    Console.say(report(seconds))
    return tally.problems.isEmpty
  }

  private func trade() throws {
    try start()
    while tally.kills < options.kills || placed < options.orders {
      // A host that ended by itself leaves nothing to wait for.
      guard tally.problems.count < 20, child != nil else { return }
      tellProgress()
      if tally.kills < options.kills {
        turn(milliseconds: random.pick(1...options.life))
        child?.kill()
        tally.kills += 1
        try start()
      } else {
        turn(milliseconds: 1000)
      }
    }
  }

  private func tellProgress() {
    guard clock.now().mono >= nextProgress else { return }
    nextProgress = clock.now().mono + 10_000_000_000
    Console.say("after \(tally.kills) kills: \(placed) orders, \(books)")
    let requests = server.perform { [stages] in
      stages.map { stage in
        defer { stage.watched.requests = [:] }
        let most = stage.watched.requests.sorted { $0.value > $1.value }.prefix(5)
        return "\(stage.kind.rawValue): " + most.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      }
    }
    for line in requests { Console.say("  asked of \(line)") }
    for waiting in tally.waiting.values.sorted() { Console.say("  waited: \(waiting)") }
    tally.waiting = [:]
  }

  private func start() throws {
    server.perform { [stages, tally] in for stage in stages { stage.watched.address = "run-\(tally.kills)" } }
    child = try ChildProcess(SoakPlace.program, ["--child", "--folder", folder, "--seed", "\(random.next() >> 2)"])
  }

  /// Faults end, the markets stand still, and the host settles and stops; its orders stay.
  private func end() throws {
    isFair = true
    server.perform { [stages] in for stage in stages { stage.faulty.rules = [] } }
    // What was lost last shows by what comes next.
    turn(milliseconds: 15_000)
    server.perform { [stages] in for stage in stages { stage.venue.isStill = true } }
    child?.say("calm")
    let deadline = clock.now().mono + options.settle * 1_000_000_000
    while settled.count < stages.count, clock.now().mono < deadline, tally.problems.count < 20 {
      turn(milliseconds: 100)
      tellProgress()
    }
    for stage in stages where !settled.contains(stage.kind.rawValue) {
      tally.wrong("\(stage.kind.rawValue) is not settled: \(tally.waiting[stage.kind.rawValue] ?? "it said nothing")")
    }
    child?.say("stop")
    for _ in 0..<300 where !isStopped { turn(milliseconds: 100) }
    if !isStopped { tally.wrong("the host did not stop when it was told to") }
    child?.kill()
    child = nil
    compare()
  }

  /// Hears what the host says for so long.
  private func turn(milliseconds: Int64) {
    let end = clock.now().mono + milliseconds * 1_000_000
    repeat {
      let left = (end - clock.now().mono) / 1_000_000
      guard let child else { return }
      hear(child.lines(milliseconds: Int32(max(0, min(20, left)))))
      if !isStopped, let ending = child.ending() {
        if !isFair || !settled.isEmpty { tally.wrong("the host was not killed, and \(ending)") }
        self.child = nil
      }
      if !isFair, let gust = weather.next(now: clock.now().mono) {
        tally.gusts += 1
        server.suffer(gust)
      }
    } while clock.now().mono < end
  }

  /// Orders at all venues.
  private var placed: Int {
    server.perform { [stages] in
      stages.reduce(0) { sum, stage in
        stage.options.accounts.reduce(sum) { $0 + stage.venue.orderCount(account: $1.name) }
      }
    }
  }

  var books: String {
    "\(tally.rightBooks) books right, \(tally.wrongBooks) wrong, \(tally.untoldBooks) of a moment between"
  }

  // MARK: Hearing

  private func hear(_ lines: [String]) {
    var (told, last): ([ToldBook], [ToldBook]) = ([], [])
    for line in lines {
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      let rest = words.count > 1 ? words[1] : ""
      let parts = rest.split(separator: " ").map(String.init)
      switch words.first {
      case "book": if let book = book(parts) { told.append(book) }
      case "last": if let book = book(parts) { last.append(book) }
      case "balance": if parts.count == 4 { tally.balances[parts[..<3].joined(separator: " ")] = parts[3] }
      case "position": if parts.count == 4 { tally.positions[parts[..<3].joined(separator: " ")] = parts[3] }
      case "settled": settled.insert(rest)
      case "stopped": isStopped = true
      case "waiting": tally.waiting[parts.first ?? ""] = rest
      case "note": tally.notes[rest, default: 0] += 1
      case "wrong", "fault": tally.wrong(rest)
      default: break
      }
    }
    judge(told)
    judgeLast(last)
  }

  private func book(_ parts: [String]) -> ToldBook? {
    guard parts.count == 5, let stage = stages.first(where: { $0.kind.rawValue == parts[0] }),
      let sequence = UInt64(parts[2]), let mark = UInt64(parts[3])
    else { return nil }
    return ToldBook(stage: stage, symbol: parts[1], sequence: sequence, mark: mark, text: parts[4])
  }

  /// A ready book as the host has it.
  private struct ToldBook {
    let stage: Stage
    let symbol: String
    let sequence: UInt64
    let mark: UInt64
    let text: String
  }

  private func judge(_ told: [ToldBook]) {
    guard !told.isEmpty else { return }
    let verdicts = server.perform { told.map { $0.stage.watched.judge($0.symbol, $0.sequence, $0.mark) } }
    for (book, verdict) in zip(told, verdicts) {
      switch verdict {
      case .right: tally.rightBooks += 1
      case .untold: tally.untoldBooks += 1
      case .wrong(let truth):
        tally.wrongBooks += 1
        let name = "\(book.stage.kind.rawValue) \(book.symbol) at \(book.sequence), after \(tally.kills) kills"
        tally.wrong("the book of \(name), is \(book.text), the venue told \(truth)")
      }
    }
  }

  /// At the end the markets have stood still for long: a ready book that is not what was reported last has stood still
  /// before, right at its own number. A line that still holds back what was reported excuses it.
  private func judgeLast(_ books: [ToldBook]) {
    for book in books where !server.isHeldBack(book.stage.kind.prefix) {
      guard let isLast = server.perform({ book.stage.watched.isLast(book.symbol, book.sequence, book.mark) }) else {
        continue
      }
      counts.lastBooks += 1
      if !isLast {
        tally.wrong("the book of \(book.stage.kind.rawValue) \(book.symbol) stands still at \(book.sequence)")
      }
    }
  }
}

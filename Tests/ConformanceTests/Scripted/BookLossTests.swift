import JSONTree
import MarketModel
import Testing
import VenueScript

/// A book is lost with the update that could not be read, at once, and ready again only when it has been proved anew.
@Suite struct BookLossTests {
  /// What is said while a book stands, each by its place in the script, and what the host said from then on.
  private struct Passage {
    var place: JSONPosition
    /// What the host had said before.
    var start: Int
    /// When it was said, monotonic.
    var time: Int64
    /// What the host had said when all that it caused had arrived.
    var end = Int.max
  }

  /// How long a script is played: each has changed its books by then.
  private static let time = 30 * second
  /// In so short a time everything that is on its way arrives.
  private static let travel = second

  /// A run in which nothing is damaged, with the first time that each message is said.
  private func passages(_ path: String) throws -> (stage: Stage, passages: [Passage]) {
    let stage = try Stage(path)
    var passages: [Passage] = []
    stage.venue.alter = { [unowned stage] place, message in
      if !passages.contains(where: { $0.place == place }) {
        let now = stage.simulation.clock.now().mono
        passages.append(Passage(place: place, start: stage.toldCount, time: now))
      }
      return [message]
    }
    stage.start(within: 0)
    let end = stage.simulation.clock.now().mono + Self.time
    while stage.simulation.clock.now().mono < end {
      stage.simulation.run(for: second / 20)
      let now = stage.simulation.clock.now().mono
      for index in passages.indices where passages[index].time + Self.travel >= now {
        passages[index].end = stage.toldCount
      }
    }
    return (stage, passages)
  }

  /// The same run, with one message damaged as it is said, until what it caused has arrived.
  private func damaged(_ path: String, _ passage: Passage, _ damage: Damage, turn: Int) throws -> Stage {
    let stage = try Stage(path)
    var isDone = false
    stage.venue.alter = { place, message in
      guard place == passage.place, !isDone else { return [message] }
      isDone = true
      return [damage.done(to: message, turn: turn)]
    }
    stage.start(within: 0)
    stage.simulation.run(for: passage.time + Self.travel - stage.simulation.clock.now().mono)
    #expect(isDone, "\(path):\(passage.place.line)")
    return stage
  }

  /// What was said of books from a place on, up to another.
  private func books(_ stage: Stage, from start: Int = 0, to end: Int = .max) -> [String] {
    stage.told.prefix(end).dropFirst(start).filter { $0.hasPrefix("book ") || $0.hasPrefix("gap ") }
  }

  private func symbol(_ line: String) -> String { line.split(separator: " ").dropFirst().first.map(String.init) ?? "" }

  /// All kinds but the message that is empty: it names no book, and is read as what it is.
  private static let damages: [Damage] = [.truncated, .retyped, .unlisted, .signed]

  @Test(arguments: Scripts.paths) func theBookIsLostWithItsUpdate(_ path: String) throws {
    let (whole, passages) = try passages(path)
    #expect(whole.isReady, "\(whole.last)")
    var updates = 0
    for (turn, passage) in passages.enumerated() {
      let said = books(whole, from: passage.start, to: passage.end)
      let before = books(whole, to: passage.start)
      for damage in Self.damages {
        let stage = try damaged(path, passage, damage, turn: turn)
        let now = books(stage, from: passage.start)
        // What this message changes is what is not changed when it is damaged.
        let place = said.indices.first { $0 >= now.count ? stage.book?.isReady == true : said[$0] != now[$0] }
        // Where there was no book before, there is none that could be believed; what came since may stand in its place.
        guard let place, said[place].hasPrefix("book "),
          before.last(where: { symbol($0) == symbol(said[place]) })?.hasPrefix("book ") == true
        else { continue }
        updates += 1
        let name = "\(path):\(passage.place.line): \(damage)"
        #expect(place < now.count && now[place].hasPrefix("gap "), "\(name): \(now.prefix(5))\n\(stage.last)")
        #expect(stage.breaches == [], "\(name)")
        #expect(stage.simulation.run(for: 10 * minute) { stage.isReady }, "\(name)\n\(stage.last)")
      }
    }
    #expect(updates > 0, "no message of the script changes a book: \(passages.map(\.place.line))")
  }

  /// Where the message of the first book cannot be read, another one is there within half a minute.
  @Test(arguments: Scripts.paths) func theFirstBookIsAskedForAgain(_ path: String) throws {
    let (whole, passages) = try passages(path)
    guard let first = books(whole).first, first.hasPrefix("book ") else { return }
    guard let turn = passages.lastIndex(where: { books(whole, to: $0.start).isEmpty }) else { return }
    for damage in Self.damages {
      let stage = try damaged(path, passages[turn], damage, turn: turn)
      #expect(stage.simulation.run(for: 30 * second) { stage.isReady }, "\(path): \(damage)\n\(stage.last)")
    }
  }
}

import Foundation
import JSONTree
import MarketModel
import Testing
import VenueScript

/// Every kind of message of every exchange, damaged: the connector loses what the message was about and gets it back.
///
/// A run takes a part of the messages, each script another; with `PATCHBAY_CONFORMANCE=all` in the environment it takes
/// all of them.
@Suite struct DamageTests {
  private static let part = ProcessInfo.processInfo.environment["PATCHBAY_CONFORMANCE"] == "all" ? 1 : 4

  /// The messages of a script, each by its place, in the order in which they are first said, with its number.
  private func messages(_ path: String) throws -> [(turn: Int, place: JSONPosition)] {
    let stage = try Stage(path)
    var places: [JSONPosition] = []
    stage.venue.alter = { place, message in
      if !places.contains(place) { places.append(place) }
      return [message]
    }
    stage.start()
    stage.trade()
    return places.enumerated().map { ($0.offset, $0.element) }
      .filter { ($0.turn + path.utf8.count) % Self.part == 0 }
  }

  /// One run of the script, one message of which is damaged when it is said first.
  private func run(_ path: String, _ place: JSONPosition, _ damage: Damage, turn: Int) throws -> Stage {
    let stage = try Stage(path)
    var isDone = false
    stage.venue.alter = { position, message in
      guard position == place, !isDone else { return [message] }
      isDone = true
      return [damage.done(to: message, turn: turn)]
    }
    stage.start(within: 30 * minute)
    // What could not be read of balances is asked for again by then.
    stage.simulation.run(for: 3 * minute)
    stage.trade()
    return stage
  }

  @Test(arguments: Scripts.paths) func whatIsUnreadableIsLostAndFoundAgain(_ path: String) throws {
    let damages: [Damage] = [.truncated, .emptied, .retyped, .unlisted, .signed]
    for (turn, place) in try messages(path) {
      let damage = damages[(turn / Self.part + path.utf8.count) % damages.count]
      let stage = try run(path, place, damage, turn: turn)
      let name = "\(path):\(place.line): \(damage)"
      #expect(stage.breaches == [], "\(name)")
      // A refusal, or an answer, that nobody could read leaves the order in doubt, until the exchange has said often
      // that it has none.
      var ends = stage.ends
      for part in [Part.refused, .gone] where ends[part] == .lost { ends[part] = Stage.ends[part] }
      #expect(ends == Stage.ends, "\(name)\n\(stage.last)")
      #expect(stage.simulation.run(for: 10 * minute) { stage.isReady }, "\(name)\n\(stage.last)")
    }
  }

  /// A peer's number never traps. What it says of an order or a balance cannot be known from the truth.
  @Test(arguments: Scripts.paths) func noNumberIsTooMuch(_ path: String) throws {
    for (turn, place) in try messages(path) {
      let number = turn * 7 + path.utf8.count
      let stage = try run(path, place, .numbers, turn: number)
      #expect(stage.breaches == [], "\(path):\(place.line): number \(number)")
    }
  }
}

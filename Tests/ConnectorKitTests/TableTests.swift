import CPatchbay
import ConnectorTestKit
import Testing

@testable import ConnectorKit

struct TableTests {
  @Test func symbolsAgainstADictionary() {
    var random = SeededGenerator(seed: 5)
    let map = SymbolMap()
    var known: [String: Int] = [:]
    for _ in 0..<6000 {
      let symbol = String((0..<random.below(9)).map { _ in random.pick(Array("ABCDEFTU-_/é")) })
      #expect(map.find(symbol) == known[symbol] ?? -1)
      if random.oneIn(2) {
        let number = known[symbol] ?? known.count
        known[symbol] = number
        let inserted = map.insert(symbol)
        #expect(inserted == number)
      }
    }
    #expect(map.count == known.count && known.count > 1000)
    for (symbol, number) in known { #expect(map.find(symbol) == number) }
    for symbol in known.keys { #expect(map.find(symbol + "\u{0}") == -1) }
  }

  @Test func idsAgainstADictionary() {
    var random = SeededGenerator(seed: 6)
    var table = IDTable<String>(first: 10)
    var known: [pb_id: String] = [:]
    var next: pb_id = 10
    for step in 0..<3000 {
      switch random.below(4) {
      case 0, 1:
        let id1 = table.insert("\(step)")
        #expect(id1 == next)
        known[next] = "\(step)"
        next += 1
      case 2:
        let id = 5 + pb_id(random.below(Int(next)))
        let removed2 = table.remove(id)
        #expect(removed2 == known.removeValue(forKey: id))
      default:
        let id = 5 + pb_id(random.below(Int(next)))
        #expect(table[id] == known[id])
        let value = random.oneIn(3) ? nil : "changed \(step)"
        table[id] = value
        if known[id] != nil { known[id] = value }
      }
      #expect(table.count == known.count && table.isEmpty == known.isEmpty)
    }
    #expect(table.ids == known.keys.sorted())
    #expect(table.all.map(\.value) == known.sorted { $0.key < $1.key }.map(\.value))
  }

  @Test func aCommandIsDoneWhenAllItsChannelsAre() {
    var table = Subscriptions()
    let first = table.add(7, [.book, .trades], command: 1)
    #expect(first.new == [.book, .trades] && !first.isDone)
    let second = table.add(7, [.trades, .ticker], command: 2)
    #expect(second.new == .ticker && !second.isDone)
    let done3 = table.live(7, .trades)
    #expect(done3 == [])
    let done4 = table.live(7, .trades)
    #expect(done4 == nil)
    let done5 = table.live(7, .book)
    #expect(done5 == [1])
    let done6 = table.live(7, .ticker)
    #expect(done6 == [2])
    let third = table.add(7, [.book, .trades, .ticker], command: 3)
    #expect(third.new == [] && third.isDone)
    let done7 = table.live(8, .book)
    #expect(done7 == nil)
    #expect(table.state(7, .book) == .live && table.state(8, .book) == nil)
  }

  @Test func aRejectedChannelFailsItsCommandsOnce() {
    var table = Subscriptions()
    _ = table.add(7, [.book, .trades], command: 1)
    _ = table.add(7, .book, command: 2)
    let failed8 = table.rejected(7, .book)
    #expect(failed8 == [1, 2])
    let failed9 = table.rejected(7, .book)
    #expect(failed9 == [])
    // The command is answered already.
    let done10 = table.live(7, .trades)
    #expect(done10 == [])
    #expect(table.state(7, .book) == nil)
    let added11 = table.add(7, .book, command: 3).new
    #expect(added11 == .book)
  }

  @Test func removingTellsWhoWaited() {
    var table = Subscriptions()
    _ = table.add(7, [.book, .trades], command: 1)
    let removed = table.remove(7, [.book, .trades, .ticker])
    #expect(removed.gone == [.book, .trades] && removed.orphans == [1])
    #expect(table.entries.isEmpty)
    let done12 = table.live(7, .book)
    #expect(done12 == nil)
  }

  @Test func aChannelComesBack() {
    var table = Subscriptions()
    _ = table.add(7, .book, command: 1)
    let fell13 = table.down(7, .book)
    #expect(!fell13)
    _ = table.live(7, .book)
    let fell14 = table.down(7, .book)
    #expect(fell14)
    let fell15 = table.down(7, .book)
    #expect(!fell15)
    let again = table.add(7, .book, command: 2)
    #expect(again.new == [] && !again.isDone)
    let done16 = table.live(7, .book)
    #expect(done16 == [2])
  }

  // MARK: Configuration

  @Test func configurationIsReadByName() throws {
    let config = try ConnectorConfig(
      #"{"other":[1,{"name":"no"}],"name":"a\nb","count":-5,"on":true,"size":"0.10","none":null,"name":"second"}"#)
    #expect(try config.string("name") == "a\nb")
    #expect(try config.integer("count") == -5)
    #expect(try config.boolean("on") == true)
    #expect(try config.decimal("size")?.description == "0.10")
    #expect(try config.string("none") == nil)
    #expect(try config.string("absent") == nil)
    #expect(try ConnectorConfig("").string("name") == nil)
  }

  @Test func configurationFaultsNameTheField() throws {
    for text in ["[]", "x", "{", #"{"a":1,}"#, "{} {}", "1"] {
      #expect(throws: ConfigFault.self, "\(text)") { try ConnectorConfig(text) }
    }
    let config = try ConnectorConfig(#"{"a":"text","b":1.5,"c":{}}"#)
    for (name, expected) in [("a", "an integer"), ("b", "an integer"), ("c", "an integer")] {
      let fault = #expect(throws: ConfigFault.self) { try config.integer(name) }
      #expect(fault?.description == "config.\(name): expected \(expected)")
    }
    #expect(throws: ConfigFault.self) { try config.string("b") }
    #expect(throws: ConfigFault.self) { try config.boolean("a") }
    #expect(throws: ConfigFault.self) { try config.decimal("c") }
  }
}

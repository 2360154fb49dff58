import Decimals
import MarketModel
import Testing

private let me = AccountID(1)
private let other = AccountID(2)

@Suite struct BalanceStore {
  private func balance(_ total: Int64, time: Int64 = 0) -> Balance {
    Balance(total: Decimal64(total), available: Decimal64(total), time: time)
  }

  @Test func aWholeSetRemovesWhatIsGone() {
    var balances = Balances()
    balances.put(balance(1), account: me, asset: "BTC")
    balances.put(balance(2), account: me, asset: "ETH")
    balances.put(balance(3), account: other, asset: "ETH")
    balances.begin(CommandID(1))
    balances.put(balance(9), account: me, asset: "USDT") // a push while the set is on its way
    balances.put(balance(5), account: me, asset: "BTC")
    #expect(balances.complete(CommandID(1), account: me) == ["ETH"])
    #expect(balances.all(of: me).map(\.asset) == ["BTC", "USDT"] && balances[me, "BTC"]?.total == 5)
    #expect(balances[other, "ETH"]?.total == 3)
  }

  @Test func anEmptySetEmptiesTheAccount() {
    var balances = Balances()
    balances.put(balance(1), account: me, asset: "BTC")
    balances.begin(CommandID(1))
    #expect(balances.complete(CommandID(1), account: me) == ["BTC"] && balances.all(of: me).isEmpty)
  }

  @Test func partialAbandonedAndUnknownSetsRemoveNothing() {
    var balances = Balances()
    balances.put(balance(1), account: me, asset: "BTC")
    balances.begin(CommandID(1))
    #expect(balances.complete(CommandID(1), account: me, isPartial: true).isEmpty)
    balances.begin(CommandID(2))
    balances.abandon(CommandID(2))
    #expect(balances.complete(CommandID(2), account: me).isEmpty)
    #expect(balances.complete(CommandID(3), account: me).isEmpty && balances[me, "BTC"] != nil)
  }

  @Test func olderFactsDoNotReplaceNewerButProveExistence() {
    var balances = Balances()
    balances.put(balance(7, time: 100), account: me, asset: "BTC")
    balances.begin(CommandID(1))
    #expect(balances.put(balance(6, time: 99), account: me, asset: "BTC") == false)
    #expect(balances.complete(CommandID(1), account: me).isEmpty && balances[me, "BTC"]?.total == 7)
    #expect(balances.put(balance(8), account: me, asset: "BTC") && balances[me, "BTC"]?.total == 8)
  }
}

@Suite struct PositionStore {
  private func key(_ instrument: UInt64, _ leg: PositionLeg = .net) -> Positions.Key {
    Positions.Key(account: me, instrument: InstrumentID(instrument), leg: leg)
  }

  @Test func closedPositionsDisappearAndOldReportsDoNotReopenThem() {
    var positions = Positions()
    positions.put(Position(quantity: -3, time: 10), for: key(1))
    positions.put(Position(quantity: 0, time: 20), for: key(1))
    #expect(positions[key(1)] == nil && positions.all(of: me).isEmpty)
    #expect(!positions.put(Position(quantity: -3, time: 15), for: key(1)) && positions[key(1)] == nil)
  }

  @Test func setsMayBeOfOneInstrument() {
    var positions = Positions()
    positions.put(Position(quantity: 1, time: 0), for: key(1, .long))
    positions.put(Position(quantity: -1, time: 0), for: key(1, .short))
    positions.put(Position(quantity: 2, time: 0), for: key(2))
    positions.begin(CommandID(4))
    positions.put(Position(quantity: 5, time: 0), for: key(1, .short))
    #expect(positions.complete(CommandID(4), account: me, instrument: InstrumentID(1)) == [key(1, .long)])
    #expect(positions.all(of: me).map(\.key) == [key(1, .short), key(2)])
  }
}

@Suite struct ClientOrderIDs_ {
  @Test func areDeterministicAndFit() throws {
    var ids = try ClientOrderIDs(prefix: "x-", instance: "a1", start: 35, alphabet: .base36, maximumLength: 36)
    #expect(try ids.next() == "x-a1000000000z" && ids.counter == 36)
    #expect(try ids.next() == "x-a10000000010")
    #expect(ids.isOwn("x-a10000000zzz") && !ids.isOwn("x-a10000000ZZZ") && !ids.isOwn("x-a2000000000z"))
    #expect(!ids.isOwn("x-a1000000000") && !ids.isOwn("web_1"))
  }

  @Test func neverRepeatOverInstancesAndRestarts() throws {
    var seen: Set<String> = []
    for instance in ["", "1", "10", "100", "2"] {
      for restart in 0..<3 {
        var ids = try ClientOrderIDs(
          instance: instance, start: UInt64(restart * 200), alphabet: .decimal, maximumLength: 32)
        for _ in 0..<200 {
          let id = try ids.next()
          #expect(seen.insert(id).inserted && id.utf8.count <= 32 && ids.isOwn(id))
        }
      }
    }
  }

  @Test func refusesWhatCannotFit() {
    #expect(throws: ClientOrderIDs.Fault.tooLong(length: 12, limit: 11)) {
      try ClientOrderIDs(instance: "ab", start: 0, alphabet: .base36, maximumLength: 11)
    }
    #expect(throws: ClientOrderIDs.Fault.instanceOutsideAlphabet("Ab")) {
      try ClientOrderIDs(instance: "Ab", start: 0, alphabet: .base36, maximumLength: 36)
    }
    #expect(throws: ClientOrderIDs.Fault.prefixNotASCII("é")) {
      try ClientOrderIDs(prefix: "é", instance: "", start: 0, alphabet: .hex, maximumLength: 36)
    }
    #expect(throws: ClientOrderIDs.Fault.noCounter) {
      try ClientOrderIDs(instance: "", start: 0, alphabet: .hex, maximumLength: 36, counterWidth: 0)
    }
  }

  @Test func stopsRatherThanRepeat() throws {
    var ids = try ClientOrderIDs(instance: "", start: 98, alphabet: .decimal, maximumLength: 9, counterWidth: 2)
    #expect(try ids.next() == "98" && ids.next() == "99")
    #expect(throws: ClientOrderIDs.Fault.exhausted) { try ids.next() }
    var wide = try ClientOrderIDs(
      prefix: "0x", instance: "", start: .max, alphabet: .hex, maximumLength: 34, counterWidth: 32)
    #expect(throws: ClientOrderIDs.Fault.exhausted) { try wide.next() }
  }
}

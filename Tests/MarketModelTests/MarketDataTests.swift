import Decimals
import MarketModel
import SeededNumbers
import Testing

@Suite struct TradeTapes {
  @Test func keepsTheLatest() {
    var tape = TradeTape(capacity: 5)
    #expect(tape.last == nil && tape.latest().isEmpty)
    for number in 1...13 {
      let trade = Trade(id: TradeID("\(number)"), price: Int64(number), quantity: 1, takerSide: .buy, time: 0)
      tape.append(trade)
      #expect(tape.last == trade && tape.count == min(number, 5))
      let expected = stride(from: number, to: max(0, number - 5), by: -1).map(Int64.init)
      #expect(tape.latest().map(\.price) == expected && tape.latest(2).map(\.price) == Array(expected.prefix(2)))
    }
    #expect(tape.total == 13)
  }

  @Test func idsAreTextUpToTheirLimit() {
    let uuid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    #expect(TradeID(uuid).text == uuid && TradeID("").isEmpty && TradeID.none == TradeID(""))
    #expect(TradeID("1") != TradeID("10") && Set([TradeID("a"), TradeID("a"), TradeID("b")]).count == 2)
    #expect(TradeID(String(repeating: "x", count: 60)).text == String(repeating: "x", count: 48))
  }
}

@Suite struct Tickers {
  @Test func partsMergeAndOldOnesAreDropped() {
    var ticker = Ticker(bid: Level(price: 1, quantity: 2), sequence: 5, time: 10)
    #expect(ticker.merge(Ticker(ask: Level(price: 3, quantity: 4), sequence: 6, time: 9)) == true)
    #expect(ticker.merge(Ticker(bid: Level(price: 9, quantity: 9), sequence: 4, time: 99)) == false)
    #expect(ticker.merge(Ticker(last: Level(price: 9, quantity: 9), time: 8)) == false)
    #expect(ticker.merge(Ticker(baseVolume: 7, time: 11)) == true)
    #expect(ticker.bid?.price == 1 && ticker.ask?.price == 3 && ticker.last == nil && ticker.baseVolume == 7)
    #expect(ticker.sequence == 6 && ticker.time == 11)
    // One that does not say when it was is no older one.
    var empty = Ticker(time: 0)
    empty.hasNoBid = true
    #expect(ticker.merge(empty) == true && ticker.bid == nil && ticker.hasNoBid && ticker.time == 11)
  }

  @Test func longsPayPositiveFunding() throws {
    let funding = FundingRate(rate: try decimal("0.0001"), nextTime: 0, interval: 0, time: 0)
    #expect(funding.payment(forNotional: 20000)?.plain == "-2" && funding.payment(forNotional: -500)?.plain == "0.05")
  }
}

@Suite struct LatencyHistograms {
  @Test(arguments: [UInt64(1), 2, 3])
  func percentilesAreWithinOnePercent(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    var (histogram, half) = (LatencyHistogram(), LatencyHistogram())
    var values: [Int64] = []
    for index in 0..<20_000 {
      let value = Int64(random.next() >> UInt64.random(in: 25...63, using: &random))
      values.append(value)
      if index % 2 == 0 { histogram.record(value) } else { half.record(value) }
    }
    histogram.merge(half)
    values.sort()
    #expect(histogram.count == 20_000 && histogram.minimum == values[0] && histogram.maximum == values[19_999])
    #expect(histogram.mean == Int64(values.reduce(Int128(0)) { $0 + Int128($1) } / 20_000))
    for parts in [UInt32(0), 1, 250_000, 500_000, 900_000, 990_000, 999_000, 1_000_000] {
      let rank = max(1, (20_000 * Int(parts) + 999_999) / 1_000_000)
      let (expected, got) = (values[rank - 1], try #require(histogram.percentile(partsPerMillion: parts)))
      #expect(abs(got - expected) * 128 <= max(expected, 0), "\(parts): \(got) for \(expected)")
    }
  }

  @Test func extremesAreBounded() {
    var histogram = LatencyHistogram()
    #expect(histogram.percentile(partsPerMillion: 500_000) == nil && histogram.mean == nil)
    for value in [Int64.min, -1, .max, .max] { histogram.record(value) }
    #expect(histogram.minimum == 0 && histogram.maximum == .max && histogram.percentile(partsPerMillion: 500_000) == 0)
    #expect(histogram.percentile(partsPerMillion: 2_000_000) == .max)
    #expect((histogram.percentile(partsPerMillion: 700_000) ?? 0) > 1 << 39)
    histogram.reset()
    #expect(histogram.count == 0 && histogram.percentile(partsPerMillion: 1) == nil)
    histogram.merge(LatencyHistogram())
    histogram.record(5)
    #expect(histogram.minimum == 5 && histogram.maximum == 5)
  }
}

import CPatchbay
import MarketModel
import Testing

@testable import Runtime

/// What is kept of the candles that answer a command.
@Suite struct CandleListTests {
  private func candle(_ start: Int64, close: Int64 = 5) -> pb_candle {
    var candle = pb_candle()
    (candle.instrument, candle.open_ns, candle.interval_ns) = (1, start, 60)
    (candle.open, candle.high, candle.low, candle.close) = (4, 9, 1, close)
    return candle
  }

  private var asked: CommandDraft {
    var draft = CommandDraft(.candles)
    (draft.instrument, draft.interval, draft.since, draft.until) = (1, 60, 60, 600)
    return draft
  }

  @Test func theyStandInOrderAndEachOnce() {
    var list = CandleList()
    for start in [180, 60, 120, 60] as [Int64] { list.take(candle(start), asked) }
    list.take(candle(120, close: 7), asked)
    #expect(list.sorted.candles.map(\.start) == [60, 120, 180] && !list.isPartial)
    #expect(list.sorted.candles[1].close == 7 && list.sorted.candles[0].trades == nil)
  }

  @Test func whatWasNotAskedForIsLeftOutAndSaidToBeMissing() {
    var wrong: [pb_candle] = [candle(0), candle(600), candle(120), candle(120), candle(120)]
    wrong[2].interval_ns = 61
    wrong[3].instrument = 2
    wrong[4].high = 3
    for one in wrong {
      var list = CandleList()
      list.take(one, asked)
      #expect(list.candles.isEmpty && list.isPartial)
    }
    var list = CandleList()
    list.take(candle(120), CommandDraft(.tickers))
    #expect(list.candles.isEmpty)
  }

  @Test func thereIsAnEndToWhatIsKept() {
    var endless = asked
    endless.until = 0
    var list = CandleList()
    for number in 1...Int64(CandleList.most + 5) { list.take(candle(number * 60), endless) }
    #expect(list.candles.count == CandleList.most && list.isPartial)
  }
}

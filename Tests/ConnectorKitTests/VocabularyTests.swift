import CPatchbay
import Decimals
import Testing

@testable import ConnectorKit

/// Every raw value is the constant of patchbay.h.
struct VocabularyTests {
  private func same<E: RawRepresentable>(_ pairs: [(E, Int)]) where E.RawValue: BinaryInteger {
    for (value, constant) in pairs { #expect(Int(value.rawValue) == constant, "\(E.self).\(value)") }
    // The list is whole: neither its neighbours nor 0 exist when they are not in it.
    let known = Set(pairs.map(\.1))
    for raw in -1...(known.max() ?? 0) + 1 where !known.contains(raw) {
      #expect(E.RawValue(exactly: raw).flatMap { E(rawValue: $0) } == nil, "\(E.self) \(raw)")
    }
  }

  @Test func enumerations() {
    same([
      (Status.ok, PB_OK), (.argument, PB_E_ARGUMENT), (.unsupported, PB_E_UNSUPPORTED), (.state, PB_E_STATE),
      (.parse, PB_E_PARSE), (.venue, PB_E_VENUE), (.failed, PB_E_INTERNAL),
    ])
    same([(Side.none, PB_SIDE_NONE), (.buy, PB_SIDE_BUY), (.sell, PB_SIDE_SELL)])
    same([
      (OrderType.limit, PB_TYPE_LIMIT), (.market, PB_TYPE_MARKET), (.stopLimit, PB_TYPE_STOP_LIMIT),
      (.stopMarket, PB_TYPE_STOP_MARKET), (.takeLimit, PB_TYPE_TAKE_LIMIT), (.takeMarket, PB_TYPE_TAKE_MARKET),
    ])
    same([
      (TimeInForce.goodTilCancelled, PB_TIF_GTC), (.immediateOrCancel, PB_TIF_IOC), (.fillOrKill, PB_TIF_FOK),
      (.goodTilDate, PB_TIF_GTD),
    ])
    same([
      (OrderState.open, PB_ORDER_STATE_OPEN), (.partial, PB_ORDER_STATE_PARTIAL), (.filled, PB_ORDER_STATE_FILLED),
      (.cancelled, PB_ORDER_STATE_CANCELLED), (.rejected, PB_ORDER_STATE_REJECTED), (.expired, PB_ORDER_STATE_EXPIRED),
      (.untriggered, PB_ORDER_STATE_UNTRIGGERED),
    ])
    same([(Liquidity.unknown, 0), (.maker, PB_LIQUIDITY_MAKER), (.taker, PB_LIQUIDITY_TAKER)])
    same([
      (Gap.sequence, PB_GAP_SEQUENCE), (.checksum, PB_GAP_CHECKSUM), (.closed, PB_GAP_CLOSED),
      (.overflow, PB_GAP_OVERFLOW),
      (.malformed, PB_GAP_MALFORMED), (.command, PB_GAP_COMMAND), (.crossed, PB_GAP_CROSSED),
    ])
    same([(Outcome.done, PB_OUTCOME_DONE), (.refused, PB_OUTCOME_REFUSED), (.unknown, PB_OUTCOME_UNKNOWN)])
    same([
      (ChannelState.pending, PB_STATE_PENDING), (.live, PB_STATE_LIVE), (.down, PB_STATE_DOWN),
      (.rejected, PB_STATE_REJECTED),
      (.ended, PB_STATE_ENDED),
    ])
    same([(LogLevel.debug, PB_LOG_DEBUG), (.info, PB_LOG_INFO), (.warning, PB_LOG_WARNING), (.error, PB_LOG_ERROR)])
    same([
      (Method.get, PB_METHOD_GET), (.post, PB_METHOD_POST), (.put, PB_METHOD_PUT), (.delete, PB_METHOD_DELETE),
      (.patch, PB_METHOD_PATCH),
    ])
    same([
      (Priority.cancel, PB_PRIORITY_CANCEL), (.order, PB_PRIORITY_ORDER), (.query, PB_PRIORITY_QUERY),
      (.bulk, PB_PRIORITY_BULK),
    ])
    same([
      (RequestOutcome.notSent, PB_NOT_SENT), (.sent, PB_SENT), (.replied, PB_REPLIED), (.noAnswer, PB_NO_ANSWER),
    ])
    same([
      (Output.Limit.Scope.address, PB_SCOPE_ADDRESS), (.account, PB_SCOPE_ACCOUNT), (.stream, PB_SCOPE_STREAM),
    ])
  }

  @Test func failuresAndVerbs() {
    same([
      (Failure.none, 0), (.authentication, PB_ERR_AUTH), (.rateLimit, PB_ERR_RATE_LIMIT), (.clock, PB_ERR_CLOCK),
      (.unknownOrder, PB_ERR_UNKNOWN_ORDER), (.funds, PB_ERR_FUNDS), (.invalidOrder, PB_ERR_INVALID_ORDER),
      (.postOnly, PB_ERR_POST_ONLY), (.maintenance, PB_ERR_MAINTENANCE), (.transient, PB_ERR_TRANSIENT),
      (.other, PB_ERR_OTHER),
      (.unknownInstrument, PB_ERR_UNKNOWN_INSTRUMENT), (.unsupported, PB_ERR_UNSUPPORTED),
      (.reduceOnly, PB_ERR_REDUCE_ONLY),
      (.notSent, PB_ERR_NOT_SENT),
    ])
    same([
      (Verb.clock, PB_CMD_CLOCK), (.instruments, PB_CMD_INSTRUMENTS), (.subscribe, PB_CMD_SUBSCRIBE),
      (.unsubscribe, PB_CMD_UNSUBSCRIBE), (.resync, PB_CMD_RESYNC), (.tickers, PB_CMD_TICKERS), (.place, PB_CMD_PLACE),
      (.amend, PB_CMD_AMEND), (.cancel, PB_CMD_CANCEL), (.cancelMany, PB_CMD_CANCEL_MANY), (.order, PB_CMD_ORDER),
      (.openOrders, PB_CMD_OPEN_ORDERS), (.fills, PB_CMD_FILLS), (.balances, PB_CMD_BALANCES), (.fees, PB_CMD_FEES),
      (.orderHistory, PB_CMD_ORDER_HISTORY), (.refresh, PB_CMD_REFRESH), (.candles, PB_CMD_CANDLES),
      (.positions, PB_CMD_POSITIONS), (.leverage, PB_CMD_LEVERAGE), (.marginMode, PB_CMD_MARGIN_MODE),
      (.positionMode, PB_CMD_POSITION_MODE), (.funding, PB_CMD_FUNDING), (.fundingPayments, PB_CMD_FUNDING_PAYMENTS),
      (.modes, PB_CMD_MODES), (.quote, PB_CMD_QUOTE), (.swap, PB_CMD_SWAP), (.approve, PB_CMD_APPROVE),
    ])
    #expect(Verb.allCases.count == 28)
  }

  @Test func bits() {
    let flags: [(OrderFlags, Int)] = [
      (.postOnly, PB_ORDER_POST_ONLY), (.reduceOnly, PB_ORDER_REDUCE_ONLY), (.close, PB_ORDER_CLOSE),
      (.byValue, PB_ORDER_BY_VALUE),
    ]
    for (flag, constant) in flags { #expect(Int(flag.rawValue) == constant) }
    let channels: [(Channels, Int)] = [
      (.book, PB_CHANNEL_BOOK), (.trades, PB_CHANNEL_TRADES), (.ticker, PB_CHANNEL_TICKER), (.mark, PB_CHANNEL_MARK),
      (.liquidations, PB_CHANNEL_LIQUIDATIONS), (.pool, PB_CHANNEL_POOL), (.privateUpdates, PB_CHANNEL_PRIVATE),
    ]
    for (channel, constant) in channels { #expect(Int(channel.rawValue) == constant) }
    #expect(Channels(channels.map(\.0)).each == channels.map(\.0))
    #expect(Hash.sha256.rawValue == PB_OP_HMAC_SHA256 && Hash.sha384.rawValue == PB_OP_HMAC_SHA384)
    #expect(Hash.sha512.rawValue == PB_OP_HMAC_SHA512)
  }

  @Test func decimalsOfRecords() {
    #expect(pb_dec(Decimal64(mantissa: 5, exponent: -2)).value == Decimal64(mantissa: 5, exponent: -2))
    #expect(pb_dec(nil as Decimal64?).value == nil && pb_dec(nil as Decimal64?).state == UInt32(PB_DEC_ABSENT))
    #expect(pb_dec(mantissa: 5, exponent: 0, state: UInt32(PB_DEC_ROUNDED)).value == nil)
    #expect(pb_dec(mantissa: 5, exponent: 65, state: UInt32(PB_DEC_EXACT)).value == nil)
    #expect(pb_dec(mantissa: 5, exponent: -65, state: UInt32(PB_DEC_EXACT)).value == nil)
  }
}

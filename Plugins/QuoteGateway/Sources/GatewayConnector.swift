import CPatchbay
import ConnectorKit
import Decimals

/// What connectors to chains through Hummingbot's gateway of 2021 and 2022 share: a process beside the trading program
/// that was asked for the price of an amount (CoinAlpha/gateway-api). Its answers are a ticker here: what one pays and
/// gets for `amount` of the base token. The gateway asked one question at a time, and so does this: a reply does not
/// say in all of them which pair it is about.
///
/// Swaps carried the private key to the gateway, in the clear; nothing that trades is here.
open class GatewayConnector: Connector {
  private let address: String
  private let act: PermittedAct
  private let limits: [Output.Limit]
  private let poll: Int64
  /// Of the base token.
  public let amount: Decimal64

  public private(set) var pairs: [GatewayPair] = []
  private var subscriptions = Subscriptions()
  /// What was read of each pair since it was asked about.
  private var tickers: [pb_ticker] = []
  private var questions: [Question] = []
  private var lastRequest: pb_id = 0
  private var waiting: (request: pb_id, what: Asked)?

  private struct Question: Equatable {
    let pair: Int
    let side: Side
  }

  private enum Asked {
    case list(command: pb_id)
    case price(Question)
  }

  private static let timer: pb_id = 1
  /// Digits of a price behind the point; the gateway wrote binary numbers.
  private static let priceExponent: Int32 = -12
  private static let mostPairs = 1000

  /// - Parameters:
  ///   - address: scheme, host and port of the gateway, as the manifest has it.
  ///   - pairs: those that are known without asking.
  public init(
    config: ConnectorConfig, out: Output, address: String, price act: PermittedAct, limits: [Output.Limit],
    pairs: [GatewayPair]
  ) throws(ConfigFault) {
    (self.address, self.act, self.limits) = (address, act, limits)
    amount = try config.decimal("amount") ?? .one
    guard amount.isPositive, amount.mantissa(at: Self.quantityExponent) != nil else {
      throw .field(name: "amount", expected: "an amount of the base token above zero, of eight places at most")
    }
    let pause = try config.integer("poll_ms") ?? 1000
    guard (100...60_000).contains(pause) else {
      throw .field(name: "poll_ms", expected: "a number from 100 to 60000")
    }
    poll = pause * 1_000_000
    try super.init(config: config, out: out)
    take(pairs)
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    throw ConfigFault.field(name: "config", expected: "a connector of one chain")
  }

  // MARK: What a chain says of itself

  /// Asks for the pairs; `nil` where they are known.
  open var list: PermittedAct? { nil }
  /// Reads the answer; `nil` where it cannot be read.
  open func pairs(_ body: Body) -> [GatewayPair]? { nil }
  /// The form that asks for a price.
  open func question(_ pair: GatewayPair, _ side: Side) -> Form { Form() }
  /// Reads a price; `nil` where that cannot be read.
  open func price(_ body: Body) -> GatewayPrice? { nil }

  // MARK: Inputs

  open override func start(trading: Bool) {
    out.limits(limits)
    out.timer(Self.timer, after: poll)
  }

  open override func timer(_ id: pb_id) {
    guard id == Self.timer else { return }
    out.timer(Self.timer, after: poll)
    // What was not answered since is not asked twice.
    guard questions.isEmpty else { return ask() }
    for entry in subscriptions.entries {
      for side: Side in [.buy, .sell] { questions.append(Question(pair: Int(entry.instrument) - 1, side: side)) }
    }
    ask()
  }

  open override func command(_ command: Command) -> Status {
    switch command.verb {
    case .instruments:
      guard let list else {
        publishPairs(command.id)
        return .ok
      }
      guard waiting == nil else {
        out.refuse(command.id, .transient, "the gateway is being asked; ask again")
        return .ok
      }
      send(list, nil, .list(command: command.id))
    case .subscribe:
      guard command.instrument >= 1, command.instrument <= pb_id(pairs.count) else {
        out.refuse(command.id, .unknownInstrument, "no such pair")
        return .ok
      }
      guard command.channels == .ticker else {
        out.refuse(command.id, .unsupported, "a gateway has the channel ticker alone")
        return .ok
      }
      let (new, isDone) = subscriptions.add(command.instrument, .ticker, command: command.id)
      if !new.isEmpty { out.state(.pending, .ticker, instrument: command.instrument) }
      if isDone { out.done(command.id) }
    case .unsubscribe:
      let (gone, orphans) = subscriptions.remove(command.instrument, command.channels)
      questions.removeAll { $0.pair == Int(clamping: command.instrument) - 1 }
      if !gone.isEmpty { out.state(.ended, .ticker, instrument: command.instrument) }
      for orphan in orphans { out.refuse(orphan, .other, "unsubscribed") }
      out.done(command.id)
    default: return .unsupported
    }
    return .ok
  }

  // MARK: Asking

  private func ask() {
    guard waiting == nil, let next = questions.first else { return }
    send(act, question(pairs[next.pair], next.side), .price(next))
  }

  private func send(_ act: PermittedAct, _ form: Form?, _ what: Asked) {
    lastRequest &+= 1
    waiting = (lastRequest, what)
    var request = act.request(at: address, account: 0)
    if let form {
      request.headers = [("Content-Type", "application/x-www-form-urlencoded")]
      request.body = form.text
    }
    request.charges = limits.map { $0.charge }
    out.send(request, id: lastRequest)
  }

  open override func reply(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    guard let (request, what) = waiting, request == reply.request else { return .state }
    waiting = nil
    var fault = ""
    if reply.outcome != .replied {
      fault = "the gateway did not answer: \(reply.reason)"
    } else if !reply.isSuccess {
      fault = "the gateway answered with status \(reply.status)"
    }
    switch what {
    case .list(let command):
      guard fault.isEmpty else {
        out.refuse(command, .transient, fault)
        return .ok
      }
      guard let pairs = pairs(body) else {
        out.refuse(command, .other, "the list of pairs cannot be read")
        return .parse
      }
      take(pairs)
      publishPairs(command)
      return .ok
    case .price(let question):
      questions.removeAll { $0 == question }
      defer { ask() }
      guard fault.isEmpty, let price = price(body), price.side == .none || price.side == question.side else {
        down(question, fault.isEmpty ? "the price cannot be read" : fault)
        return fault.isEmpty ? .parse : .ok
      }
      report(price, question)
      return .ok
    }
  }

  // MARK: Reporting

  /// A pair keeps its number.
  private func take(_ list: [GatewayPair]) {
    for pair in list where !pairs.contains(where: { $0.symbol == pair.symbol }) && pairs.count < Self.mostPairs {
      pairs.append(pair)
      tickers.append(pb_ticker())
    }
  }

  private func publishPairs(_ command: pb_id) {
    for (place, pair) in pairs.enumerated() {
      var fields = pb_instrument()
      fields.instrument = pb_id(place + 1)
      fields.kind = UInt32(PB_KIND_POOL)
      fields.state = UInt32(PB_INSTRUMENT_TRADING)
      (fields.price_exp, fields.quantity_exp) = (Self.priceExponent, Self.quantityExponent)
      fields.tick = pb_dec(Decimal64(mantissa: 1, exponent: Self.priceExponent))
      fields.lot = pb_dec(Decimal64(mantissa: 1, exponent: Self.quantityExponent))
      fields.multiplier = pb_dec(Decimal64.one)
      out.instrument(fields, symbol: pair.symbol, base: pair.base, quote: pair.quote)
    }
    out.complete(PB_EV_INSTRUMENT, command: command)
    out.done(command)
  }

  private static let quantityExponent: Int32 = -8

  /// Both sides make a ticker: what is paid for the amount is its ask.
  private func report(_ price: GatewayPrice, _ question: Question) {
    let instrument = pb_id(question.pair + 1)
    guard subscriptions.state(instrument, .ticker) != nil else { return }
    guard let value = price.price?.mantissa(at: Self.priceExponent), value > 0 else {
      return down(question, "the gateway has no price")
    }
    let quantity = amount.mantissa(at: Self.quantityExponent) ?? 0
    var ticker = tickers[question.pair]
    (ticker.instrument, ticker.venue_ns) = (instrument, price.time)
    if question.side == .buy {
      (ticker.ask_price, ticker.ask_quantity) = (value, quantity)
      ticker.present |= UInt64(PB_TICKER_ASK)
    } else {
      (ticker.bid_price, ticker.bid_quantity) = (value, quantity)
      ticker.present |= UInt64(PB_TICKER_BID)
    }
    tickers[question.pair] = ticker
    guard ticker.present == UInt64(PB_TICKER_ASK | PB_TICKER_BID) else { return }
    tickers[question.pair].present = 0
    out.ticker(ticker)
    guard let done = subscriptions.live(instrument, .ticker) else { return }
    out.state(.live, .ticker, instrument: instrument)
    for command in done { out.done(command) }
  }

  private func down(_ question: Question, _ words: String) {
    let instrument = pb_id(question.pair + 1)
    tickers[question.pair].present = 0
    guard subscriptions.down(instrument, .ticker) else { return }
    out.state(.down, .ticker, instrument: instrument, error: .transient, words)
  }
}

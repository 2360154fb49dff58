import CPatchbay
import CeloConnector
import ConnectorKit
import ConnectorTestKit
import Decimals
import Foundation
import UniswapConnector
import UniswapV3Connector

/// One connector, before a chain that whoever runs this plays. A line is an input; what the connector emits for it is
/// printed, a line each, and then a point.
///
///     instruments | subscribe ID CHANNELS | quote ID buy|sell QUANTITY [SLIPPAGE] | timer
///     place ACCOUNT buy|sell QUANTITY PRICE|market CLIENT | amend|cancel CLIENT [PRICE] | approve TOKEN QUANTITY
///     balances
///     time SECONDS | pass MILLISECONDS | reply REQUEST STATUS BODY | silent REQUEST
@main
struct Peer {
  let harness: ConnectorHarness
  /// What really signs, and judges what is signed.
  let signer: Signer?

  static func main() throws {
    guard [3, 6].contains(CommandLine.arguments.count) else {
      leave("usage: chain-peer uniswap|uniswap_v3|celo CONFIG [MANIFEST KEY FOLDER]")
    }
    let kinds: [String: Connector.Type] = [
      "uniswap": UniswapPairs.self, "uniswap_v3": UniswapRanges.self, "celo": CeloPools.self,
    ]
    guard let kind = kinds[CommandLine.arguments[1]] else { leave("no connector \(CommandLine.arguments[1])") }
    let arguments = CommandLine.arguments
    let harness = try ConnectorHarness(kind, config: arguments[2])
    let signer =
      arguments.count > 3
      ? try Signer(arguments[1], config: arguments[2], manifest: arguments[3], key: arguments[4], folder: arguments[5])
      : nil
    let peer = Peer(harness: harness, signer: signer)
    peer.harness.start()
    if let signer { peer.harness.account(1, publicFields: [("address", signer.address)]) }
    peer.report()
    while let line = readLine(strippingNewline: true) {
      peer.deliver(line.split(separator: " ", maxSplits: 3).map(String.init), of: line)
      peer.report()
    }
  }

  static func leave(_ words: String) -> Never {
    print(words)
    exit(64)
  }

  func deliver(_ words: [String], of line: String) {
    func number(_ place: Int) -> UInt64 { words.count > place ? UInt64(words[place]) ?? 0 : 0 }
    switch words.first {
    case "instruments": harness.command(.instruments)
    case "subscribe":
      harness.command(.subscribe) {
        $0.instrument = number(1)
        $0.channel = UInt32(number(2))
      }
    case "quote":
      let parts = line.split(separator: " ").map(String.init)
      harness.command(.quote) {
        $0.instrument = number(1)
        $0.side = (parts[2] == "buy" ? Side.buy : .sell).rawValue
        $0.quantity = pb_dec(Decimal64(parts[3]))
        if parts.count > 4 { $0.value = pb_dec(Decimal64(parts[4])) }
      }
    case "place": place(line.split(separator: " ").map(String.init))
    case "amend", "cancel": change(line.split(separator: " ").map(String.init))
    case "approve":
      let parts = line.split(separator: " ").map(String.init)
      let quantity = Decimal64(parts[2])
      signer?.begin(harness, .approve, symbol: parts[1], quantity: quantity)
      harness.command(.approve, symbol: parts[1]) { ($0.account, $0.quantity) = (1, pb_dec(quantity)) }
    case "balances": harness.command(.balances) { $0.account = 1 }
    case "timer": harness.timer(1)
    case "time": harness.epoch = Int64(number(1)) * 1_000_000_000 - harness.now
    case "pass": harness.now += Int64(number(1)) * 1_000_000
    case "reply":
      let body = words.count > 3 ? words[3] : ""
      harness.reply(number(1), status: Int(number(2)), signer?.masked(body, of: number(1)) ?? body)
    case "silent": harness.unanswered(number(1), reason: "no answer")
    default: Self.leave("unknown input: \(line)")
    }
  }

  /// Of the one pool there is.
  var symbol: String { signer?.symbol ?? "" }

  func place(_ parts: [String]) {
    let (side, quantity) = (parts[1] == "buy" ? Side.buy : .sell, Decimal64(parts[2]))
    let price = parts[3] == "market" ? nil : Decimal64(parts[3])
    signer?.begin(
      harness, .place, symbol: symbol, side: side, quantity: quantity, price: price, client: parts[4])
    harness.command(.place, client: parts[4]) {
      ($0.account, $0.instrument, $0.side) = (1, 1, side.rawValue)
      $0.type = (price == nil ? OrderType.market : .limit).rawValue
      ($0.quantity, $0.price) = (pb_dec(quantity), pb_dec(price))
    }
  }

  func change(_ parts: [String]) {
    let verb: Verb = parts[0] == "amend" ? .amend : .cancel
    let price = parts.count > 2 ? Decimal64(parts[2]) : nil
    signer?.begin(harness, verb, symbol: symbol, price: price, client: parts[1])
    harness.command(verb, client: parts[1]) { ($0.account, $0.instrument, $0.price) = (1, 1, pb_dec(price)) }
  }

  func report() {
    // What leaves is answered before the next is looked at: a hash is known before its reply comes.
    var lines: [String] = []
    var place = 0
    while place < harness.emitted.count {
      if let line = line(harness.emitted[place]) { lines.append(line) }
      place += 1
    }
    for line in lines { print(line) }
    for fault in harness.faults { print("fault \(fault)") }
    harness.forget()
    print(".")
    fflush(nil)
  }

  /// A transaction is signed here; what the guard refuses never leaves.
  func line(_ record: EmittedRecord) -> String? {
    guard record.kind == PB_OUT_REQUEST, let signer, record.fields(pb_out_request.self).account != 0 else {
      return text(record)
    }
    let request = record.fields(pb_out_request.self).request
    do {
      let sent = try signer.sign(record, harness)
      harness.sent(request, digest: sent.digest)
      return "request \(request) \(sent.body)"
    } catch {
      harness.unanswered(request, refusal: PB_REFUSAL_ACT, reason: "\(error)")
      return "refused \(error)"
    }
  }

  func text(_ record: EmittedRecord) -> String? {
    switch record.kind {
    case PB_OUT_REQUEST:
      let fields = record.fields(pb_out_request.self)
      return "request \(fields.request) \(record.sealed(fields.body))"
    case PB_OUT_LOG: return "log \(record.text(record.fields(pb_out_log.self).text))"
    case PB_EV_INSTRUMENT:
      let fields = record.fields(pb_instrument.self)
      return "instrument \(fields.instrument) \(record.text(fields.symbol)) \(fields.state) \(fields.price_exp) "
        + "\(fields.quantity_exp) \(record.text(fields.reason))"
    case PB_EV_REPLY:
      let fields = record.fields(pb_reply.self)
      return "answer \(fields.command) \(fields.outcome) \(record.text(fields.text))"
    case PB_EV_QUOTE:
      let fields = record.fields(pb_quote.self)
      return "quote \(fields.command) \(hex(fields.amount_in)) \(hex(fields.amount_out)) \(hex(fields.amount_limit)) "
        + "\(fields.price.mantissa)e\(fields.price.exponent)"
    case PB_EV_POOL:
      let fields = record.fields(pb_pool.self)
      return "pool \(fields.instrument) \(fields.height) \(fields.price.mantissa)e\(fields.price.exponent)"
    case PB_EV_BOOK:
      let fields = record.fields(pb_book.self)
      return "book \(fields.instrument) \(fields.last_seq) \(record.levels(fields.bids)) \(record.levels(fields.asks))"
    case PB_EV_TRADE:
      let fields = record.fields(pb_trade.self)
      return "trade \(fields.instrument) \(fields.side) \(fields.price) \(fields.quantity) \(record.text(fields.trade))"
    case PB_EV_STATE:
      let fields = record.fields(pb_state.self)
      return "state \(fields.instrument) \(fields.channel) \(fields.state) \(record.text(fields.text))"
    case PB_EV_ORDER:
      let fields = record.fields(pb_order.self)
      return "order \(record.text(fields.client_order)) \(fields.state) \(record.text(fields.venue_order)) "
        + "\(record.text(fields.reason))"
    case PB_EV_FILL:
      let fields = record.fields(pb_fill.self)
      return "fill \(record.text(fields.client_order)) \(fields.side) "
        + "\(fields.price.mantissa)e\(fields.price.exponent) "
        + "\(fields.quantity.mantissa)e\(fields.quantity.exponent) \(record.text(fields.trade))"
    case PB_EV_TRANSACTION:
      let fields = record.fields(pb_transaction.self)
      return "transaction \(fields.state) \(record.text(fields.hash)) \(fields.height) "
        + "\(fields.gas.mantissa)e\(fields.gas.exponent) \(record.text(fields.reason))"
    case PB_EV_BALANCE:
      let fields = record.fields(pb_balance.self)
      return "balance \(record.text(fields.asset)) \(fields.total.mantissa)e\(fields.total.exponent)"
    case PB_EV_GAP: return "gap \(record.fields(pb_gap.self).instrument)"
    default: return nil
    }
  }

  func hex(_ value: pb_u256) -> String {
    func word(_ part: UInt64) -> String {
      let digits = String(part, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    return "0x" + word(value.w3) + word(value.w2) + word(value.w1) + word(value.w0)
  }
}

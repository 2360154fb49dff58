import CPatchbay
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
///     time SECONDS | pass MILLISECONDS | reply REQUEST STATUS BODY | silent REQUEST
@main
struct Peer {
  let harness: ConnectorHarness

  static func main() throws {
    guard CommandLine.arguments.count == 3 else { leave("usage: chain-peer uniswap|uniswap_v3 CONFIG") }
    let kind: Connector.Type = CommandLine.arguments[1] == "uniswap" ? UniswapPairs.self : UniswapRanges.self
    let peer = Peer(harness: try ConnectorHarness(kind, config: CommandLine.arguments[2]))
    peer.harness.start()
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
    case "timer": harness.timer(1)
    case "time": harness.epoch = Int64(number(1)) * 1_000_000_000 - harness.now
    case "pass": harness.now += Int64(number(1)) * 1_000_000
    case "reply": harness.reply(number(1), status: Int(number(2)), words.count > 3 ? words[3] : "")
    case "silent": harness.unanswered(number(1), reason: "no answer")
    default: Self.leave("unknown input: \(line)")
    }
  }

  func report() {
    for record in harness.emitted { if let line = text(record) { print(line) } }
    for fault in harness.faults { print("fault \(fault)") }
    harness.forget()
    print(".")
    fflush(nil)
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

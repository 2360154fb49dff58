import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Foundation
import Testing

@testable import BinanceConnector

/// What requests with secrets are sent for is what the registry permits.
struct ActTests {
  private struct Act: Decodable {
    let name: String
    let `class`: String
    let method: String?
    let path: String?
    let operation: String?
  }

  private struct Registry: Decodable {
    struct Entry: Decodable {
      struct Permissions: Decodable {
        let hosts: [String]
        let acts: [Act]?
      }
      let id: String
      let permissions: Permissions?
    }
    let connectors: [Entry]
  }

  private func permissions(_ id: String) throws -> Registry.Entry.Permissions {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try Data(contentsOf: root.appendingPathComponent("registry.json"))
    let registry = try JSONDecoder().decode(Registry.self, from: text)
    return try #require(registry.connectors.first { $0.id == id }?.permissions)
  }

  /// Every private command once, with whatever leads to further requests.
  private func drive(_ harness: ConnectorHarness) {
    harness.openPrivateStreamKeeping()
    let order = orderReply("31", "c", quantity: "3")
    for verb in Verb.allCases where verb.rawValue >= Verb.place.rawValue && verb.rawValue < Verb.quote.rawValue {
      for (instrument, type) in [(btcusdt, OrderType.limit), (0, .limit), (btcusdt, .stopMarket)] {
        harness.trade(verb, instrument, client: type == .limit ? "c" : "s") {
          limitBuy(&$0)
          $0.type = type.rawValue
          if type == .limit { $0.stop = pb_dec() } else { ($0.price, $0.stop) = (pb_dec(), decimal("99")) }
          $0.value = decimal("5")
          $0.mode = 1
        }
      }
    }
    for set: (inout pb_in_command) -> Void in [{ $0.price = decimal("7") }, { $0.quantity = decimal("1") }] {
      harness.trade(.amend, client: "c", set)
      harness.reply(harness.requests.last?.id ?? 0, order)
    }
    for verb in [Verb.place, .amend, .cancelMany] {
      harness.trade(verb, items: [.init(client: "d", limitBuy), .init(client: "e", limitBuy)])
    }
    for request in harness.requests where request.method == .get {
      harness.reply(request.id, request.url.contains("/dual?") ? #"{"dualSidePosition":true}"# : "[]")
    }
    harness.run(for: 31 * 60_000_000_000)
  }

  @Test(arguments: ["binance", "binance_us", "binance_perpetual"])
  func everyActIsPermittedAndEveryPermissionIsUsed(id: String) throws {
    let type: BinanceConnector.Type =
      id == "binance" ? BinanceSpot.self : id == "binance_us" ? BinanceUS.self : BinancePerpetual.self
    let permissions = try permissions(id == "binance_us" ? id : "binance")
    let acts = Dictionary((permissions.acts ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let harness = try tradingConnector(type)
    drive(harness)
    var used: Set<String> = []
    for request in harness.requests where request.account != 0 {
      let act = try #require(acts[request.permission], "\(request.permission): \(request.line)")
      used.insert(act.name)
      if request.stream != 0 {
        #expect(request.body.contains("\"method\":\"\(act.operation ?? "-")\""))
      } else {
        #expect(request.line == "\(act.method ?? "-") \(act.path ?? "-")")
        let host = request.url.split(separator: "/")[1]
        #expect(permissions.hosts.contains("\(host):443"))
      }
    }
    for (_, record) in harness.all(PB_OUT_OPEN, pb_out_open.self) {
      let name = record.text(record.fields(pb_out_open.self).permission)
      #expect(acts[name] != nil)
      used.insert(name)
    }
    let owed = (permissions.acts ?? []).filter { act in
      act.name.hasPrefix("perp_") == (id == "binance_perpetual") && act.class != "public"
    }
    #expect(Set(owed.map(\.name)).subtracting(used).isEmpty)
  }
}

extension ConnectorHarness {
  /// Opens the private stream and keeps what led there.
  fileprivate func openPrivateStreamKeeping() {
    if let start = requests.last(where: { $0.permission.hasSuffix("user_stream_start") }) {
      reply(start.id, #"{"listenKey":"****"}"#)
    }
    if let stream = opens.last?.stream { opened(stream) }
  }
}

import Decimals
import Foundation
import MarketModel
import Testing

@testable import Journal

/// A folder that is gone after the test.
final class Folder {
  let path: String
  var journal: String { path + "/journal.sqlite" }

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "patchbay-journal-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Without the flushes that a test of contents does not need.
let quick = JournalSettings(durability: .off)

func decimal(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> Decimal64 {
  try #require(Decimal64(text), sourceLocation: location)
}

func name(_ id: String, account: String = "main") -> OrderName {
  OrderName(exchange: "binance", account: account, clientOrderID: id)
}

/// An order of one coin at 100.
func entry(_ id: String, number: UInt64 = 1, account: String = "main", created: Int64 = 1_000) -> OrderEntry {
  OrderEntry(
    name: name(id, account: account), connector: "binance", instrument: "BTCUSDT", pair: "BTC-USDT",
    order: OrderID(number), createCommand: CommandID(number &* 10),
    draft: OrderDraft(side: .buy, type: .limit, quantity: 1, price: 100, timeInForce: .goodTillCancelled),
    created: created)
}

func event(
  _ id: String, _ event: OrderEvent, _ state: OrderState, filled: Decimal64 = 0, venue: String = "", time: Int64 = 2_000
) -> OrderEventEntry {
  OrderEventEntry(name: name(id), event: event, venueOrderID: venue, state: state, filled: filled, time: time)
}

extension Journal {
  func row(_ sql: String) throws -> [String] {
    let rows = try database.prepare(sql)
    guard try rows.step() else { return [] }
    return (0..<rows.columnCount).map { rows.isNull(Int32($0)) ? "NULL" : rows.text(Int32($0)) }
  }
}

import Glibc
import PatchbayHost

// Keeps one bid a little below the market, ten times, and ends. `swift run Quoter patchbay.json LIBRARIES`, where
// LIBRARIES is the folder of the built connectors.
let arguments = CommandLine.arguments
guard arguments.count == 3 else {
  print("usage: Quoter CONFIGURATION LIBRARIES")
  exit(64)
}
let host = try TradingHost(
  configuration: arguments[1], registry: "../../registry.json", libraryFolders: [arguments[2]]
) { print($0) }
host.start()
defer { for failure in host.stop() { print(failure) } }

let connector = "paper"
while !(try await host.missing(on: connector)).isEmpty { try await Task.sleep(for: .milliseconds(50)) }

let events = Task {
  for await heard in host.events() {
    guard let order = heard.order else { continue }
    print("\(heard.connector): order \(order.id.rawValue) is \(order.state), \(order.filled.plain) filled")
  }
}
for _ in 0..<10 {
  let book = try await host.book("BTC-USDT", on: connector, depth: 1)
  guard let best = book.bids.first, let quantity = Decimal64("0.01") else { break }
  let draft = OrderDraft(side: .buy, type: .limit, quantity: quantity, price: book.price(best))
  let order = try await host.place(draft, "BTC-USDT", on: connector)
  try await Task.sleep(for: .milliseconds(300))
  if let known = try await host.order(order, on: connector), !known.state.isTerminal {
    try await host.cancel(order, on: connector)
  }
}
try await Task.sleep(for: .milliseconds(500))
events.cancel()

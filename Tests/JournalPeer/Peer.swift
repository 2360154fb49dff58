import Glibc
import Journal
import MarketModel

/// `journal-peer FILE DURABILITY BURST`: enters orders, BURST at a time and several bursts at once, and prints the id
/// of each when it is durable, until it is killed. It goes on where an earlier one stopped: ids never repeat.
@main
enum Peer {
  static func main() {
    let words = CommandLine.arguments
    guard words.count == 4, let durability = Durability(rawValue: words[2]), let burst = UInt64(words[3]) else {
      return stop("usage: journal-peer FILE full|normal|off BURST")
    }
    do throws(JournalFault) {
      try enter(words[1], durability, burst)
    } catch {
      stop("\(error)")
    }
  }

  private static func enter(_ path: String, _ durability: Durability, _ burst: UInt64) throws(JournalFault) {
    let journal = try Journal(path: path, settings: JournalSettings(durability: durability, checkpointPages: 20))
    let first = try journal.restore(since: .max).counters["order"] ?? 1
    let writer = try JournalWriter(journal)
    let port = writer.port { tell($0, first) }
    var number = first
    while true {
      for _ in 0..<burst {
        try port.append(order(number), .intent)
        number += 1
      }
      // Not so far ahead that there is nothing but memory to lose.
      if writer.status.waiting > 4 * Int(burst) { writer.flush() }
    }
  }

  /// An order, the counter that goes with it, and the fill that ends it.
  private static func order(_ number: UInt64) -> [JournalEntry] {
    let name = OrderName(exchange: "binance", account: "main", clientOrderID: "\(number)")
    let order = OrderEntry(
      name: name, connector: "binance", instrument: "BTCUSDT", pair: "BTC-USDT", order: OrderID(number),
      createCommand: CommandID(number), draft: OrderDraft(side: .buy, type: .limit, quantity: 1, price: 100),
      created: Int64(number))
    let fill = Fill(trade: "\(number)", price: 100, quantity: 1, time: Int64(number))
    let end = OrderEventEntry(name: name, event: .fill(fill), state: .filled, filled: 1, time: Int64(number))
    return [.order(order), .counter(name: "order", next: number + 1), .event(end)]
  }

  /// What has been promised is reported with one system call, so that a kill takes the whole of it or nothing.
  private static func tell(_ receipts: [JournalReceipt], _ first: UInt64) {
    var text = ""
    for receipt in receipts {
      if let fault = receipt.fault { stop("\(fault)") }
      text += "\(first + receipt.ticket.number - 1)\n"
    }
    text.withUTF8 { _ = write(STDOUT_FILENO, $0.baseAddress, $0.count) }
  }

  private static func stop(_ text: String) {
    let line = Array("journal-peer: \(text)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    exit(1)
  }
}

/// What a run is made of.
struct SoakOptions {
  var orders = 10_000
  var kills = 200
  var seed: UInt64 = 1
  /// Kraken allows too few questions for a host that starts again every few seconds; it is named with a longer life.
  var venues = [SoakVenue.binance, .binancePerpetual]
  /// Longest life of a host between two kills, in milliseconds.
  var life: Int64 = 8000
  /// Longest wait for the end, in seconds, once all faults have ended.
  var settle: Int64 = 1200
  /// Where the journal and the nonces are; made anew when it is not given.
  var folder: String?
  /// This process is the host of a run, in the folder of that run.
  var isChild = false

  static let usage = """
    usage: trade-soak [--orders N] [--kills N] [--seed N] [--venues NAME,...] [--life MILLISECONDS]
           [--settle SECONDS] [--folder FOLDER]
      Trades on local venues over TLS through random faults, while the host is killed at random moments and started
      again; then compares its journal with what is true at the venues. Exit code 0: nothing was lost, doubled or
      unknown, and no ready book was ever wrong.

    """

  /// - Returns: `nil` when the arguments are not understood.
  init?(_ arguments: [String]) {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      if name == "--child" {
        isChild = true
        continue
      }
      guard let value = rest.popFirst(), take(name, value) else { return nil }
    }
  }

  private mutating func take(_ name: String, _ value: String) -> Bool {
    switch name {
    case "--folder": folder = value
    case "--venues":
      let names = value.split(separator: ",").map { SoakVenue(rawValue: String($0)) }
      guard !names.isEmpty, names.allSatisfy({ $0 != nil }) else { return false }
      venues = names.compactMap { $0 }
    default:
      guard let number = Int64(value), number >= 0 else { return false }
      switch name {
      case "--orders": orders = Int(number)
      case "--kills": kills = Int(number)
      case "--seed": seed = UInt64(number)
      case "--life": life = max(1, number)
      case "--settle": settle = number
      default: return false
      }
    }
    return true
  }
}

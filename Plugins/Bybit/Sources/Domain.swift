/// Where the exchange stands. Sources: Bybit API v5, "Integration Guidance", "Connect", "Demo Trading Service", "System
/// Status" (the stream of the EEA). An account lives on one of them; the stream of the Netherlands is named as the
/// others are.
struct Domain {
  let rest: String
  /// Of public streams, and of the account's.
  let stream: String
  let privateStream: String
  /// Demo trading has no batches of spot orders.
  var isDemo = false

  private init(_ site: String) {
    (rest, stream, privateStream) = ("https://api.\(site)", "wss://stream.\(site)", "wss://stream.\(site)")
  }

  private init(rest: String, stream: String, privateStream: String, isDemo: Bool) {
    (self.rest, self.stream, self.privateStream) = (rest, stream, privateStream)
    self.isDemo = isDemo
  }

  static let all: KeyValuePairs<String, Domain> = [
    "live": Domain("bybit.com"), "eu": Domain("bybit.eu"), "nl": Domain("bybit.nl"), "tr": Domain("bybit.tr"),
    "kz": Domain("bybit.kz"), "ge": Domain("bybitgeorgia.ge"), "id": Domain("bybit.id"), "jp": Domain("manepa.jp"),
    "testnet": Domain(
      rest: "https://api-testnet.bybit.com", stream: "wss://stream-testnet.bybit.com",
      privateStream: "wss://stream-testnet.bybit.com", isDemo: false),
    // Its public data are those of the live market.
    "demo": Domain(
      rest: "https://api-demo.bybit.com", stream: "wss://stream.bybit.com",
      privateStream: "wss://stream-demo.bybit.com", isDemo: true),
  ]
}

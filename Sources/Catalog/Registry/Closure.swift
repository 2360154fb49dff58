/// An exchange that has closed, or a market of one: nothing connects to it. Its recordings are still read, so that a
/// connector is loaded to replay and to be certified.
public struct Closure: Sendable, Equatable {
  /// The exchange's name.
  public let exchange: String
  /// Since when, and how that is known.
  public let entry: Lifecycle.Entry
  public let successor: Lifecycle.Successor?

  /// That it has closed, with the date and the reason.
  public var words: String { "\(exchange) is \(entry.words)" }

  /// What to do instead.
  public var remedy: String {
    "Set enabled to false; its recordings are read by patchbay replay"
      + (successor.map { ", and \($0.name) took its place" } ?? "")
  }
}

extension Lifecycle.Entry {
  /// The state, since when, and the evidence.
  var words: String { "\(state.words)\(since.map { " since \($0)" } ?? "") (\(evidence))" }
}

extension Catalog.Item {
  /// That the exchange has closed; `nil` while it has not. A drop-in of its id does not bring it back.
  /// - Parameter market: the market that is meant; nil = the exchange as it is now.
  public func closure(_ market: Market? = nil) -> Closure? {
    guard let lifecycle = entry?.lifecycle, let state = lifecycle.current(market), state.state == .closed else {
      return nil
    }
    return Closure(exchange: name, entry: state, successor: lifecycle.successor)
  }

  /// Why a market must not be connected to; `nil` where it may be, also where all of the exchange's addresses are
  /// ones of this machine, as for one that a script plays.
  public func closure(_ market: Market?, for connector: Config.Connector) -> Closure? {
    connector.endpoint.isLocal(manifest?.hosts ?? []) ? nil : closure(market)
  }
}

extension Config.Connector {
  /// What it would connect to although that has closed, each state once.
  func closures(_ item: Catalog.Item) -> [(market: Config.MarketPairs?, closure: Closure)] {
    var found: [(market: Config.MarketPairs?, closure: Closure)] = []
    for market in markets.isEmpty ? [nil] : markets.map(Optional.some) {
      guard let closure = item.closure(market?.market, for: self),
        !found.contains(where: { $0.closure == closure })
      else { continue }
      found.append((market, closure))
    }
    return found
  }
}

extension Config.Endpoint {
  /// Whether nothing that goes to these hosts leaves this machine.
  func isLocal(_ hosts: [String]) -> Bool {
    !hosts.isEmpty && hosts.allSatisfy { urls[$0].map(Self.isLoopback) ?? false }
  }

  /// Whether a URL names this machine by an address or name that no other can have.
  package static func isLoopback(_ url: String) -> Bool {
    guard let scheme = url.firstRange(of: "://") else { return false }
    let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard !authority.contains("@") else { return false }
    if authority.hasPrefix("[::1]") { return ["", ":"].contains(authority.dropFirst(5).prefix(1)) }
    let host = authority.prefix { $0 != ":" }
    if host == "localhost" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}

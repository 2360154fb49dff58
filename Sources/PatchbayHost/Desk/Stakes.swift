import Catalog
import Runtime

/// Whether orders of an instance cost real money.
package enum Stakes: Equatable, Sendable {
  case real
  /// Why they do not.
  case play(String)

  /// Money is real unless the connector has no hosts at all, or every host that its orders can reach is replaced by an
  /// address of this machine, or is one where the exchange hands out what is traded. The guard lets what trades go to
  /// those hosts alone, so it does not matter where the connector means to send it. What cannot be known is real.
  /// - Parameters:
  ///   - place: where its orders go; nil = its manifest does not know the domain.
  ///   - isVouchedFor: somebody besides the manifest's author says that what is called a test is one.
  ///   - urls: what the configuration replaces, by host.
  package init(_ place: TradingPlace?, isVouchedFor: Bool, urls: [String: String]) {
    guard let place, !place.hosts.isEmpty else {
      self = .real
      return
    }
    let replaced = place.hosts.filter { urls[$0] != nil }
    if !replaced.allSatisfy({ urls[$0].map(Self.isLoopback) ?? false }) {
      self = .real
    } else if replaced.count == place.hosts.count, !place.hosts.contains(where: { $0.hasPrefix("*") }) {
      self = .play("on this machine")
    } else if place.isTest, isVouchedFor {
      self = .play("domain \(place.domain)")
    } else {
      self = .real
    }
  }

  package var isReal: Bool { self == .real }

  package static func isLoopback(_ url: String) -> Bool { Config.Endpoint.isLoopback(url) }
}

extension Stakes {
  /// Of a seat that `config` enables.
  package init(_ seat: Host.Seat, _ config: Config) {
    let urls = config[seat.exchange]?.endpoint.urls ?? [:]
    self =
      seat.isOffline
      ? .play("it is inside the connector") : Stakes(seat.trading, isVouchedFor: seat.isVouchedFor, urls: urls)
  }
}

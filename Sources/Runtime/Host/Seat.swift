import Catalog
import Decimals
import JSONTree
import MarketModel

extension Host {
  /// One connector instance with what is wanted of it. Lives on its host's lane; not thread-safe.
  public final class Seat {
    /// The exchange's id in the registry, or the drop-in's.
    public let exchange: String
    public let market: Market
    public let session: Session
    public internal(set) var library: LoadedLibrary
    /// What the instance was made with, a JSON object.
    public internal(set) var settings: JSONValue
    /// Those that trade here; empty = public data only.
    public let accounts: [PublicAccount]
    /// Where its orders go, and nowhere else; nil = its manifest does not know the domain, and nothing trades.
    public let trading: TradingPlace?
    /// The registry or the operator vouches for its manifest.
    public let isVouchedFor: Bool
    /// It has no hosts: its exchange is inside the library.
    public let isOffline: Bool
    /// Who vouches for its bytes.
    public internal(set) var trust: TrustFinding?
    /// What its library was loaded for.
    public internal(set) var manifest: Manifest?
    /// A new version of it is on trial.
    var upgrade: Upgrade?
    /// What is wanted now, in the order in which it was asked for.
    public internal(set) var subscriptions: [PairSubscription]
    /// Why something that concerns no pair cannot be had, by what it is.
    var problems: [String: String] = [:]
    var hasInstruments = false
    /// It was taken out of use while the host runs.
    public internal(set) var isParked = false
    /// How often it was: what was asked before is not taken for what is asked since.
    var parkings = 0
    /// Where it lives; set when it starts.
    weak var lane: Lane?
    /// Wall time of the last list of instruments; 0 before the first.
    public internal(set) var instrumentsAsOf: Int64 = 0
    /// Questions that wait for the list of instruments that is being asked for.
    var waiting: [() -> Void] = []
    /// Who trades here, and asks for what the accounts hold; set before the instance starts.
    public var trader: SeatTrader?
    var keeper: SeatKeeper?
    /// Looks after its worker; `nil` where it runs inside the host.
    public internal(set) var worker: WorkerKeeper?
    var recording: SeatRecording?
    /// How it is, or was last, recorded.
    var recordingPlan: RecordingPlan?
    var lastRecording: RecordingStatus?
    /// How many there have been.
    var recordings = 0

    init(
      exchange: String, market: Market, session: Session, library: LoadedLibrary, settings: JSONValue, pairs: [String],
      accounts: [PublicAccount], trading: TradingPlace? = nil, isVouchedFor: Bool = false, isOffline: Bool = false,
      trust: TrustFinding? = nil
    ) {
      self.trust = trust
      self.exchange = exchange
      self.market = market
      self.session = session
      self.library = library
      self.settings = settings
      self.accounts = accounts
      (self.trading, self.isVouchedFor, self.isOffline) = (trading, isVouchedFor, isOffline)
      let offered = Channels.named(library.words("channels", of: session.name) ?? [])
      subscriptions = pairs.map { PairSubscription(pair: $0, channels: offered) }
    }

    /// `BASE-QUOTE` of everything that is subscribed to, or is to be.
    public var pairs: [String] { subscriptions.map(\.pair) }

    /// The channels that the connector offers.
    public var offered: Channels { Channels.named(library.words("channels", of: session.name) ?? []) }

    /// The markets of the wanted pairs, as far as they are known.
    public var markets: [MarketState] { pairs.compactMap { session.view.market(pair: $0) } }

    /// What is missing before everything that is wanted is there; empty = ready.
    public var missing: [String] {
      if isParked { return ["disabled while the host runs; patchbay enable takes it into use again"] }
      var missing = problems.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
      if session.isFaulted {
        missing.append("the connector gave up: \(session.faultText)" + (worker.map { "; \($0.prospect)" } ?? ""))
      }
      if !hasInstruments, problems["instruments"] == nil { missing.append("instruments: not known yet") }
      for hindrance in session.hindrances {
        let owner = hindrance.account == 0 ? "" : "account \(label(hindrance.account)): "
        missing.append(owner + hindrance.text)
      }
      missing += streamsMissing
      for subscription in subscriptions {
        if let reason = self.missing(subscription) { missing.append("\(subscription.pair): \(reason)") }
      }
      return missing + (trader?.missing ?? [])
    }

    /// The private streams that are not live, of the accounts of which the connector has said anything.
    private var streamsMissing: [String] {
      accounts.compactMap { account in
        guard let stream = session.accounts.streams[AccountID(account.id)], stream.state != .live else { return nil }
        let state = stream.state == .pending ? "opening" : "\(stream.state)"
        let reason = stream.reason.isEmpty ? "" : ": \(stream.reason)"
        return "account \(account.label): private stream: \(state)\(reason)"
      }
    }

    private func label(_ account: UInt64) -> String {
      accounts.first { $0.id == account }?.label ?? "\(account)"
    }

    /// Notes that something the config wants cannot be had; it is missing from then on.
    public func lacks(_ what: String, _ why: String) { problems[what] = why }

    /// Why a pair is not ready; `nil` = it is.
    public func missing(_ subscription: PairSubscription) -> String? {
      if let problem = subscription.problem { return problem }
      guard let market = session.view.market(pair: subscription.pair) else {
        return hasInstruments ? "no such instrument\(listAge)" : "no such instrument yet"
      }
      let stop = stop(market.instrument).map { $0 + listAge }
      // What cannot be used has no book.
      if market.instrument.state == .unusable { return stop }
      let reasons = [stop, lack(market, subscription.channels)].compactMap { $0 }
      return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }

    /// What of the channels that are wanted is not there.
    private func lack(_ market: MarketState, _ channels: Channels) -> String? {
      let trouble = trouble(market, channels)
      guard channels.contains(.book) else { return trouble }
      switch market.book.state {
      case .ready: return trouble
      case .empty: return trouble ?? "no book yet"
      case .notReady(let reason):
        let words = "book not ready: \(reason.words(priceExponent: market.instrument.priceExponent))"
        return trouble.map { "\(words); \($0)" } ?? words
      }
    }

    /// Why nothing is traded at the exchange, by the last list of instruments or what a stream has said since.
    private func stop(_ instrument: Instrument) -> String? {
      let reason = instrument.reason.isEmpty ? "" : ": \(instrument.reason)"
      switch instrument.state {
      case .trading, .postOnly, .reduceOnly: return nil
      case .halted: return "halted at the exchange\(reason)"
      case .closed: return "closed at the exchange\(reason)"
      case .unusable: return "cannot be used\(reason.isEmpty ? ": its numbers do not fit" : reason)"
      }
    }

    /// What the connector says against channels that are wanted.
    private func trouble(_ market: MarketState, _ channels: Channels) -> String? {
      for (name, channel) in Channels.names where channels.contains(channel) {
        if let reason = market.trouble[channel.rawValue] { return "\(name) is down: \(reason)" }
      }
      return nil
    }
  }
}

/// Trades on a seat; on its lane.
public protocol SeatTrader: AnyObject {
  /// The instruments are there, for the first time or anew.
  func instrumentsKnown()
  /// What is missing before orders are taken, for people.
  var missing: [String] { get }
  /// Why new orders are stopped; `nil` = they are not.
  var haltReason: String? { get }
  /// Whether orders cost real money.
  var isReal: Bool { get }
  /// The types of orders that are taken in the exchange's place; `nil` = the connector's own.
  var orderTypes: [String]? { get }
}

/// A pair that is subscribed to, or is to be.
public struct PairSubscription: Sendable, Equatable {
  /// `BASE-QUOTE`.
  public let pair: String
  public internal(set) var channels: Channels
  /// Why it cannot be had.
  public internal(set) var problem: String?
  /// The id of the instrument that it was asked of; 0 = not yet.
  var instrument: UInt64 = 0

  init(pair: String, channels: Channels) { (self.pair, self.channels) = (pair, channels) }
}

extension Channels {
  /// The channels of these names; unknown names are left out.
  static func named(_ names: Set<String>) -> Channels {
    Channels.names.filter { names.contains($0.name) }.reduce(into: Channels()) { $0.insert($1.channel) }
  }

  /// The names of these channels, in the order of `names`.
  public var words: [String] { Channels.names.filter { contains($0.channel) }.map(\.name) }
}

import JSONTree

/// `patchbay.json`: what this deployment runs and what it permits. It never holds a secret.
public struct Config: Sendable {
  public var file: String
  /// Folder of state and recordings, as written.
  public var dataFolder: String
  /// Folder of dropped-in connectors, as written.
  public var pluginFolder: String
  /// Where the registry is, as written; nil = the host's own place.
  public var registry: String?
  public var accounts: [Account]
  /// In the order of the file.
  public var connectors: [Connector]
  public var recording: Recording
  /// Makes this host's client order ids its own among all hosts that trade on the same accounts: 1 to 8 of a-z, 0-9.
  public var instance: String
  /// The part of every rate limit of a venue that this host may use, in percent, 1 to 100.
  public var sharePercent: Int
  public var orders: Orders
  /// The interface for programs.
  public var gateway = Gateway()
  /// What is published in shared memory.
  public var feed = Feed()
  public var journal = Journal()
  /// Other hosts that share the work; nil = this one is alone.
  public var cluster: Cluster?
  public var trust = Trust()
  /// A version that is put into the plugin folder takes the place of the one that runs; else `patchbay plugin upgrade`
  /// has to ask for it.
  public var upgradesOnChange = false

  /// An account: a name for credentials that the vault keeps.
  public struct Account: Sendable {
    public var name: String
    /// The registry id of its exchange, or a drop-in's id.
    public var connector: String
    public var position: JSONPosition
  }

  /// One exchange or drop-in, by its id.
  public struct Connector: Sendable {
    public var id: String
    public var enabled: Bool
    /// The markets to run, each with its pairs.
    public var markets: [MarketPairs]
    public var permit: Permit
    public var endpoint: Endpoint
    /// The lane it runs on, from 1; nil = the host chooses.
    public var lane: Int?
    /// The operator's word that these bytes are trusted: the library's SHA-256.
    public var sha256: String?
    /// Whether a drop-in of this id may take the place of the registry's entry.
    public var replacesRegistry: Bool
    /// What trading costs, where the user knows better than the venue says.
    public var fees: Fees?
    /// Orders are filled from the connector's public data, and never sent; nil = they are sent.
    public var paper: Paper?
    /// Handed to the connector as it is; an object.
    public var settings: JSONValue
    /// What it may use where it runs in a worker.
    public var budget = Budget()
    /// From which level on its messages are logged.
    public var log = LogWord.warning
    /// By the connector's id: what it is given as `resume` in its settings, of earlier runs. Not in the file.
    public var resumes: [String: JSONValue] = [:]
    public var position: JSONPosition

    /// Whether orders may be placed on a market, with real or with play money.
    public func permits(_ market: Market) -> Bool {
      (permit.trading || paper != nil) && permit.markets?.contains(market) ?? true
    }
  }

  /// What a connector may use that runs in a worker, before that is ended; nil = as docs/workers.md says.
  public struct Budget: Sendable, Equatable {
    /// Processor time for one input, in milliseconds.
    public var inputMilliseconds: Int?
    /// Records that it may emit in a second, each second of ten.
    public var messagesPerSecond: Int?
    /// Memory of its own, in MiB.
    public var memoryMegabytes: Int?
    /// The part of one processor core that it may use, on the average of a minute.
    public var cpuPercent: Int?
    public var position = JSONPosition.none

    /// Whether anything is said.
    public var isEmpty: Bool {
      inputMilliseconds == nil && messagesPerSecond == nil && memoryMegabytes == nil && cpuPercent == nil
    }

    public init() {}
  }

  /// Fee rates by which orders are judged before they are sent.
  public struct Fees: Sendable, Equatable {
    /// Where the fee of a buy on spot is taken from: on top of its cost in quote, or from what it returns in base.
    public enum From: String, CaseIterable, Sendable { case cost, returns }

    /// Rates as fractions, plain decimals, at least zero; nil = what the venue says.
    public var maker: String?
    public var taker: String?
    public var from: From
  }

  /// Paper trading on a connector's public data.
  public struct Paper: Sendable, Equatable {
    /// What there is at the start, by asset; plain decimals.
    public var balances: [String: String]
    /// How long an order takes to the venue, and its answer back.
    public var latencyMilliseconds: Int
    /// Rates as fractions, plain decimals; nil = what the instrument says.
    public var makerFee: String?
    public var takerFee: String?
    /// Balances, positions and open orders go on from the journal.
    public var resumes = true
  }

  /// How much a message matters, the least first.
  public enum LogWord: String, CaseIterable, Sendable { case debug, info, warning, error }

  /// A market with the pairs to subscribe to.
  public struct MarketPairs: Sendable {
    public var market: Market
    /// `BASE-QUOTE`.
    public var pairs: [String]
    public var position: JSONPosition
  }

  /// What a connector may do here.
  public struct Permit: Sendable, Equatable {
    /// Where a connector runs.
    public enum Run: String, CaseIterable, Sendable {
      case inProcess = "in_process"
      case worker
    }

    /// Nil = as its tier and trust suggest.
    public var run: Run?
    /// Whether orders may be placed.
    public var trading: Bool
    /// Whether a dropped-in connector may use acts of which its manifest alone says what they do; see
    /// `PermittedAct.unbound`.
    public var unbound: Bool
    /// Whether a dropped-in connector may trade at an exchange, and not on paper only.
    public var allowsDropIn = false
    /// The markets that may be traded; nil = all that run.
    public var markets: [Market]?
    /// Largest notional (price times quantity, in the pair's quote asset) of one order, as a plain decimal; nil = no
    /// cap.
    public var notionalCap: String?
    /// Most of an asset that orders may use, whatever an account has; by asset, plain decimals.
    public var balances: [String: String]
    /// The loss at which orders are cancelled and no more are taken, in one quote asset; nil = none.
    public var lossLimit: LossLimit?
    public var position: JSONPosition
  }

  /// A largest loss; `most` is a plain decimal.
  public struct LossLimit: Sendable, Equatable {
    public var asset: String
    public var most: String
  }

  /// Where a connector's requests go.
  public struct Endpoint: Sendable, Equatable {
    /// One of the connector's domains; nil = its default.
    public var domain: String?
    /// A base URL instead of a host of the manifest, by that host (`host:port`).
    public var urls: [String: String]
    /// A PEM file of certificates to trust instead of the system's, as seen from the program's working folder; nil =
    /// the system's.
    public var authorities: String?
    public var position: JSONPosition
  }

  /// What is recorded.
  public struct Recording: Sendable, Equatable {
    public var enabled: Bool
    /// As written; nil = `recordings` in the data folder.
    public var folder: String?
    /// A recording is closed and a new one begun at this size, in MiB.
    public var maximumMegabytes: Int
    /// Recordings that ended longer ago are taken away, and the oldest beyond so much; nil = none are.
    public var keepDays: Int?
    public var keepMegabytes: Int?
  }

  /// How long the journal keeps what has ended; nil = for ever.
  public struct Journal: Sendable, Equatable {
    public var keepDays: Int?
    /// The oldest is taken away beyond so much, in MiB.
    public var keepMegabytes: Int?

    public init() {}
  }

  /// Whom this deployment trusts, beside whom the registry does.
  public struct Trust: Sendable, Equatable {
    /// Which drop-ins may run.
    public enum Requirement: String, CaseIterable, Sendable {
      /// All that the configuration enables, but for those whose signature or hash does not hold.
      case any
      /// Those that are signed, or that the operator names by their hash.
      case signed
    }

    /// Where `trust.json` is, as written; nil = beside the configuration, where there is one.
    public var file: String?
    public var require = Requirement.any

    var requiresSigned: Bool { require == .signed }
  }

  /// What becomes of orders that nobody looks after.
  public struct Orders: Sendable, Equatable {
    /// What happens to open orders when the host ends.
    public enum OnStop: String, CaseIterable, Sendable { case cancel, keep }
    /// What happens to an order of this host that the venue shows and that the journal does not know.
    public enum Strays: String, CaseIterable, Sendable { case adopt, cancel }

    public var onStop = OnStop.cancel
    public var strays = Strays.adopt
  }

  /// The settings of an id.
  public subscript(id: String) -> Connector? { connectors.first { $0.id == id } }

  /// A path of this file as seen from the program's working folder: relative paths start at the config's own folder.
  public func resolve(_ path: String) -> String { Files.resolve(path, in: Files.folder(of: file)) }
}

import JSONTree
/// What must be known of a connector library before it is opened: its identity, what it offers and what it may do. It
/// is read from a registry entry or from `manifest.json` beside a dropped-in library; nothing of the library itself is
/// run.
public struct Manifest: Sendable {
  /// A connector inside the library.
  public struct Connector: Sendable, Equatable {
    public var market: Market
    /// The id that the library's descriptor carries.
    public var id: String
    /// Where its orders go, by domain; none = the manifest does not say.
    public var trading: [TradingPlace] = []
    /// The domain that it takes where none is configured.
    public var usualDomain = "live"
  }

  /// A field of a connector's own configuration.
  public struct Setting: Sendable, Equatable {
    public var name: String
    /// `string`, `integer`, `decimal`, `boolean`, `object` or `array`; another word allows anything.
    public var type: String
    /// What it is where nothing is configured, if that is a text.
    public var usual: String?
    /// The texts that it may be; `nil` = any.
    public var choices: [String]?
    /// What it is where nothing is configured, if that is a whole number.
    public var usualNumber: Int?

    public init(name: String, type: String, usual: String? = nil, choices: [String]? = nil) {
      (self.name, self.type, self.usual, self.choices) = (name, type, usual, choices)
    }

    /// Whether a value is of the type; `null` stands for the default.
    func takes(_ value: JSONValue) -> Bool {
      switch (type, value.kind) {
      case (_, .null): true
      case ("string", _): value.string != nil
      case ("integer", _): value.number.map { !$0.contains { ".eE".contains($0) } } ?? false
      case ("decimal", _): value.number != nil || value.string != nil
      case ("boolean", _): value.bool != nil
      case ("object", _): value.object != nil
      case ("array", _): value.array != nil
      default: true
      }
    }
  }

  /// The library's hash on one platform.
  public struct Artifact: Sendable, Equatable {
    /// Such as `linux-x86_64`.
    public var platform: String
    /// 64 hexadecimal digits in lower case.
    public var sha256: String
    public var bytes: Int?
  }

  /// The exchange's id in the registry, or the drop-in's own.
  public var id: String
  public var name: String
  public var type: ExchangeType
  public var maintainer: String?
  /// `1.2.3`, with an optional `-suffix`.
  public var version: String
  /// The library's file name, without a folder.
  public var library: String
  /// `PB_ABI_REVISION` that the library was compiled with.
  public var abiRevision: Int
  /// Extensions of the contract that the connectors use together.
  public var extensions: [String]
  /// The connectors that exist, spot before perp before amm.
  public var connectors: [Connector]
  /// Hosts that requests and streams may go to, as `host:port`; `*.` in front stands for any name below.
  public var hosts: [String]
  /// What requests and streams may do.
  public var acts: [PermittedAct]
  /// Most memory an instance may take, in MiB; nil = the host's default.
  public var memoryMegabytes: Int?
  /// The exchange's limits on what may be sent.
  public var limits: [RateLimit]
  public var credentials: [CredentialField]
  public var artifacts: [Artifact]
  /// The file this was read from, for messages.
  public var file: String
  /// What connectors of a market can be configured with; a market that is not there does not say.
  public var settings: [Market: [Setting]] = [:]

  /// The domains of each market's connector, such as a test network; none where the manifest does not say.
  public var domains: [Market: [String]] = [:]

  /// How its exchange says that it refused a request for its time; none = it is not known.
  public var timeRefusals: [TimeRefusal] = []

  /// What a manifest may say of each of its connectors beside the id; the library's descriptor has the same members but
  /// for `trading`.
  static let connectorFacts = ["config", "domains", "trading", "verbs", "channels", "order_types", "client_order_id"]

  /// The hash to expect on this platform, where the manifest names one.
  public func sha256(platform: String) -> String? {
    artifacts.first { $0.platform == platform }?.sha256
  }

  /// Whether a text can be the id of a manifest: a-z, 0-9 and `_`, a letter first, at most 48.
  public static func isID(_ text: String) -> Bool { NameForm.isIdentifier(text) }

  /// The connector of a market.
  public func connector(_ market: Market) -> String? { connectors.first { $0.market == market }?.id }
}

/// A field of an account's credentials.
public struct CredentialField: Sendable, Equatable {
  public var name: String
  /// What to ask the operator for.
  public var prompt: String
  /// Whether the value must never leave the vault in clear. Fields that are not secret are reported to the connector.
  public var secret: Bool
  public var required: Bool
  /// Whether a secret may leave unhashed, because the exchange wants it so.
  public var disclose: Bool
  /// How its value is written and how long it may be; a value is checked against it when it is stored and when it is
  /// loaded.
  public var form = CredentialForm.undeclared
}

/// What requests may be for: a method and path, or a socket operation.
public struct PermittedAct: Sendable, Equatable {
  /// What an act may change.
  public enum Class: String, CaseIterable, Sendable {
    /// Needs no account.
    case `public`
    /// Reads an account's state.
    case read
    /// Places, changes or cancels orders, or changes how an account trades; must cite a live command.
    case trade
  }

  /// Verbs of HTTP requests.
  public enum Method: String, CaseIterable, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
    case patch = "PATCH"
  }

  /// What an act is on the wire.
  public enum Target: Sendable, Equatable {
    /// `path` begins with `/`; a segment `*` stands for any one segment.
    case http(Method, path: String)
    /// The name of a socket operation.
    case operation(String)

    var isGet: Bool { if case .http(.get, _) = self { true } else { false } }
  }

  /// The whole frame that an operation such as `=ping` stands for: 1 to 16 ASCII letters, so that it has no
  /// parameters. Nil for other texts.
  public static func wholeFrame(_ operation: String) -> Substring? {
    let word = operation.dropFirst()
    guard operation.hasPrefix("="), (1...16).contains(word.utf8.count),
      word.utf8.allSatisfy(isLetter)
    else { return nil }
    return word
  }

  /// The members of the frames that an operation such as `{pong,time}` stands for: JSON objects with the first of these
  /// names, and no name beside them. Nil for other texts.
  public static func members(_ operation: String) -> [String]? {
    guard operation.hasPrefix("{"), operation.hasSuffix("}") else { return nil }
    let names = operation.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
    guard (1...4).contains(names.count), Set(names).count == names.count,
      names.allSatisfy({ (1...16).contains($0.utf8.count) && $0.utf8.allSatisfy(isLetter) })
    else { return nil }
    return names.map(String.init)
  }

  private static func isLetter(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 }

  public var name: String
  public var kind: Class
  public var target: Target
  /// The id of a transaction that it signs may be handed back to the connector: a digest over a message with the whole
  /// signature.
  public var publishesTransactionID = false
  /// Places in its requests where values that depend on a secret may stand: `header:X-Sign`, `query:signature`,
  /// `form:signature`, `json:/params/signature`, `path:1`.
  public var sealed: [String] = []
  /// Tokens in its replies.
  public var captures: [TokenCapture] = []
  /// Plain facts of the account in its replies.
  public var learns: [AccountFactRule] = []
  /// What a key on secp256k1 may sign in its requests; none = whatever the connector makes of them.
  public var signs: [SigningRule] = []
  /// What its requests may carry, and how they are bound to a command.
  public var rules = ActRules()
  /// It signs transactions, and they say what it does.
  public var signsTransactions: Bool { signs.contains(where: \.isTransaction) }
}

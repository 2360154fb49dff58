import JSONTree
import PrintableText

/// Why a script cannot be used.
public struct ScriptFault: Error, CustomStringConvertible {
  public var file: String
  public var position: JSONPosition
  public var message: String

  public var description: String { "\(file):\(position.line):\(position.column): \(message)".printable }
}

/// What an exchange is made to say: rules that answer requests and frames, and what is pushed. The form is described in
/// docs/venue.md.
public struct Script: Sendable {
  /// Which rule something must fit.
  struct Wish: Sendable {
    var method: String?
    var path: String?
    /// Texts that parameters, headers and members must have; `*` fits any.
    var query: [JSONMember] = []
    var form: [JSONMember] = []
    var headers: [JSONMember] = []
    var json: JSONValue?
    /// Fields of a message, by their numbers.
    var protobuf: JSONValue?
    var text: String?
  }

  /// Something that is taken from what came, for later texts.
  struct Keep: Sendable {
    var name: String
    /// `json:/args/0/channel`, `query:symbol`, `form:px`, `header:x-time`, `each:/instId`.
    var place: String
  }

  /// Something that is done to sockets.
  enum Deed: Sendable {
    case send(JSONValue)
    case cut
    case close
  }

  struct Action: Sendable {
    var position: JSONPosition
    var deed: Deed
    /// The sockets of this name; nil: the one on which the frame came.
    var socket: String?
    /// Nanoseconds from what made it happen.
    var after: Int64 = 0
    /// Nanoseconds from one time to the next; 0 = once.
    var every: Int64 = 0
    /// Counters that go up when it is done: of messages that are numbered.
    var counts: [String] = []
  }

  struct Reply: Sendable {
    var status = 200
    var headers: [JSONMember] = []
    var body: JSONValue
    var after: Int64 = 0
  }

  struct Rule: Sendable {
    var position: JSONPosition
    var wish: Wish
    /// How often it holds; nil = always.
    var times: Int?
    /// Whether it is no fault that it never held.
    var isOptional = false
    var keeps: [Keep] = []
    /// Counters that it raises, before its texts are made.
    var counts: [String] = []
    /// What later texts may name, as it stands here.
    var sets: [JSONMember] = []
    var reply: Reply?
    /// What the socket on which the frame came is called from then on: for exchanges whose sockets have one path.
    var socketName: String?
    /// The array in a frame for each of whose elements it holds, and what the element must fit.
    var each: (pointer: String, wish: JSONValue?)?
    var actions: [Action] = []
  }

  struct Socket: Sendable {
    var name: String
    var path: String
    /// What the query of its address must hold, where several have one path.
    var query: [JSONMember]
    var isCompressed: Bool
    /// Refuses the opening, while there is a rule for it.
    var opened: [Action]
    var frames: [Rule]
  }

  /// One step of what a user does: a command of `patchbay` or something that befalls the exchange, and words that the
  /// command must print.
  public struct Step: Sendable {
    public var command: [String]
    public var expected: [String]
    /// Whether the command is asked again until it prints that.
    public var isAwaited: Bool
    /// Whether the command must fail.
    public var fails: Bool
    public var position: JSONPosition
  }

  public var file: String
  /// The connector's id, the exchange's id in the registry, and the market.
  public var connector: String
  public var exchange: String
  public var market: String
  public var pairs: [String]
  /// `host:port` of what it stands for.
  public var hosts: [String]
  /// What an account's credentials are, as `patchbay keys add --from-file` takes them.
  public var credentials: JSONValue
  /// What the connector is configured with.
  public var config: JSONValue?
  /// What texts may name before a rule has said anything else of it.
  var values: [JSONMember] = []
  public var story: [Step]
  var requests: [Rule]
  var sockets: [Socket]
}

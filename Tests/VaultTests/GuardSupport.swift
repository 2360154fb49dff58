import CPatchbay
import Catalog
import Foundation
import Records
import Testing
import Vault

/// A folder of its own for a test, removed with it.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "patchbay-vault-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The bytes of every file in it.
  func contents() throws -> [[UInt8]] {
    try FileManager.default.subpathsOfDirectory(atPath: path).map {
      Array(FileManager.default.contents(atPath: "\(path)/\($0)") ?? Data())
    }
  }
}

extension SendGuard {
  /// A guard with one account whose credentials are a key and a secret.
  static func ofOneAccount(
    _ manifest: Manifest, _ folder: TemporaryFolder, key: String, secret: String, allowsUnbound: Bool = true
  ) throws -> SendGuard {
    let guarding = SendGuard(
      manifest: manifest, nonces: NonceSources(folder: folder.path), allowsUnbound: allowsUnbound)
    var fields: [String: StoredField] = [:]
    for (name, value) in ["api_key": key, "secret_key": secret] {
      fields[name] = StoredField(try #require(SecretBytes(Array(value.utf8))), form: .raw)
    }
    let account = StoredAccount(exchange: manifest.id, name: "main", fields: fields)
    guarding.add(account: 1, try LoadedAccount(account, schema: manifest.credentials))
    return guarding
  }
}

/// A request, frame or opening of a stream, for the guard.
struct Send {
  var account: UInt64 = 1
  var command: UInt64 = 0
  var stream: UInt64 = 0
  var isOpen = false
  var method = PB_METHOD_GET
  var opcode = PB_OPCODE_TEXT
  var act = ""
  var url: [Part] = []
  var headers: [(String, [Part])] = []
  var body: [Part] = []
  var captures: [(String, UInt32)] = []

  static func get(_ act: String, _ url: String) -> Send {
    let digest = [Op.field("secret_key"), Op(PB_OP_SHA256), Op(PB_OP_HEX)]
    return Send(act: act, url: [.literal(url + (url.hasSuffix("?") ? "q=" : "")), .seal(digest)])
  }

  static func frame(_ act: String, _ body: String, on stream: UInt64 = 9) -> Send {
    Send(stream: stream, act: act, body: [.literal(body)])
  }

  static func open(_ act: String, _ url: String, account: UInt64 = 0, stream: UInt64 = 9) -> Send {
    Send(account: account, stream: stream, isOpen: true, act: act, url: [.literal(url)])
  }

  func with(_ change: (inout Send) -> Void) -> Send {
    var copy = self
    change(&copy)
    return copy
  }

  /// Lends the record, checked as the host checks it.
  func record<Result>(_ body: (RecordReader) throws -> Result) throws -> Result {
    let block = RecordBlock()
    defer { block.free() }
    let record = isOpen ? writeOpen(block) : writeRequest(block)
    if let fault = RecordChecker().checkOutput(record) { throw fault }
    return try body(RecordReader(checked: record))
  }

  private func writeOpen(_ block: RecordBlock) -> UnsafePointer<pb_rec> {
    block.begin(pb_out_open.self)
    var open = pb_out_open()
    (open.stream, open.account, open.command) = (stream, account, command)
    open.url = write(url, to: block)
    open.headers = writeHeaders(block)
    open.permission = block.text(act)
    return block.finish(open, kind: PB_OUT_OPEN, seq: 0)
  }

  private func writeRequest(_ block: RecordBlock) -> UnsafePointer<pb_rec> {
    block.begin(pb_out_request.self)
    var request = pb_out_request()
    (request.request, request.account, request.command, request.stream) = (1, account, command, stream)
    (request.method, request.opcode) = stream == 0 ? (UInt32(method), 0) : (0, UInt32(opcode))
    request.url = write(url, to: block)
    request.headers = writeHeaders(block)
    request.body = write(self.body, to: block)
    request.permission = block.text(act)
    request.captures = block.list(of: pb_capture.self, count: captures.count)
    for (index, capture) in captures.enumerated() {
      block.set(request.captures, index, pb_capture(path: block.text(capture.0), slot: capture.1, reserved: 0))
    }
    return block.finish(request, kind: PB_OUT_REQUEST, seq: 0)
  }

  private func writeHeaders(_ block: RecordBlock) -> pb_list {
    let list = block.list(of: pb_header.self, count: headers.count)
    for (index, header) in headers.enumerated() {
      let value = write(header.1, to: block)
      block.set(list, index, pb_header(name: block.text(header.0), value: value))
    }
    return list
  }
}

/// A guard over an example exchange with two accounts.
struct GuardBench {
  static let apiKey = "PUBLIC-KEY-ID-0001"
  static let secret = "the-secret-of-account-one"
  static let phrase = "open-phrase-of-one"
  static let time: Int64 = 1_700_000_000_123_456_789

  let folder: TemporaryFolder
  let guarding: SendGuard
  let manifest: Manifest

  static let manifestText = """
    {"id": "example", "name": "Example", "type": "CLOB", "markets": {"spot": {"connector": "example"}},
     "version": "0.1.0", "abi": {"revision": 1}, "library": "libexample.so", "extensions": [],
     "credentials": [{"name": "api_key", "secret": false}, {"name": "secret_key", "secret": true},
       {"name": "passphrase", "secret": true, "required": false}, {"name": "pin", "secret": true, "required": false}],
     "disclose": ["passphrase"],
     "permissions": {"hosts": ["api.example.com:443", "*.push.example.com:9443"],
      "defaults": {"trade": {"allow": ["*"], "headers": ["X-Key", "X-Phrase", "X-Sign", "X-A"]},
       "read": {"headers": ["X-Key", "X-Phrase", "X-A", "X-Token", "X"]}},
      "acts": [
       {"name": "anything", "class": "public", "method": "GET", "path": "/anything"},
       {"name": "feed", "class": "public", "method": "GET", "path": "/public", "operations": ["ping"]},
       {"name": "feed_root", "class": "public", "method": "GET", "path": "/"},
       {"name": "feed_ws", "class": "public", "method": "GET", "path": "/ws",
        "operations": ["ping", "subscribe", "ws_place", "array_place"]},
       {"name": "time", "class": "public", "method": "GET", "path": "/v1/time"},
       {"name": "balances", "class": "read", "method": "GET", "path": "/v1/balances",
        "publishes": "transaction_id", "sealed": ["query:q", "header:X-A", "header:X-Token", "header:X", "form:sign",
        "header:X-Key", "header:X-Phrase"]},
       {"name": "order", "class": "read", "method": "GET", "path": "/v1/orders/*", "sealed": ["path:1"]},
       {"name": "place", "class": "trade", "verb": "place", "method": "POST", "path": "/v1/orders",
        "sealed": ["header:X-Sign", "header:X-Phrase", "header:X-Key"]},
       {"name": "cancel", "class": "trade", "verb": "cancel", "method": "DELETE", "path": "/v1/orders/*"},
       {"name": "token", "class": "read", "method": "POST", "path": "/v1/token",
        "captures": [{"pointer": "/result/token", "slot": 3, "for": ["balances"]}]},
       {"name": "user_stream", "class": "read", "method": "GET", "path": "/ws/*", "sealed": ["path:1"],
        "operations": ["ping", "subscribe"]},
       {"name": "ping", "class": "public", "operation": "ping"},
       {"name": "subscribe", "class": "read", "operation": "subscribe"},
       {"name": "ws_place", "class": "trade", "verb": "place", "operation": "/event=api&/channel=spot.order_place"},
       {"name": "array_place", "class": "trade", "verb": "place", "operation": "/1=on"}]}}
    """

  init() throws {
    folder = try TemporaryFolder()
    manifest = try Manifest.parse(bytes: Array(Self.manifestText.utf8), file: "manifest.json")
    guarding = SendGuard(
      manifest: manifest, nonces: NonceSources(folder: folder.path), random: { [UInt8](repeating: 7, count: $0) })
    guarding.add(
      account: 1,
      try load(["api_key": Self.apiKey, "secret_key": Self.secret, "passphrase": Self.phrase, "pin": "4711"]))
    guarding.add(account: 2, try load(["api_key": "PUBLIC-KEY-ID-0002", "secret_key": "another-secret"]))
    guarding.commands.begin(100, account: 1, verb: UInt32(PB_CMD_PLACE))
    guarding.commands.begin(101, account: 1, verb: UInt32(PB_CMD_BALANCES))
    guarding.commands.begin(102, account: 2, verb: UInt32(PB_CMD_PLACE))
    guarding.commands.begin(103, account: 1, verb: UInt32(PB_CMD_PLACE))
    try resolve(.open("", "wss://api.example.com/ws"))
  }

  func load(_ fields: [String: String]) throws -> LoadedAccount {
    var stored: [String: StoredField] = [:]
    for (name, value) in fields { stored[name] = StoredField(try #require(SecretBytes(Array(value.utf8))), form: .raw) }
    return try LoadedAccount(
      StoredAccount(exchange: "example", name: "main", fields: stored), schema: manifest.credentials)
  }

  @discardableResult
  func resolve(_ send: Send) throws -> ResolvedSend {
    try send.record { try guarding.resolve($0, venueTime: Self.time) }
  }

  func refusal(_ send: Send) throws -> SendRefusal? {
    do {
      try resolve(send)
      return nil
    } catch let refusal as SendRefusal {
      return refusal
    }
  }
}

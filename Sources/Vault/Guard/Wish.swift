import CHost
import CPatchbay
import Catalog
import Records

/// What a record asks to send, before anything is evaluated.
struct Wish {
  enum Shape {
    case request
    case open(stream: UInt64)
    case frame(stream: UInt64)
  }

  let record: RecordReader
  let shape: Shape
  let account: UInt64
  let command: UInt64
  let permission: String
  /// Nil for frames, and for a number that is no method.
  let method: PermittedAct.Method?
  let headers: pb_list
  let captureList: pb_list
  let hasURL: Bool
  /// A ping of the WebSocket protocol, which no venue takes for an order.
  let isPing: Bool
  /// It has operations at all.
  private(set) var isSealed = false
  /// An operation takes something of the account: a field, a token, its key, its nonce.
  private(set) var usesAccount = false
  /// It is signed by secp256k1, as transactions are.
  private(set) var signsForChain = false
  var isOpen: Bool { if case .open = shape { true } else { false } }
  var captureCount: Int { Int(captureList.count) }

  init(request record: RecordReader) {
    let fact = record.head(as: pb_out_request.self)
    self.record = record
    (account, command, permission) = (fact.account, fact.command, record.text(fact.permission))
    (headers, captureList, hasURL) = (fact.headers, fact.captures, fact.url.count > 0)
    shape = fact.stream == 0 ? .request : .frame(stream: fact.stream)
    isPing = fact.stream != 0 && Int(fact.opcode) == PB_OPCODE_PING
    method = fact.stream == 0 ? Self.method(fact.method) : nil
    look(at: [fact.url, fact.body])
  }

  init(open record: RecordReader) {
    let fact = record.head(as: pb_out_open.self)
    self.record = record
    (account, command, permission) = (fact.account, fact.command, record.text(fact.permission))
    (headers, captureList, hasURL, isPing) = (fact.headers, pb_list(), true, false)
    shape = .open(stream: fact.stream)
    method = .get
    look(at: [fact.url])
  }

  private static func method(_ code: UInt32) -> PermittedAct.Method? {
    switch Int(code) {
    case PB_METHOD_GET: .get
    case PB_METHOD_POST: .post
    case PB_METHOD_PUT: .put
    case PB_METHOD_DELETE: .delete
    case PB_METHOD_PATCH: .patch
    default: nil
    }
  }

  private mutating func look(at texts: [pb_text]) {
    for text in texts { look(at: text) }
    for header in record.headers(headers) { look(at: header.value) }
  }

  private mutating func look(at text: pb_text) {
    for part in record.parts(text) {
      for op in record.operations(part.ops) {
        isSealed = true
        switch Int(op.code) {
        case PB_OP_FIELD, PB_OP_SLOT, PB_OP_NONCE, PB_OP_COUNTER, PB_OP_PUBLIC_KEY, PB_OP_ADDRESS, PB_OP_SIGN:
          usesAccount = true
        default: break
        }
        guard Int(op.code) == PB_OP_SIGN else { continue }
        switch Int(op.arg) {
        case PB_SIGN_SECP256K1_RECOVERABLE, PB_SIGN_SECP256K1_COMPACT, PB_SIGN_SECP256K1_DER: signsForChain = true
        default: break
        }
      }
    }
  }
}

/// Which headers a connector may set.
enum HeaderRule {
  /// Headers in lower case by which a request may act for an account.
  static let credentials: Set<String> = ["authorization", "cookie"]

  /// Headers in lower case that any request may have.
  static let usual: Set<String> = ["accept", "content-type", "user-agent"]

  /// Names in lower case that the host sets, or by which a server is reported to take a request for another one.
  private static let reserved: Set<String> = [
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect",
    "forwarded", "x-http-method", "x-http-method-override", "x-method-override", "x-original-url", "x-original-uri",
    "x-rewrite-url", "x-forwarded-host", "x-forwarded-path", "x-forwarded-prefix", "x-forwarded-proto",
    "x-forwarded-uri", "x-host",
  ]

  static func reason(_ name: String) -> String? {
    reserved.contains(name) || name.hasPrefix("proxy-") || name.hasPrefix("sec-websocket-") ? "the host sets it" : nil
  }

  /// RFC 9110 section 5.6.2, `tchar`.
  static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  /// A name fit for a line of a log.
  static func shown(_ name: String) -> String {
    String(name.prefix(40).map { $0.utf8.allSatisfy(isNameByte) ? $0 : "?" })
  }

  static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    chost_contains(text, text.count, part, part.count) == 1
  }
}

/// The time, nonces and random values of one request after the other. A nonce that could not be had is kept as `fault`;
/// the request must not leave then.
final class RequestClock: SealClock {
  @exclusivity(unchecked) private var time: Int64 = 0
  @exclusivity(unchecked) private var fingerprint: String?
  private let nonces: NonceSources
  private let draw: (Int) -> [UInt8]?
  @exclusivity(unchecked) private(set) var fault: NonceFault?

  init(_ nonces: NonceSources, random: @escaping (Int) -> [UInt8]?) { (self.nonces, draw) = (nonces, random) }

  /// Another request begins.
  /// - Parameter fingerprint: of the key whose nonces it uses; nil = none.
  func begin(time: Int64, fingerprint: String?) { (self.time, self.fingerprint, fault) = (time, fingerprint, nil) }

  func venueTime() -> Int64 { time }

  func nonce(_ unit: NonceUnit) -> Int64 {
    take { source throws(NonceFault) in try source.next(unit, time: time) }
  }

  func counter() -> UInt64 {
    UInt64(take { source throws(NonceFault) in try source.nextCount() })
  }

  private func take(_ next: (NonceSource) throws(NonceFault) -> Int64) -> Int64 {
    guard let fingerprint else { return 0 }
    do throws(NonceFault) {
      return try next(nonces.source(fingerprint))
    } catch {
      fault = error
      return 0
    }
  }

  func random(_ count: Int) -> [UInt8] {
    if let bytes = draw(count), bytes.count == count { return bytes }
    fault = .noRandom
    return [UInt8](repeating: 0, count: count)
  }
}

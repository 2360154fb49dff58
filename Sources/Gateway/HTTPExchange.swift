import CGateway
import CMicroHTTP
import JSONTree

/// One request over HTTP and what is answered. On the gateway's thread.
final class HTTPExchange {
  let connection: OpaquePointer
  let door: Door
  let method: String
  let path: String
  var body: [UInt8] = []
  var isTooLong = false
  /// It has come whole and is being answered.
  var isBegun = false
  /// The connection is gone: nothing is answered any more.
  var isOver = false
  var answer: HTTPAnswer?
  /// Opens a stream in the place of an answer.
  var upgrade: ((OpaquePointer) -> MHD_Result)?
  /// Whose place among the open requests it holds.
  var client: Client?

  init(_ connection: OpaquePointer, _ door: Door, method: String, path: String) {
    (self.connection, self.door, self.method, self.path) = (connection, door, method, path)
  }

  func header(_ name: String) -> String? {
    MHD_lookup_connection_value(connection, cgateway_header, name).map { String(cString: $0) }
  }

  /// Headers of which one is enough: where there are two, whoever stands between may read the other one.
  private static let single = ["host", "authorization", "content-length", "content-type", "transfer-encoding", "origin"]

  /// What is wrong with the headers, for people; `nil` = nothing.
  func headerFault() -> String? {
    final class Seen { var counts: [String: Int] = [:] }
    let seen = Seen()
    MHD_get_connection_values(
      connection, cgateway_header,
      { context, _, key, _ in
        guard let context, let key else { return cgateway_yes }
        let seen = Unmanaged<Seen>.fromOpaque(context).takeUnretainedValue()
        seen.counts[String(cString: key).lowercased(), default: 0] += 1
        return cgateway_yes
      }, Unmanaged.passUnretained(seen).toOpaque())
    if let name = Self.single.first(where: { seen.counts[$0, default: 0] > 1 }) { return "two headers \(name)" }
    guard seen.counts["transfer-encoding"] != nil else { return nil }
    if seen.counts["content-length"] != nil { return "both Content-Length and Transfer-Encoding" }
    let coding = header("Transfer-Encoding")?.lowercased() ?? ""
    return coding == "chunked" ? nil : "a Transfer-Encoding other than chunked"
  }

  /// The parameters behind the path, as they were written; `nil` where one is no UTF-8.
  func parameters() -> [(name: String, value: String)]? {
    final class Found { var list: [(String, String)] = []; var isText = true }
    let found = Found()
    MHD_get_connection_values_n(
      connection, cgateway_argument,
      { context, _, key, keySize, value, valueSize in
        guard let context, let key else { return cgateway_yes }
        let found = Unmanaged<Found>.fromOpaque(context).takeUnretainedValue()
        func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String? {
          guard let start else { return "" }
          return String(validating: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
        }
        if let name = text(key, keySize), let word = text(value, valueSize) {
          found.list.append((name, word))
        } else {
          found.isText = false
        }
        return cgateway_yes
      }, Unmanaged.passUnretained(found).toOpaque())
    return found.isText ? found.list : nil
  }
}

/// What is answered to a request.
struct HTTPAnswer: Sendable {
  var status: UInt32
  var type = "application/json"
  var body: [UInt8]
  var headers: [(name: String, value: String)] = []

  init(_ status: UInt32, _ value: JSONValue) {
    self.status = status
    body = Array(JSONWriter.compact(value).utf8)
  }

  init(text: String, type: String) { self.init(bytes: Array(text.utf8), type: type) }

  init(bytes: [UInt8], type: String) {
    status = 200
    self.type = type
    body = bytes
  }

  init(_ error: APIError) {
    self.init(error.status, ["error": error.json])
    headers = error.headers
  }

  /// Hands it to the connection.
  func queue(on connection: OpaquePointer) -> MHD_Result {
    var copy = body
    guard
      let response = copy.withUnsafeMutableBytes({
        MHD_create_response_from_buffer($0.count, $0.baseAddress, cgateway_copied)
      })
    else { return cgateway_no }
    defer { MHD_destroy_response(response) }
    MHD_add_response_header(response, "Content-Type", type)
    MHD_add_response_header(response, "Cache-Control", "no-store")
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff")
    for header in headers { MHD_add_response_header(response, header.name, header.value) }
    return MHD_queue_response(connection, status, response)
  }
}

/// Why a request is not carried out, as docs/api/openapi.yaml has it.
struct APIError: Error, Sendable {
  var code: String
  var message: String
  var field: String?
  var remedy: String?
  var headers: [(name: String, value: String)] = []

  init(_ code: String, _ message: String, field: String? = nil, remedy: String? = nil) {
    (self.code, self.message, self.field) = (code, message, field)
    self.remedy = remedy ?? Self.remedies[code]
  }

  var status: UInt32 {
    switch code {
    case "malformed", "missing_field", "bad_field", "unknown_field", "ambiguous": 400
    case "unauthorized": 401
    case "forbidden", "confirm": 403
    case "not_found", "unknown_connector", "unknown_pair", "no_instrument", "unknown_order", "unknown_account",
      "unknown_exchange", "no_trading", "no_rate":
      404
    case "method_not_allowed": 405
    case "client_order_id_in_use", "outcome_unknown", "halted", "not_ready", "disabled", "open_orders",
      "advisory", "exchange_closed":
      409
    case "too_long": 413
    case "media_type": 415
    case "too_many_requests": 429
    case "lane_silent", "busy", "no_journal", "disk": 503
    default: 422
    }
  }

  /// What to do, where the code alone says it.
  private static let remedies = [
    "unauthorized": "send Authorization: Bearer with the content of api.token in the host's data folder",
    "confirm": "send \"confirmed\": true, or a token of scope trade",
    "ambiguous": "name one of them in \"connector\", or write the name as one of them stands",
    "unknown_connector": "GET /v1/connectors lists them", "unknown_pair": "GET /v1/instruments lists them",
    "unknown_order": "GET /v1/orders and GET /v1/history/orders list them", "halted": "POST /v1/resume",
    "no_trading": "GET /v1/connectors shows what is missing", "not_ready": "GET /v1/connectors shows what is missing",
    "client_order_id_in_use": "give another order another id",
    "outcome_unknown": "look at GET /v1/history/orders before placing it again under another id",
    "disabled": "POST /v1/connectors/enable", "open_orders": "cancel them first, or send \"cancel\": true",
    "too_many_requests": "wait a little", "busy": "try again in a second",
  ]

  var json: JSONValue {
    var members = [JSONMember("code", JSONValue(.string(code))), JSONMember("message", JSONValue(.string(message)))]
    if let field { members.append(JSONMember("field", JSONValue(.string(field)))) }
    if let remedy { members.append(JSONMember("remedy", JSONValue(.string(remedy)))) }
    return JSONValue(.object(members))
  }
}

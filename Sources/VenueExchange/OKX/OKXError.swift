import JSONTree

/// Why OKX does not do what was asked: `{"code": "51603", "msg": "Order does not exist.", "data": []}`, or the `sCode`
/// and `sMsg` of one order of a request. Source: "Error Code", whose HTTP status, code and words these are.
struct OKXError: Error, Equatable {
  let code: Int
  let text: String
  let status: Int

  init(_ code: Int, _ text: String, status: Int = 200) {
    self.code = code
    self.text = text
    self.status = status
  }

  var json: JSONValue { .make([("code", .s(String(code))), ("msg", .s(text)), ("data", .list([]))]) }

  static func missing(_ name: String) -> OKXError {
    OKXError(50014, "Parameter \(name) can not be empty.", status: 400)
  }

  static func malformed(_ name: String) -> OKXError { OKXError(51000, "Parameter \(name) error", status: 400) }

  // MARK: Requests

  static let unavailable = OKXError(50001, "Service temporarily unavailable. Please try again later.", status: 503)
  static let noJSON = OKXError(50002, "JSON syntax error", status: 400)
  static let tooMany = OKXError(50011, "Too Many Requests", status: 429)
  static let noNames = OKXError(50015, "Either parameter ordId or clOrdId is required", status: 400)
  static let expired = OKXError(
    50036, "The expTime can't be earlier than the current system time. Please adjust the expTime and try again.")
  static let tooLate = OKXError(50102, "Timestamp request expired.", status: 401)
  static let wrongPassphrase = OKXError(50105, "Request header \"OK-ACCESS-PASSPHRASE\" incorrect.", status: 401)
  static let wrongKey = OKXError(50111, "Invalid OK-ACCESS-KEY.", status: 401)
  static let wrongTime = OKXError(50112, "Invalid OK-ACCESS-TIMESTAMP.", status: 401)
  static let wrongSign = OKXError(50113, "Invalid signature.", status: 401)
  static let wrongMethod = OKXError(50115, "Invalid request method.", status: 405)
  static let notFound = OKXError(404, "Not Found", status: 404)

  static func noHeader(_ code: Int, _ name: String) -> OKXError {
    OKXError(code, "Request header \"\(name)\" cannot be empty.", status: 401)
  }

  // MARK: Orders

  static let noInstrument = OKXError(51001, "Instrument ID, Instrument ID code or Spread ID doesn't exist.")
  static let noName = OKXError(51003, "Either client order ID or order ID is required.")
  static let tooSmall = OKXError(51020, "Your order should meet or exceed the minimum order amount.")
  static let noLots = OKXError(51121, "Order quantity must be a multiple of the lot size.")
  static let notCancelled = OKXError(
    51400, "Order cancellation failed as the order has been filled, canceled or does not exist.")
  static let nothingToChange = OKXError(51500, "You must enter a price, quantity, or TP/SL")
  static let notChanged = OKXError(51503, "Your order has already been filled or canceled.")
  static let notPostOnly = OKXError(
    51511, "Modification failed as the order price did not meet the requirement for Post Only.")
  static let noOrder = OKXError(51603, "Order does not exist.")

  // MARK: Sockets

  static let badTime = OKXError(60004, "Invalid timestamp")
  static let badKey = OKXError(60005, "Invalid apiKey")
  static let lateLogin = OKXError(60006, "Timestamp request expired")
  static let badSign = OKXError(60007, "Invalid sign")
  static let noLogin = OKXError(60011, "Please log in")
  static let tooFast = OKXError(60014, "Requests too frequent")
  static let badPassphrase = OKXError(60024, "Wrong passphrase")
  static let failure = OKXError(63999, "Login failed due to internal error. Please try again later.")

  static func invalid(_ request: String) -> OKXError { OKXError(60012, "Invalid request: \(request)") }

  static func noChannel(_ channel: String) -> OKXError {
    OKXError(
      60018,
      "Wrong URL or \(channel) doesn't exist. Please use the correct URL, channel and parameters referring to API "
        + "document.")
  }

  static func wrongAddress(_ channel: String) -> OKXError {
    OKXError(
      60008,
      "The current WebSocket endpoint does not support subscribing to \(channel) channels. Please check the "
        + "WebSocket URL")
  }
}

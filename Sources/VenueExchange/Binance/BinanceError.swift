import JSONTree

/// An error as Binance says it: `{"code": -1121, "msg": "Invalid symbol."}`. Source: "Error codes" and "HTTP return
/// codes" of the spot and the futures documentation.
struct BinanceError: Error, Equatable {
  var status = 400
  let code: Int
  let text: String
  /// Members beside code and message.
  var more: [(String, JSONValue)] = []
  var headers: [(name: String, value: String)] = []

  init(_ code: Int, _ text: String, status: Int = 400) {
    self.code = code
    self.text = text
    self.status = status
  }

  var json: JSONValue { JSONValue.make([("code", .n(code)), ("msg", .s(text))] + more) }

  static func == (left: Self, right: Self) -> Bool {
    left.code == right.code && left.text == right.text && left.status == right.status
  }

  static func missing(_ name: String) -> BinanceError {
    BinanceError(-1102, "Mandatory parameter '\(name)' was not sent, was empty/null, or malformed.")
  }

  static func malformed(_ name: String) -> BinanceError {
    BinanceError(-1100, "Illegal characters found in parameter '\(name)'.")
  }

  static let invalidSymbol = BinanceError(-1121, "Invalid symbol.")
  static let noSignature = BinanceError(-1022, "Signature for this request is not valid.")
  static let badKeyFormat = BinanceError(-2014, "API-key format invalid.", status: 401)
  static let badKey = BinanceError(-2015, "Invalid API-key, IP, or permissions for action.", status: 401)
  static let tooLate = BinanceError(-1021, "Timestamp for this request is outside of the recvWindow.")
  static let tooEarly = BinanceError(
    -1021, "Timestamp for this request was 1000ms ahead of the server's time.")
  static let maintenance = BinanceError(1, "System is under maintenance.", status: 503)
  static let notFound = BinanceError(-2013, "Order does not exist.")
  static let unknownOrder = BinanceError(-2011, "Unknown order sent.")
  static let noListenKey = BinanceError(-1125, "This listenKey does not exist.")
}

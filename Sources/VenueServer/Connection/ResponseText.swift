import Venue

/// Replies as HTTP/1.1 writes them.
enum ResponseText {
  /// - Parameters:
  ///   - wall: nanoseconds since the epoch, for the `Date` header where the reply has none of its own.
  ///   - hasBody: `false` for the answer to a HEAD.
  static func bytes(_ reply: VenueReply, wall: Int64, closes: Bool, hasBody: Bool) -> [UInt8] {
    var head = "HTTP/1.1 \(reply.status) \(reason(reply.status))\r\n"
    func has(_ name: String) -> Bool { reply.headers.contains { $0.name.lowercased() == name } }
    if !has("date") { head += "Date: \(HTTPDate.text(wall))\r\n" }
    if !has("content-type"), !reply.body.isEmpty { head += "Content-Type: application/json;charset=UTF-8\r\n" }
    for header in reply.headers { head += "\(header.name): \(header.value)\r\n" }
    head += "Content-Length: \(reply.body.count)\r\nConnection: \(closes ? "close" : "keep-alive")\r\n\r\n"
    return Array(head.utf8) + (hasBody ? reply.body : [])
  }

  /// The words are for people; programs read the number.
  private static func reason(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 301: "Moved Permanently"
    case 302: "Found"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 413: "Content Too Large"
    case 418: "I'm a teapot"
    case 429: "Too Many Requests"
    case 500: "Internal Server Error"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    default: status < 400 ? "OK" : "Error"
    }
  }
}

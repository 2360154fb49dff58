import Foundation
import Runtime
import Testing
import Venue

@testable import VenueServer

/// The server itself, with a venue that does as it is reported.
@Suite(.serialized) struct ServerTests {
  /// Answers at once, late (when asked for `/next`), or never; sockets echo.
  private final class HandVenue: ServedVenue {
    var waiting: [UInt64] = []
    var seen: [String] = []

    func request(_ id: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
      seen.append("\(request.method) \(request.path)?\(request.query) \(String(decoding: request.body, as: UTF8.self))")
      switch request.path {
      case "/wait": waiting.append(id)
      case "/drop": actions.append(.drop(request: id))
      default: actions.append(.reply(request: id, VenueReply(status: 201, body: Array("done \(request.path)".utf8))))
      }
      guard request.path == "/next" else { return }
      for late in waiting { actions.append(.reply(request: late, VenueReply(body: Array("late".utf8)))) }
      waiting = []
    }

    func open(_ socket: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
      actions.append(request.path == "/ws" ? .accept(socket: socket) : .refuse(socket: socket, .outage(status: 503)))
    }

    func frame(_ socket: UInt64, _ frame: VenueFrame, now: VenueTime, _ actions: inout [VenueAction]) {
      let isLast = frame == .text(Array("bye".utf8))
      actions.append(
        isLast ? .close(socket: socket, code: 4001, reason: "asked") : .send(socket: socket, frame))
    }

    func closed(_ socket: UInt64, now: VenueTime, _ actions: inout [VenueAction]) { seen.append("closed") }
    func advance(now: VenueTime, _ actions: inout [VenueAction]) -> Int64? { nil }
  }

  private let venue = HandVenue()
  private let server: VenueServer
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("patchbay-server-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var options = VenueServer.Options()
    options.authorityFile = folder.appendingPathComponent("authority.pem").path
    let clock = SystemClock()
    server = try VenueServer(options) {
      let times = clock.now()
      return VenueTime(mono: times.mono, wall: times.wall)
    }
    try server.mount(venue, at: "/one")
    try server.mount(HandVenue(), at: "/one/deeper")
    server.start()
  }

  /// Python's own TLS, HTTP and nothing of ours: `program` has `connect()`, which gives an encrypted socket.
  private func python(_ program: String) throws -> String {
    let head = """
      import socket, ssl
      context = ssl.create_default_context(cafile="\(folder.path)/authority.pem")
      def connect(name="localhost"):
        return context.wrap_socket(socket.create_connection(("127.0.0.1", \(server.port)), 20), server_hostname=name)
      def read(stream, size, until=None):
        data = b""
        while len(data) < size and not (until and until in data):
          part = stream.recv(65536)
          if not part: break
          data += part
        return data.decode("latin1")

      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", head + program]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text
  }

  @Test func independentClientsTrustItAndAreAnswered() throws {
    let text = try python(
      """
      import http.client
      for name in ("localhost", "127.0.0.1"):
        client = http.client.HTTPSConnection(name, \(server.port), context=context, timeout=20)
        client.request("POST", "/one/a%20b?x=1", body=iter([b"chun", b"ked"]), encode_chunked=True,
                       headers={"Transfer-Encoding": "chunked"})
        reply = client.getresponse()
        print(reply.status, reply.read().decode(), reply.getheader("Date") is not None)
        client.request("HEAD", "/one/head")
        reply = client.getresponse()
        print(reply.status, reply.getheader("Content-Length"), reply.read())
        client.request("GET", "/nowhere")
        print(client.getresponse().status)
      """)
    #expect(text == String(repeating: "201 done /a%20b True\n201 10 b''\n404\n", count: 2))
    let venue = venue
    #expect(server.perform { venue.seen }.first == "POST /a%20b?x=1 chunked")
  }

  @Test func pipelinedRequestsAreAnsweredInTheirOrder() throws {
    let text = try python(
      """
      stream = connect()
      get = lambda path: ("GET /one" + path + " HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n").encode()
      stream.sendall(get("/wait") + get("/quick") + get("/next"))
      stream.sendall(b"GET /one/last HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n")
      text = read(stream, 1 << 20)
      print([line for line in text.split("\\r\\n") if "late" in line or "done" in line])
      """)
    let order = ["late", "done /quick", "done /next", "done /last"].compactMap { text.range(of: $0)?.lowerBound }
    #expect(order.count == 4 && order == order.sorted(), "\(text)")
  }

  @Test func requestsAndSocketsCanBeDroppedAndRefused() throws {
    let text = try python(
      """
      stream = connect()
      stream.sendall(b"GET /one/drop HTTP/1.1\\r\\n\\r\\n")
      print(repr(read(stream, 10)))
      stream = connect()
      stream.sendall(b"nonsense\\r\\n\\r\\n")
      print(read(stream, 1000).split("\\r\\n")[0])
      upgrade = "Upgrade: websocket\\r\\nConnection: Upgrade\\r\\nHost: x\\r\\nSec-WebSocket-Version: 13\\r\\n"
      upgrade += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n"
      stream = connect()
      stream.sendall(("GET /one/no HTTP/1.1\\r\\n" + upgrade).encode())
      print(read(stream, 1000).split("\\r\\n")[0])
      stream = connect()
      frame = bytes([0x81, 0x83, 0, 0, 0, 0]) + b"bye"
      stream.sendall(("GET /one/ws HTTP/1.1\\r\\n" + upgrade).encode() + frame)
      text = read(stream, 1000, b"asked")
      print(text.split("\\r\\n")[0], "\\x0f\\xa1asked" in text)
      """)
    #expect(
      text == """
        ''
        HTTP/1.1 400 Bad Request
        HTTP/1.1 503 Service Unavailable
        HTTP/1.1 101 Switching Protocols True

        """)
  }

  @Test func theLongestPrefixDecidesAndOtherPortsAreTheirOwn() throws {
    let text = try python(
      """
      def ask(path):
        stream = connect()
        stream.sendall(("GET " + path + " HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n").encode())
        return read(stream, 1 << 20).split("\\r\\n\\r\\n")[1]
      print(ask("/one/deeper/x"), ask("/one/deep"), ask("/one"), "no venue" in ask("/oneself"))
      """)
    #expect(text == "done /x done /deep done / True\n")
  }

  @Test(arguments: HandshakeFlaw.allCases) func clientsSeeWhatIsWrongWithAHandshake(flaw: HandshakeFlaw) throws {
    server.spoil([flaw])
    let text = try python(
      """
      try:
        connect()
        print("connected")
      except (ssl.SSLError, OSError) as problem:
        print(getattr(problem, "verify_message", None) or type(problem).__name__)
      connect()
      print("then it is right")
      """)
    let reason =
      switch flaw {
      case .wrongName: "Hostname mismatch"
      case .expired: "certificate has expired"
      case .untrusted: "unable to get local issuer certificate"
      case .abort: "Error"
      }
    #expect(text.contains(reason) && text.hasSuffix("then it is right\n"), "\(text)")
    #expect(!text.hasPrefix("connected"))
  }
}

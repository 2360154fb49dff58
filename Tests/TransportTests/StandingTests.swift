import CPatchbay
import ConnectorKit
import Glibc
import Records
import Runtime
import Testing

@testable import Transport

/// Lets everything leave as an order.
final class OrdersOnly: SendControl {
  var permits = true
  /// Requests that have left.
  var left: [UInt64] = []

  func evaluate(_ record: RecordReader, for session: Session) throws(RequestRefusal) -> OutgoingRequest {
    var request = try record.literalRequest()
    request.trade = JudgedTrade(command: 7, attempt: 1, isCancel: false)
    return request
  }

  func mayLeave(_ trade: JudgedTrade, for session: Session) -> Bool { permits }
  func left(_ request: UInt64, for session: Session) { left.append(request) }
  func ended(_ request: UInt64, _ end: RequestEnd, _ body: [UInt8], for session: Session) {}
  func ended(stream: UInt64, for session: Session) {}
}

extension Rig {
  func order(_ id: UInt64, _ body: String = "buy", deadline: Int64 = 0) {
    ask { out in
      var request = Request(.post, "https://venue.test/order?x=1")
      request.body = SealedText(body)
      request.headers = [("X-Key", "k"), ("X-Empty", "")]
      request.deadline = deadline
      out.send(request, id: id)
    }
  }

  /// Places the first order, which goes through libcurl.
  /// - Returns: the connection that stands ready for the next.
  func makeReady() throws -> TestVenue.Connection {
    venue.answer = { _, _ in "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst" }
    order(1)
    #expect(saw("reply 1 200 first"))
    #expect(turn { venue.connections.count == 2 })
    idle()
    return try #require(venue.connections.first { $0.seen.isEmpty })
  }

  var ordersOnTheWire: Int { venue.requests.filter { $0.hasPrefix("POST /order") }.count }
}

extension LoopbackTests {
  @Suite("Orders over connections that stand ready") struct StandingTests {
    private func fixed(_ body: String, _ more: String = "") -> String {
      "HTTP/1.1 200 OK\r\nX-Test: t\r\n\(more)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// All words of a request but how its answer may be packed, in no order.
    private func words(_ request: String) -> Set<Substring> {
      Set(request.split(separator: "\r\n").filter { !$0.hasPrefix("Accept-Encoding") })
    }

    @Test func theSecondOrderLeavesAtOnceAsTheFirstDid() throws {
      let control = OrdersOnly()
      let rig = try Rig(control: control)
      let standing = try rig.makeReady()
      rig.venue.answer = { [self] _, _ in fixed("second", "Set-Cookie: secret=1\r\n") }
      for id in UInt64(2)...4 {
        rig.order(id)
        #expect(rig.saw("reply \(id) 200 x-test=t second"))
      }
      #expect(standing.seen.count == 3 && rig.venue.connections.count == 2)
      let requests = rig.venue.requests.filter { $0.hasPrefix("POST") }
      #expect(requests.count == 4 && Set(requests.map(words)).count == 1, "\(requests)")
      #expect(requests[1].hasPrefix("POST /order?x=1 HTTP/1.1\r\nHost: 127.0.0.1:\(rig.venue.port)\r\n"))
      #expect(requests[1].hasSuffix("\r\nContent-Length: 3\r\n\r\nbuy"))
      #expect(rig.probe.seen.filter { $0.hasPrefix("sent") } == ["sent 1", "sent 2", "sent 3", "sent 4"])
      #expect(control.left == [1, 2, 3, 4])
    }

    /// What a server may do to an order that has left. Whatever it is, the order leaves once, its outcome is said, and
    /// the next order gets its own answer and no rest of this one's.
    @Test(arguments: [
      (
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale",
        "reply 2 200 ok"
      ), ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "reply 2 200 ok"),
      ("HTTP/1.1 102 Processing\r\nX-Test: no\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "reply 2 200 ok"),
      ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", "reply 2 200 ok"),
      ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "reply 2 200 ok"),
      ("HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno", "reply 2 503 no"),
      ("HTTP/1.1 307 Elsewhere\r\nLocation: /order\r\nContent-Length: 0\r\n\r\n", "reply 2 307 "),
      ("HTTP/1.1 204 None\r\n\r\n", "reply 2 204 "),
      ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\nokno", "no answer 2"),
      ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "no answer 2"),
      ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok", "no answer 2"),
      ("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "no answer 2"),
      ("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "no answer 2"), ("SSH-2.0-OpenSSH_9.2\r\n", "no answer 2"),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "no answer 2"),
    ]) func whateverTheServerSays(answer: String, outcome: String) throws {
      let rig = try Rig(control: OrdersOnly())
      let standing = try rig.makeReady()
      rig.venue.answer = { _, _ in answer }
      rig.order(2)
      #expect(rig.saw(outcome), "\(rig.probe.seen)")
      #expect(standing.seen.count == 1)
      rig.venue.answer = { [self] _, _ in fixed("third") }
      rig.order(3)
      #expect(rig.saw("reply 3 200 x-test=t third"), "\(rig.probe.seen)")
      #expect(rig.ordersOnTheWire == 3)
      #expect(rig.probe.seen.filter { $0.hasPrefix("reply 2") || $0.hasPrefix("no answer 2") } == [outcome])
      #expect(rig.transport.unfinished == 0)
    }

    /// Without a length, an answer ends with its connection; one that ends early is none.
    @Test(arguments: [
      ("HTTP/1.1 200 OK\r\n\r\nall", "reply 2 200 all"),
      ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "no answer 2"),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", "no answer 2"),
      ("HTTP/1.1 200", "no answer 2"), ("HTTP/1.1 100 Continue\r\n\r\n", "no answer 2"), ("", "no answer 2"),
    ]) func whatEndsWithTheConnection(answer: String, outcome: String) throws {
      let rig = try Rig(control: OrdersOnly())
      _ = try rig.makeReady()
      rig.venue.answer = { _, connection in
        // Half closed: the server goes on reading.
        _ = answer.utf8.withContiguousStorageIfAvailable { send(connection.descriptor, $0.baseAddress, $0.count, 0) }
        shutdown(connection.descriptor, Int32(SHUT_WR))
        return nil
      }
      rig.order(2)
      #expect(rig.saw(outcome), "\(rig.probe.seen)")
      rig.idle()
      #expect(rig.ordersOnTheWire == 2)
    }

    /// A connection that has ended, or on which something came that nobody asked for, is found out before anything of
    /// an order leaves on it: the order goes another way, and its outcome is not in doubt.
    @Test(arguments: [true, false]) func aDeadConnectionCostsNoOrder(isCut: Bool) throws {
      let rig = try Rig(control: OrdersOnly())
      let standing = try rig.makeReady()
      rig.venue.answer = { [self] _, _ in fixed("second") }
      if isCut {
        rig.venue.cut(standing)
      } else {
        let stale = Array("HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n".utf8)
        #expect(send(standing.descriptor, stale, stale.count, 0) == stale.count)
      }
      // The loop has had no turn to see it.
      rig.order(2)
      #expect(rig.saw("reply 2 200 x-test=t second"), "\(rig.probe.seen)")
      #expect(standing.seen.isEmpty && rig.ordersOnTheWire == 2)
    }

    @Test func whatComesTooLateAnswersNobody() throws {
      let rig = try Rig(control: OrdersOnly())
      _ = try rig.makeReady()
      var late: TestVenue.Connection?
      rig.venue.answer = { _, connection in
        late = connection
        return nil
      }
      rig.order(2, deadline: 3 * TransportLimits.second)
      #expect(rig.saw("sent 2") && rig.turn { late != nil })
      rig.clock.push(seconds: 4)
      #expect(rig.saw("no answer 2"))
      late?.output += Array(fixed("late").utf8)
      rig.venue.answer = { [self] _, _ in fixed("third") }
      rig.order(3)
      #expect(rig.saw("reply 3 200 x-test=t third"), "\(rig.probe.seen)")
      #expect(rig.ordersOnTheWire == 3)
    }

    @Test func anOrderThatMayNoLongerLeaveDoesNot() throws {
      let control = OrdersOnly()
      let rig = try Rig(control: control)
      let standing = try rig.makeReady()
      control.permits = false
      rig.order(2)
      #expect(rig.saw("not sent 2 \(PB_REFUSAL_ACT)"))
      rig.order(3, deadline: 1)
      #expect(rig.saw("not sent 3 \(PB_REFUSAL_EXPIRED)"))
      rig.idle()
      #expect(rig.ordersOnTheWire == 1 && control.left == [1])
      control.permits = true
      rig.venue.answer = { [self] _, _ in fixed("fourth") }
      rig.order(4)
      #expect(rig.saw("reply 4 200 x-test=t fourth"))
      #expect(standing.seen.count == 1, "the connection was still good")
    }

    /// What has left goes on when its connector gives it up; what has not is taken back.
    @Test func givingUp() throws {
      let control = OrdersOnly()
      let rig = try Rig(control: control)
      _ = try rig.makeReady()
      rig.venue.answer = { [self] _, _ in fixed("second") }
      rig.order(2)
      rig.ask { $0.abort(2) }
      #expect(rig.saw("reply 2 200 x-test=t second"))
      control.permits = false
      rig.ask { out in
        out.send(Request(.post, "https://venue.test/order"), id: 3)
        out.abort(3)
      }
      #expect(rig.saw("not sent 3 \(PB_REFUSAL_ABORTED)"))
      rig.idle()
      #expect(rig.ordersOnTheWire == 2 && rig.probe.seen.filter { $0.contains("sent 3") }.count == 1)
    }

    @Test func repliesAreBounded() throws {
      var limits = TransportLimits()
      (limits.replyBody, limits.replyHeaders) = (1000, 600)
      for answer in [
        fixed(String(repeating: "x", count: 1001)), fixed("", "X: \(String(repeating: "x", count: 700))\r\n"),
        String(repeating: "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n", count: 50),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
          + String(repeating: "64\r\n\(String(repeating: "x", count: 100))\r\n", count: 11),
      ] {
        let rig = try Rig(limits: limits, control: OrdersOnly())
        _ = try rig.makeReady()
        rig.venue.answer = { _, _ in answer }
        rig.order(2)
        #expect(rig.saw("no answer 2"), "\(answer.prefix(60))")
        #expect(rig.transport.unfinished == 0)
      }
    }

    /// More than a socket takes at once, both ways, and several at the same time.
    @Test func muchAndMany() throws {
      let rig = try Rig(control: OrdersOnly())
      let standing = try rig.makeReady()
      let large = String(repeating: "b", count: 900_000)
      rig.venue.answer = { [self] _, _ in fixed(large) }
      rig.order(2, large)
      #expect(rig.turn { rig.probe.seen.contains { $0.hasPrefix("reply 2 200") && $0.utf8.count > 900_000 } })
      #expect(standing.seen.count == 1 && rig.venue.requests.last?.hasSuffix("\r\n\r\n" + large) == true)
      rig.venue.answer = { [self] _, _ in fixed("many") }
      for round in UInt64(0)..<3 {
        for id in UInt64(1)...6 { rig.order(10 + round * 10 + id) }
        for id in UInt64(1)...6 { #expect(rig.saw("reply \(10 + round * 10 + id) 200 x-test=t many")) }
        rig.idle()
      }
      #expect(rig.ordersOnTheWire == 20)
      #expect(rig.venue.connections.count <= TransportLimits().standing + TransportLimits().connectionsPerHost)
    }

    /// An old connection is not used again, and one takes its place while orders are likely, not for ever.
    @Test func oldOnesAreReplaced() throws {
      let rig = try Rig(control: OrdersOnly())
      let standing = try rig.makeReady()
      rig.clock.push(seconds: 51)
      #expect(rig.turn { rig.venue.connections.count == 3 && standing.isOver })
      rig.idle()
      rig.venue.answer = { [self] _, _ in fixed("second") }
      rig.order(2)
      #expect(rig.saw("reply 2 200 x-test=t second"))
      #expect(rig.venue.connections[2].seen.count == 1)
      rig.clock.push(seconds: 1000)
      rig.idle()
      #expect(rig.venue.connections.count == 3, "nobody has traded for long")
    }

    /// A server that ends every connection before anything went over it is not asked again and again.
    @Test func uselessConnectionsAreMadeLessAndLess() throws {
      let rig = try Rig(control: OrdersOnly())
      _ = try rig.makeReady()
      let first = rig.venue.connections.first { !$0.seen.isEmpty }
      for second in 0..<20 {
        for connection in rig.venue.live where connection !== first { rig.venue.cut(connection) }
        rig.clock.push(seconds: 1)
        rig.order(UInt64(2 + second))
        #expect(rig.saw("reply \(2 + second) 200 first"))
        rig.idle()
      }
      #expect((3...8).contains(rig.venue.connections.count), "\(rig.venue.connections.count)")
    }

    /// Certificate and name count here as everywhere; an answer of several TLS records is read to its end.
    @Test(arguments: [("localhost", true), ("elsewhere.test", true), ("localhost", false)])
    func overTLS(name: String, isTrusted: Bool) throws {
      let venue = TestVenue()
      let front = try TLSFront(to: venue.port, name: name)
      defer { withExtendedLifetime(front) {} }
      let rig = try Rig(venue: venue, control: OrdersOnly()) { options in
        options.substitutes["venue.test:443"] = "https://localhost:\(front.port)"
        options.allowsPlainLoopback = false
        if isTrusted { options.authorities = front.authority }
      }
      guard name == "localhost", isTrusted else {
        for id in UInt64(1)...3 {
          rig.order(id)
          #expect(rig.saw("not sent \(id) \(PB_REFUSAL_CONNECT)"))
          rig.clock.push(seconds: 5)
        }
        #expect(venue.requests.isEmpty)
        return
      }
      let standing = try rig.makeReady()
      let large = String(repeating: "a", count: 100_000)
      venue.answer = { [self] _, _ in fixed(large) }
      for id in UInt64(2)...3 {
        rig.order(id, large)
        #expect(rig.saw("reply \(id) 200 x-test=t \(large)"))
      }
      #expect(standing.seen.count == 2 && rig.ordersOnTheWire == 3)
      venue.cut(standing)
      rig.idle()
      venue.answer = { [self] _, _ in fixed("after") }
      rig.order(4)
      #expect(rig.saw("reply 4 200 x-test=t after"))
      #expect(rig.ordersOnTheWire == 4)
    }

    /// Only what trades takes this way: other requests may be repeated, packed and many.
    @Test func otherRequestsGoThroughLibcurl() throws {
      let rig = try Rig()
      rig.venue.answer = { [self] _, _ in fixed("x") }
      for id in UInt64(1)...3 {
        rig.order(id)
        #expect(rig.saw("reply \(id) 200 x-test=t x"))
        rig.idle()
      }
      #expect(rig.venue.connections.count == 1)
    }
  }
}

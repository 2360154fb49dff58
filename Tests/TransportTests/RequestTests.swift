import CPatchbay
import ConnectorKit
import Records
import Runtime
import Testing
import WebSocket

@testable import Transport

extension LoopbackTests {
  @Suite("HTTP over loopback")
  struct RequestTests {
    private func get(_ rig: Rig, _ id: UInt64 = 1, _ url: String = "https://venue.test/x", deadline: Int64 = 0) {
      rig.ask { out in
        var request = Request(.get, SealedText(url))
        request.deadline = deadline
        out.send(request, id: id)
      }
    }

    private func reply(_ status: String, _ body: String, _ headers: String = "") -> String {
      "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    @Test func aReplyWithItsHeaders() throws {
      let rig = try Rig()
      rig.venue.answer = { _, _ in
        "HTTP/1.1 200 OK\r\nX-Test: a b\r\nSet-Cookie: secret=1\r\nContent-Length: 2\r\n\r\nok"
      }
      get(rig, 1, "https://venue.test/api?x=1")
      #expect(rig.saw("reply 1 200 x-test=a b ok"))
      #expect(rig.probe.seen == ["sent 1", "reply 1 200 x-test=a b ok"])
      #expect(rig.venue.requests.first?.hasPrefix("GET /api?x=1 HTTP/1.1\r\n") == true)
    }

    @Test func methodsBodiesAndHeaders() throws {
      let rig = try Rig()
      rig.venue.answer = { _, _ in "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" }
      let methods: [ConnectorKit.Method] = [.post, .put, .delete, .patch]
      for (index, method) in methods.enumerated() {
        rig.ask { out in
          var request = Request(method, "https://venue.test/order")
          request.body = "a=1"
          request.headers = [("X-Key", "k"), ("X-Empty", "")]
          out.send(request, id: UInt64(index + 1))
        }
        #expect(rig.saw("reply \(index + 1) 200 "))
        let name = "\(method)".uppercased()
        let sent = rig.venue.requests.last ?? ""
        #expect(sent.hasPrefix("\(name) /order HTTP/1.1\r\n") && sent.hasSuffix("\r\n\r\na=1"), "\(sent)")
        #expect(sent.contains("X-Key: k\r\n") && sent.contains("X-Empty:") && !sent.contains("Content-Type"))
      }
      rig.ask { $0.send(Request(.post, "https://venue.test/empty"), id: 9) }
      #expect(rig.saw("reply 9 200 "))
      #expect(rig.venue.requests.last?.contains("Content-Length: 0\r\n") == true)
    }

    /// A handle of the library is used again: nothing of a request stands in the next one, whatever that is.
    @Test func nothingIsLeftOfTheRequestBefore() throws {
      let rig = try Rig()
      rig.venue.answer = { _, _ in "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" }
      typealias One = (method: ConnectorKit.Method, path: String, body: String, key: String)
      let requests: [One] = [
        (.post, "/order", "secret=1", "one"), (.get, "/a", "", ""), (.post, "/order", "b=2", "two"),
        (.delete, "/order", "", "three"), (.post, "/order", "", ""), (.put, "/order", "c=3", ""), (.get, "/a", "", ""),
        (.delete, "/order", "d=4", ""), (.delete, "/order", "", ""), (.post, "/b", "e=5", "four"),
        (.patch, "/b", "", ""),
      ]
      for (index, one) in requests.enumerated() {
        rig.ask { out in
          var request = Request(one.method, SealedText("https://venue.test" + one.path))
          request.body = SealedText(one.body)
          if !one.key.isEmpty { request.headers = [("X-Key", SealedText(one.key))] }
          out.send(request, id: UInt64(index + 1))
        }
        #expect(rig.saw("reply \(index + 1) 200 "))
        let sent = rig.venue.requests.last ?? ""
        #expect(sent.hasPrefix("\("\(one.method)".uppercased()) \(one.path) HTTP/1.1\r\n"), "\(sent)")
        #expect(sent.hasSuffix("\r\n\r\n\(one.body)"), "\(sent)")
        #expect(sent.contains("X-Key: \(one.key)\r\n") == !one.key.isEmpty, "\(sent)")
        #expect(sent.contains("X-Key") == !one.key.isEmpty, "\(sent)")
      }
    }

    @Test(arguments: ["500 Internal Server Error", "429 Too Many Requests", "302 Found"])
    func everyStatusIsAReply(status: String) throws {
      let rig = try Rig()
      rig.venue.answer = { [self] _, _ in reply(status, "no", "Location: /elsewhere\r\n") }
      get(rig)
      #expect(rig.saw("reply 1 \(status.prefix(3)) no"))
      #expect(rig.venue.requests.count == 1)
    }

    @Test func noAnswerWhenItIsCutOrLate() throws {
      let rig = try Rig()
      rig.venue.answer = { line, connection in
        if line.contains("/cut") { rig.venue.cut(connection) }
        return nil
      }
      get(rig, 1, "https://venue.test/cut")
      #expect(rig.saw("no answer 1"))
      get(rig, 2, deadline: 3 * TransportLimits.second)
      #expect(rig.turn { rig.venue.requests.count == 2 })
      #expect(rig.saw("sent 2"))
      rig.clock.push(seconds: 4)
      #expect(rig.saw("no answer 2"))
      rig.venue.answer = { _, _ in nil }
    }

    @Test func notSentWhenNobodyListensOrTimeIsOver() throws {
      let nobody = try Rig(port: 1)
      get(nobody)
      #expect(nobody.saw("not sent 1 \(PB_REFUSAL_CONNECT)"))
      let rig = try Rig()
      get(rig, 2, deadline: 1)
      #expect(rig.saw("not sent 2 \(PB_REFUSAL_EXPIRED)"))
      rig.ask { out in
        out.send(Request(.get, "https://venue.test/x"), id: 3)
        out.abort(3)
      }
      #expect(rig.saw("not sent 3 \(PB_REFUSAL_ABORTED)"))
      rig.idle()
      #expect(!rig.probe.seen.contains("sent 3"))
    }

    @Test func anOrderIsNotSentTwiceWhenAKeptConnectionDies() throws {
      let rig = try Rig()
      rig.venue.answer = { [self] _, connection in
        if connection.seen.isEmpty { return reply("200 OK", "first") }
        rig.venue.cut(connection)
        return nil
      }
      get(rig)
      #expect(rig.saw("reply 1 200 first"))
      rig.ask { out in
        var request = Request(.post, "https://venue.test/order")
        request.body = "buy"
        out.send(request, id: 2)
      }
      #expect(rig.saw("no answer 2"))
      rig.idle()
      #expect(rig.venue.requests.filter { $0.hasPrefix("POST") }.count == 1)
      rig.venue.answer = { _, _ in nil }
    }

    @Test func bodiesAndQueuesAreBounded() throws {
      var limits = TransportLimits()
      limits.replyBody = 1000
      limits.requests = 2
      let rig = try Rig(limits: limits)
      rig.venue.answer = { [self] line, _ in
        line.contains("large") ? reply("200 OK", String(repeating: "x", count: 1001)) : nil
      }
      get(rig, 1, "https://venue.test/large")
      #expect(rig.saw("no answer 1"))
      for id in UInt64(2)...4 { get(rig, id) }
      #expect(rig.saw("not sent 4 \(PB_REFUSAL_LIMIT)"))
      rig.ask {
        $0.send(Request(.get, SealedText("https://venue.test/" + String(repeating: "x", count: 2 << 20))), id: 5)
      }
      #expect(rig.saw("not sent 5 \(PB_REFUSAL_LIMIT)"))
    }

    /// Each reply is within its own limit, and all together are not.
    @Test func repliesUnderWayAreBoundedTogether() throws {
      var limits = TransportLimits()
      (limits.replyBody, limits.unfinished) = (1000, 500)
      let rig = try Rig(limits: limits)
      rig.venue.answer = { [self] line, _ in
        reply("200 OK", String(repeating: "x", count: line.contains("large") ? 900 : 400))
      }
      get(rig, 1, "https://venue.test/large")
      #expect(rig.saw("no answer 1"))
      for id in UInt64(2)...5 {
        get(rig, id)
        #expect(rig.saw("reply \(id) 200 " + String(repeating: "x", count: 400)), "what has ended counts no more")
      }
      #expect(rig.transport.unfinished == 0)
    }

    @Test func requestsThatTheHostDoesNotPermit() throws {
      let rig = try Rig()
      get(rig, 1, "https://other.test/")
      get(rig, 2, "wss://venue.test/")
      rig.ask { out in
        var request = Request(.get, "https://venue.test/")
        request.account = 1
        out.send(request, id: 3)
        request.account = 0
        request.headers = [("Host", "evil.test")]
        out.send(request, id: 4)
        request.headers = [("X", "a\r\nY: b")]
        out.send(request, id: 5)
        out.send(Request(.get, "https://venue.test/\(Seal.milliseconds)"), id: 6)
      }
      for (id, code) in [
        (1, PB_REFUSAL_HOST), (2, PB_REFUSAL_HOST), (3, PB_REFUSAL_ACCOUNT), (4, PB_REFUSAL_SEAL), (5, PB_REFUSAL_SEAL),
        (6, PB_REFUSAL_SEAL),
      ] {
        #expect(rig.saw("not sent \(id) \(code)"))
      }
      rig.idle()
      #expect(rig.venue.connections.isEmpty)
    }

    /// Answers with a fixed host, whatever was asked.
    private final class Control: SendControl {
      var seen: [String] = []
      /// What it says every request is for, and whether that may still leave.
      var trade: JudgedTrade?
      var permits = true

      func evaluate(_ record: RecordReader, for session: Session) throws(RequestRefusal) -> OutgoingRequest {
        if record.head(as: pb_out_request.self).request == 2 { throw RequestRefusal(PB_REFUSAL_ACT, "not permitted") }
        var request = OutgoingRequest()
        request.url = Array("https://venue.test/resolved".utf8)
        request.headers = [("X-Sign", Array("s".utf8))]
        request.capture = { body in body = Array("***".utf8) }
        request.published = [PublishedValue(index: 3, value: Array("nonce".utf8))]
        request.trade = trade
        return request
      }

      func mayLeave(_ trade: JudgedTrade, for session: Session) -> Bool {
        seen.append("asked \(trade.command).\(trade.attempt)")
        return permits
      }

      func left(_ request: UInt64, for session: Session) { seen.append("left \(request)") }

      func ended(_ request: UInt64, _ end: RequestEnd, _ body: [UInt8], for session: Session) {
        if case .replied = end { seen.append("answered \(request)") } else { seen.append("ended \(request)") }
      }

      func ended(stream: UInt64, for session: Session) { seen.append("stream \(stream)") }
    }

    @Test func aControlDecidesMasksAndIsTold() throws {
      let control = Control()
      let rig = try Rig(control: control)
      rig.venue.answer = { [self] _, _ in reply("200 OK", "token") }
      get(rig, 1)
      get(rig, 2)
      #expect(rig.saw("reply 1 200 ***"))
      #expect(rig.saw("not sent 2 \(PB_REFUSAL_ACT)"))
      #expect(rig.saw("published 1 3 nonce"))
      #expect(control.seen == ["ended 2", "left 1", "answered 1"])
      #expect(rig.venue.requests.first?.contains("X-Sign: s\r\n") == true)
    }

    /// Between its evaluation and the connection, an order's command may have ended.
    @Test func whatTradesIsAskedAboutWhenThereIsAConnection() throws {
      let control = Control()
      control.trade = JudgedTrade(command: 7, attempt: 2, isCancel: false)
      let rig = try Rig(control: control)
      rig.venue.answer = { [self] _, _ in reply("200 OK", "taken") }
      control.permits = false
      get(rig, 1)
      #expect(rig.saw("not sent 1 \(PB_REFUSAL_ACT)"))
      #expect(rig.venue.requests.isEmpty && control.seen == ["asked 7.2", "ended 1"])
      control.permits = true
      get(rig, 3)
      #expect(rig.saw("reply 3 200 ***"))
      #expect(control.seen == ["asked 7.2", "ended 1", "asked 7.2", "left 3", "answered 3"])
    }

    /// An order is never sent twice, also not by GET where a kept connection turns out dead.
    @Test func whatTradesIsNotRepeatedByTheLibrary() throws {
      for trade in [nil, JudgedTrade(command: 7, attempt: 1, isCancel: false)] {
        let control = Control()
        control.trade = trade
        let rig = try Rig(control: control)
        rig.venue.answer = { [self] _, _ in reply("200 OK", "taken") }
        get(rig, 1)
        #expect(rig.saw("reply 1 200 ***"))
        // The connection is kept, and the venue ends it when the next request comes on it.
        rig.venue.answer = { [self, venue = rig.venue] _, connection in
          guard venue.requests.count == 2 else { return reply("200 OK", "taken") }
          venue.cut(connection)
          return nil
        }
        get(rig, 3)
        #expect(rig.turn { rig.probe.seen.contains { $0.hasPrefix("no answer 3") || $0.hasPrefix("reply 3") } })
        #expect(rig.venue.requests.count == (trade == nil ? 3 : 2), "\(rig.venue.requests.count)")
      }
    }

    @Test func jobsWakeALaneThatWaitsForSockets() throws {
      let clock = SystemClock()
      let loop = try #require(EventLoop(clock: clock))
      let lane = Lane(clock: clock, poller: loop)
      lane.submit { lane.stop() }
      lane.run(until: .max)
    }
  }
}

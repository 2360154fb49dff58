import CPatchbay
import ConnectorKit
import Records
import Runtime
import Testing
import WebSocket

@testable import Transport

extension LoopbackTests {
  @Suite("Streams over loopback")
  struct StreamTests {
    private func open(_ rig: Rig, _ path: String = "/echo", idle: Int64 = 0, deflate: Bool = false) {
      rig.ask { $0.open(1, SealedText("wss://venue.test\(path)"), idle: idle, deflate: deflate) }
      #expect(rig.saw("opened 1"))
    }

    @Test(arguments: [false, true])
    func messagesComeAndGo(deflate: Bool) throws {
      let rig = try Rig()
      rig.venue.message = { connection, opcode, bytes in
        bytes.withUnsafeBytes { connection.socket?.machine.send(opcode, $0, compressed: deflate) }
      }
      open(rig, deflate: deflate)
      rig.ask { $0.send(Request(frame: "hello", on: 1), id: 5) }
      #expect(rig.saw("text 1 hello"))
      #expect(rig.probe.seen.contains("sent 5"))
      let large = String(repeating: "x", count: 300_000)
      rig.ask { $0.send(Request(frame: SealedText(large), on: 1), id: 6) }
      #expect(rig.saw("text 1 300000 bytes"))
      #expect(rig.venue.requests.first?.contains("permessage-deflate") == deflate)
    }

    @Test func fragmentsAreJoinedAndPingsAnswered() throws {
      let rig = try Rig()
      rig.venue.opened = { connection in
        for (opcode, part, isLast) in [(WebSocketOpcode.text, "ab", false), (.continuation, "cd", true)] {
          Array(part.utf8).withUnsafeBytes { connection.socket?.machine.sendFragment(opcode, $0, isFinal: isLast) }
          connection.send(.ping, "p")
        }
      }
      open(rig)
      #expect(rig.saw("text 1 abcd"))
      #expect(rig.turn { rig.venue.live.first?.seen == ["pong", "pong"] })
    }

    @Test func aCutIsToldAndTheNextConnectionWaits() throws {
      let rig = try Rig()
      open(rig)
      rig.venue.live.forEach(rig.venue.cut)
      #expect(rig.saw("closed 1 1006"))
      // A push of the clock is the only thing that lets the delay pass in time: many failures make it long.
      for stream in UInt64(2)...7 {
        rig.ask { $0.open(stream, "wss://venue.test/echo") }
        rig.clock.push(seconds: 61)
        #expect(rig.saw("opened \(stream)"))
        rig.venue.live.forEach(rig.venue.cut)
        #expect(rig.saw("closed \(stream) 1006"))
      }
      let before = rig.venue.connections.count
      rig.ask { $0.open(9, "wss://venue.test/echo") }
      rig.idle()
      #expect(rig.venue.connections.count == before)
      rig.clock.push(seconds: 61)
      #expect(rig.saw("opened 9"))
    }

    /// A connector that opens, hears something and closes, again and again, is held back as a venue that cuts is.
    @Test func whatTheConnectorClosesAtOnceCountsToo() throws {
      let rig = try Rig()
      rig.venue.opened = { $0.send(.text, "hello") }
      for stream in UInt64(1)...6 {
        rig.ask { $0.open(stream, "wss://venue.test/echo") }
        rig.clock.push(seconds: 61)
        #expect(rig.saw("text \(stream) hello"))
        rig.ask { $0.close(stream) }
        #expect(rig.saw("closed \(stream) 1000"))
      }
      let before = rig.venue.connections.count
      rig.ask { $0.open(9, "wss://venue.test/echo") }
      // Half of 16 s at least.
      rig.clock.push(seconds: 7)
      rig.idle()
      #expect(rig.venue.connections.count == before)
      rig.clock.push(seconds: 61)
      #expect(rig.saw("opened 9"))
    }

    @Test func aSilentPeerIsFoundByPing() throws {
      let rig = try Rig()
      open(rig)
      rig.venue.live.first?.isMute = true
      rig.clock.push(seconds: 21)
      rig.idle()
      #expect(!rig.probe.seen.contains("closed 1 \(PB_CLOSED_IDLE)"))
      rig.clock.push(seconds: 11)
      #expect(rig.saw("closed 1 \(PB_CLOSED_IDLE)"))
    }

    @Test func pongsKeepAQuietStreamAlive() throws {
      let rig = try Rig()
      open(rig)
      for count in 1...10 {
        rig.clock.push(seconds: 21)
        #expect(rig.turn { rig.venue.live.first?.seen.count == count })
        #expect(rig.venue.live.first?.seen.allSatisfy { $0 == "ping" } == true)
        rig.idle()
      }
      #expect(!rig.probe.seen.contains { $0.hasPrefix("closed") })
    }

    /// A line on which messages come whole and one after the other, each later than the one before: nothing but the
    /// answer to a ping says how late they are. Opened anew, it is pinged before anything can pile up.
    @Test func aLineThatLagsBehindIsEnded() throws {
      let rig = try Rig()
      open(rig)
      rig.clock.push(seconds: 3)
      #expect(rig.turn { rig.venue.live.first?.seen == ["ping"] })
      rig.idle()
      let line = try #require(rig.venue.live.first)
      line.isHeldBack = true
      for count in 0..<12 where rig.probe.reasons.isEmpty {
        rig.clock.push(seconds: 5)
        line.output += [0x81, 1, UInt8(ascii: "a") + UInt8(count)]
        rig.idle()
      }
      #expect(rig.probe.seen.contains("text 1 h") && line.seen == ["ping", "ping"])
      #expect(rig.saw("closed 1 \(PB_CLOSED_IDLE)"))
      #expect(rig.probe.reasons == ["what comes is more than 30 s late"])
    }

    /// Not every peer answers pings: what comes without is not taken for late.
    @Test func aPeerThatNeverAnswersPingsIsNotLate() throws {
      let rig = try Rig()
      open(rig)
      let line = try #require(rig.venue.live.first)
      line.isHeldBack = true
      for _ in 0..<20 {
        rig.clock.push(seconds: 15)
        line.output += [0x81, 1, UInt8(ascii: "a")]
        rig.idle()
      }
      #expect(rig.probe.reasons.isEmpty && line.seen.count >= 9)
    }

    @Test func theConnectorsOwnIdleTime() throws {
      let rig = try Rig()
      open(rig, idle: 5 * TransportLimits.second)
      rig.clock.push(seconds: 6)
      #expect(rig.saw("closed 1 \(PB_CLOSED_IDLE)"))
    }

    @Test func aMessageThatDripsEndsTheStream() throws {
      let rig = try Rig()
      open(rig)
      for _ in 0..<4 {
        rig.venue.live.first.map { $0.output += $0.output.isEmpty && $0.path == "/echo" ? [0x82, 100] : [7] }
        rig.venue.live.first?.path = "/drip"
        rig.idle()
        rig.clock.push(seconds: 10)
      }
      #expect(rig.saw("closed 1 \(PB_CLOSED_IDLE)"))
    }

    @Test func closingFromTheConnector() throws {
      let rig = try Rig()
      open(rig)
      rig.ask { $0.close(1, code: 4000, reason: "enough") }
      #expect(rig.saw("closed 1 4000"))
      #expect(rig.turn { rig.venue.connections.first?.seen == ["close 4000"] })
      #expect(rig.turn { rig.venue.live.isEmpty })
      rig.ask { $0.send(Request(frame: "late", on: 1), id: 3) }
      #expect(rig.saw("not sent 3 \(PB_REFUSAL_CLOSED)"))
    }

    @Test func closingFromTheVenueAndBrokenFrames() throws {
      let rig = try Rig()
      open(rig)
      rig.venue.live.first?.socket?.machine.close(code: 1012, reason: "restart")
      #expect(rig.saw("closed 1 1012"))
      rig.clock.push(seconds: 61)
      rig.ask { $0.open(2, "wss://venue.test/echo") }
      #expect(rig.saw("opened 2"))
      rig.venue.live.first?.output += [0x83, 0x00]
      #expect(rig.saw("closed 2 1002"))
      rig.clock.push(seconds: 61)
      rig.ask { $0.open(3, "wss://venue.test/echo") }
      #expect(rig.saw("opened 3"))
      rig.venue.live.first?.output += [0x82, 0x7F, 0, 0, 0, 1, 0, 0, 0, 0]
      #expect(rig.saw("closed 3 \(PB_CLOSED_LIMIT)"))
    }

    @Test func refusedUpgradesAndConnections() throws {
      let rig = try Rig()
      rig.venue.answer = { _, _ in "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n" }
      rig.ask { $0.open(1, "wss://venue.test/refuse") }
      #expect(rig.saw("closed 1 \(PB_CLOSED_HANDSHAKE)"))
      #expect(rig.probe.reasons == ["the server refused the upgrade: HTTP status 403"])
      let nobody = try Rig(port: 1)
      nobody.ask { $0.open(1, "wss://venue.test/") }
      #expect(nobody.saw("closed 1 \(PB_CLOSED_CONNECT)"))
    }

    @Test func aServerThatAcceptsAndSaysNothing() throws {
      let rig = try Rig()
      rig.venue.isMute = true
      rig.ask { $0.open(1, "wss://venue.test/echo") }
      #expect(rig.turn { !rig.venue.connections.isEmpty })
      rig.idle()
      rig.clock.push(seconds: 16)
      #expect(rig.saw("closed 1 \(PB_CLOSED_CONNECT)"))
    }

    @Test(arguments: ["wss://other.test/", "https://venue.test/", "wss://venue.test:444/", "ws://venue.test:443/x y"])
    func urlsThatAreNotPermitted(url: String) throws {
      let rig = try Rig()
      rig.ask { $0.open(1, SealedText(url)) }
      #expect(rig.saw("closed 1 \(PB_CLOSED_REFUSED)"))
      rig.idle()
      #expect(rig.venue.connections.isEmpty)
    }

    @Test func plainSocketsNeedTheOption() throws {
      let rig = try Rig { $0.allowsPlainLoopback = false }
      rig.ask { $0.open(1, "wss://venue.test/") }
      #expect(rig.saw("closed 1 \(PB_CLOSED_REFUSED)"))
      rig.ask { $0.open(2, SealedText("ws://127.0.0.1:\(rig.venue.port)/")) }
      #expect(rig.saw("closed 2 \(PB_CLOSED_REFUSED)"))
    }

    /// Lets everything leave; a frame that begins with `T` is an order of command 7.
    private final class Control: SendControl {
      var permits = true

      func evaluate(_ record: RecordReader, for session: Session) throws(RequestRefusal) -> OutgoingRequest {
        var request = try record.literalRequest()
        if request.body.first == UInt8(ascii: "T") {
          request.trade = JudgedTrade(command: 7, attempt: 1, isCancel: false)
        }
        return request
      }

      func mayLeave(_ trade: JudgedTrade, for session: Session) -> Bool { permits }
      func left(_ request: UInt64, for session: Session) {}
      func ended(_ request: UInt64, _ end: RequestEnd, _ body: [UInt8], for session: Session) {}
      func ended(stream: UInt64, for session: Session) {}
    }

    /// An order may wait behind other frames until the venue reads again; its command may have ended by then.
    @Test(arguments: [true, false]) func anOrderThatWaitedIsAskedAboutWhenItLeaves(permits: Bool) throws {
      let control = Control()
      let rig = try Rig(control: control)
      open(rig)
      rig.venue.live.first?.isMute = true
      let block = SealedText(String(repeating: "x", count: 250_000))
      for id in 10..<40 { rig.ask { $0.send(Request(frame: block, on: 1), id: UInt64(id)) } }
      rig.ask { $0.send(Request(frame: "T", on: 1), id: 50) }
      rig.ask { $0.send(Request(frame: "after", on: 1), id: 51) }
      rig.idle()
      #expect(!rig.probe.seen.contains { $0.hasSuffix("sent 50") }, "it waits")
      control.permits = permits
      rig.venue.live.first?.isMute = false
      #expect(rig.saw(permits ? "sent 50" : "not sent 50 \(PB_REFUSAL_ACT)"))
      #expect(rig.saw("sent 51") && rig.saw("text 1 after"))
      #expect(rig.probe.seen.contains("text 1 T") == permits, "what came back is what had left")
    }

    @Test func aVenueThatDoesNotReadGetsBoundedFrames() throws {
      var limits = TransportLimits()
      limits.waitingFrames = 4
      let rig = try Rig(limits: limits)
      open(rig)
      rig.venue.live.first?.isMute = true
      let block = SealedText(String(repeating: "x", count: 250_000))
      var next: UInt64 = 10
      while !rig.probe.seen.contains(where: { $0.hasSuffix(" \(PB_REFUSAL_LIMIT)") }), next < 500 {
        let id = next
        rig.ask { out in
          var request = Request(frame: block, on: 1)
          request.deadline = 5 * TransportLimits.second
          out.send(request, id: id)
        }
        _ = rig.turn(3) { false }
        next += 1
      }
      #expect(rig.probe.seen.contains { $0.hasSuffix(" \(PB_REFUSAL_LIMIT)") })
      let aborted = next - 2
      rig.ask { $0.abort(aborted) }
      #expect(rig.saw("not sent \(aborted) \(PB_REFUSAL_ABORTED)"))
      rig.clock.push(seconds: 6)
      #expect(rig.turn { rig.probe.seen.filter { $0.hasSuffix(" \(PB_REFUSAL_EXPIRED)") }.count >= 2 })
      // The frame that has begun is finished; each of the others has ended exactly once.
      rig.venue.live.first?.isMute = false
      #expect(
        rig.turn {
          (10..<next).allSatisfy { id in rig.probe.seen.filter { $0.split(separator: " ").contains("\(id)") }.count == 1
          }
        })
    }

    /// Each message is within its own limit, and all together are not.
    @Test func messagesUnderWayAreBoundedTogether() throws {
      var limits = TransportLimits()
      limits.unfinished = 250_000
      let rig = try Rig(limits: limits)
      // Heads of messages of 200,000 bytes, and half of each.
      rig.venue.opened = { connection in
        connection.raw([0x82, 0x7F, 0, 0, 0, 0, 0, 3, 0x0D, 0x40] + [UInt8](repeating: 0, count: 100_000))
      }
      rig.ask { out in for id in UInt64(1)...3 { out.open(id, "wss://venue.test/") } }
      let ended = { (1...3).filter { rig.probe.seen.contains("closed \($0) \(PB_CLOSED_LIMIT)") } }
      #expect(rig.turn { !ended().isEmpty } && ended().count == 1)
      #expect(rig.turn { rig.transport.unfinished == 200_020 }, "\(rig.transport.unfinished)")
      rig.session.stop()
      #expect(rig.transport.unfinished == 0)
    }

    /// A few compressed bytes can be many large messages: the other sockets and the lane's jobs have their turn in
    /// between, and nothing is lost.
    @Test func messagesOfOneTurnAreBounded() throws {
      var limits = TransportLimits()
      limits.messageTurn = 1000
      let rig = try Rig(limits: limits)
      rig.venue.opened = { connection in
        for index in 0..<50 { connection.send(.text, String(repeating: "x", count: 300 + index)) }
      }
      rig.ask { $0.open(1, "wss://venue.test/", deflate: true) }
      var (seen, most) = (0, 0)
      for _ in 0..<10_000 where seen < 50 {
        rig.venue.step()
        rig.loop.wait(until: rig.clock.now().mono + 1_000_000)
        let now = rig.probe.seen.filter { $0.hasSuffix(" bytes") }.count
        (seen, most) = (now, max(most, now - seen))
      }
      // Three in a turn of the socket, which may have two in a turn of the lane.
      #expect(seen == 50 && (1...6).contains(most), "\(seen), at most \(most) at once")
      #expect(rig.probe.seen.filter { $0.hasPrefix("text") } == (0..<50).map { "text 1 \(300 + $0) bytes" })
    }

    @Test func aSessionThatEndsLeavesNothing() throws {
      let rig = try Rig()
      open(rig)
      rig.session.stop()
      #expect(rig.turn { rig.venue.live.isEmpty })
      #expect(rig.venue.connections.first?.seen == ["close 1001"])
    }

    @Test func everythingCanGoInTheMiddle() throws {
      weak var session: Session?
      do {
        let rig = try Rig()
        session = rig.session
        open(rig)
        rig.venue.isMute = true
        rig.ask { out in
          out.close(1)
          out.open(2, "wss://venue.test/echo")
          out.send(Request(.get, "https://venue.test/x"), id: 3)
        }
        #expect(rig.turn { rig.venue.connections.count == 3 })
        rig.session.stop()
        rig.idle()
      }
      #expect(session == nil)
    }

    @Test func aConnectorMayCloseInsideAMessage() throws {
      let rig = try Rig()
      rig.venue.opened = { connection in for _ in 0..<3 { connection.send(.text, "x") } }
      rig.probe.onFrame = { $0.close(1) }
      open(rig)
      #expect(rig.saw("closed 1 1000"))
      rig.idle()
      #expect(rig.probe.seen.filter { $0 == "text 1 x" }.count == 1)
    }
  }
}

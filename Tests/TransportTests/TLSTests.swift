import CPatchbay
import ConnectorKit
import Testing
import WebSocket

@testable import Transport

extension LoopbackTests {
  @Suite("TLS over loopback")
  struct TLSTests {
    /// A rig whose venue is behind TLS, with a certificate for `name`, trusted or not.
    private func rig(name: String, isTrusted: Bool) throws -> (Rig, TLSFront) {
      let venue = TestVenue()
      let front = try TLSFront(to: venue.port, name: name)
      let rig = try Rig(venue: venue) { options in
        options.substitutes["venue.test:443"] = "https://localhost:\(front.port)"
        options.allowsPlainLoopback = false
        if isTrusted { options.authorities = front.authority }
      }
      return (rig, front)
    }

    @Test func streamsAndRequestsWhenTheCertificateIsRight() throws {
      let (rig, front) = try rig(name: "localhost", isTrusted: true)
      defer { withExtendedLifetime(front) {} }
      rig.venue.answer = { _, _ in "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" }
      rig.ask { $0.open(1, "wss://venue.test/echo") }
      rig.ask { $0.send(Request(.get, "https://venue.test/x"), id: 2) }
      #expect(rig.saw("opened 1"))
      #expect(rig.saw("reply 2 200 ok"))
      // More than one TLS record, so that bytes wait inside TLS where epoll does not see them.
      rig.ask { $0.send(Request(frame: SealedText(String(repeating: "x", count: 400_000)), on: 1), id: 3) }
      #expect(rig.saw("text 1 400000 bytes"))
      #expect(rig.probe.seen.contains("sent 3"))
      rig.venue.live.forEach(rig.venue.cut)
      #expect(rig.saw("closed 1 1006"))
    }

    @Test(arguments: [("localhost", false), ("elsewhere.test", true)])
    func nothingLeavesWhenItIsNot(name: String, isTrusted: Bool) throws {
      let (rig, front) = try rig(name: name, isTrusted: isTrusted)
      defer { withExtendedLifetime(front) {} }
      rig.ask { $0.open(1, "wss://venue.test/echo") }
      rig.ask { $0.send(Request(.get, "https://venue.test/x"), id: 2) }
      #expect(rig.saw("closed 1 \(PB_CLOSED_CONNECT)"))
      #expect(rig.saw("not sent 2 \(PB_REFUSAL_OFFLINE)"))
      #expect(rig.venue.requests.isEmpty)
    }
  }
}

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

    /// A certificate that the system trusts is not trusted where the operator names others: not by its bundle, nor by
    /// its folder, where certificates lie under the hashes of their names.
    @Test(arguments: [false, true])
    func namedAuthoritiesTakeThePlaceOfTheSystems(isNamed: Bool) throws {
      let venue = TestVenue()
      let front = try TLSFront(to: venue.port, name: "localhost")
      let other = try TLSFront(to: venue.port, name: "localhost")
      defer { withExtendedLifetime((front, other)) {} }
      let system = front.folder.appendingPathComponent("system").path
      try front.install(in: system)
      let rig = try Rig(venue: venue) { options in
        options.substitutes["venue.test:443"] = "https://localhost:\(front.port)"
        options.allowsPlainLoopback = false
        options.systemFolder = system
        if isNamed { options.authorities = other.authority }
      }
      rig.venue.answer = { _, _ in "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" }
      rig.ask { $0.open(1, "wss://venue.test/echo") }
      rig.ask { $0.send(Request(.get, "https://venue.test/x"), id: 2) }
      #expect(rig.saw(isNamed ? "closed 1 \(PB_CLOSED_CONNECT)" : "opened 1"))
      #expect(rig.saw(isNamed ? "not sent 2 \(PB_REFUSAL_CONNECT)" : "reply 2 200 ok"))
      #expect(rig.venue.requests.isEmpty == isNamed)
    }

    @Test(arguments: [("localhost", false), ("elsewhere.test", true)])
    func nothingLeavesWhenItIsNot(name: String, isTrusted: Bool) throws {
      let (rig, front) = try rig(name: name, isTrusted: isTrusted)
      defer { withExtendedLifetime(front) {} }
      rig.ask { $0.open(1, "wss://venue.test/echo") }
      rig.ask { $0.send(Request(.get, "https://venue.test/x"), id: 2) }
      #expect(rig.saw("closed 1 \(PB_CLOSED_CONNECT)"))
      #expect(rig.saw("not sent 2 \(PB_REFUSAL_CONNECT)"))
      #expect(rig.venue.requests.isEmpty)
    }
  }
}

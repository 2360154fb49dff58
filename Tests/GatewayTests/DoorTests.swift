import Foundation
import Testing

@testable import Gateway

/// Nobody keeps those who have a token from the interface by connecting.
@Suite(.serialized) struct DoorTests {
  private func small() throws -> PaperHost {
    var limits = GatewayLimits()
    limits.connections = 4
    return try PaperHost(limits)
  }

  /// One request on a connection that stays open; what is answered.
  private func ask(_ connection: Connection, _ path: String, token: String? = nil) -> String {
    let named = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
    connection.write("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(named)\r\n")
    return String(decoding: connection.read(), as: UTF8.self)
  }

  @Test func strangersDoNotLockOutWhoHasAToken() throws {
    let host = try small()
    let own = try Connection(port: host.port)
    #expect(ask(own, "/v1/host", token: host.token).hasPrefix("HTTP/1.1 200 "))
    var strangers: [Connection] = []
    for index in 0..<20 {
      strangers.append(try Connection(port: host.port))
      // Some say nothing, some have been answered and stay.
      if index % 2 == 0 { #expect(ask(strangers[index], "/healthz").hasPrefix("HTTP/1.1 200 ")) }
    }
    #expect(ask(own, "/v1/host", token: host.token).hasPrefix("HTTP/1.1 200 "), "it has kept its place")
    for _ in 0..<5 { #expect(try host.ask("GET", "/v1/host").status == 200, "another connection is let in") }
    #expect(strangers[0].read().isEmpty && strangers[1].read().isEmpty, "the first were cut off")
  }

  @Test func idleConnectionsOfTheOwnerGiveWay() throws {
    let host = try small()
    var idle: [Connection] = []
    for index in 0..<20 {
      idle.append(try Connection(port: host.port))
      #expect(ask(idle[index], "/v1/host", token: host.token).hasPrefix("HTTP/1.1 200 "))
    }
    #expect(try host.ask("GET", "/v1/host").status == 200)
    #expect(idle[0].read().isEmpty)
  }

  @Test func aStreamKeepsItsPlace() throws {
    let host = try small()
    let stream = try StreamReader(host)
    _ = try stream.next("hello")
    var others: [Connection] = []
    for _ in 0..<20 {
      others.append(try Connection(port: host.port))
      _ = ask(others[others.count - 1], "/v1/host", token: host.token)
    }
    stream.send(["op": "ping", "id": "x"])
    #expect(try stream.next("pong")["id"]?.string == "x")
  }

  // MARK: Who gives way

  @Test func whoIsNotKnownGivesWayFirst() {
    var places = DoorPlaces<String>()
    places.enter("idle", isKnown: true, now: 1, due: 10)
    places.enter("busy", isKnown: true, now: 2, due: 10)
    places.begin("busy", due: 20)
    places.enter("stranger", isKnown: false, now: 3, due: 10)
    places.enter("reader", isKnown: false, now: 4, due: 10)
    places.begin("reader", due: 30)
    places.enter("trader", isKnown: false, now: 5, due: 10)
    places.begin("trader", due: 30)
    places.know("trader")
    #expect(Set(places.late(30)) == ["idle", "stranger", "reader"], "what is being answered to strangers is awaited")
    places.end("trader", now: 6, due: 40)
    let order = (0..<5).map { _ in places.giveAway() }
    #expect(order == ["stranger", "reader", "idle", "trader", nil])
    #expect(places.count == 1)
    // What has been cut off may still be heard of.
    places.end("idle", now: 7, due: 8)
    #expect(places.count == 1 && places.late(100).isEmpty)
  }
}

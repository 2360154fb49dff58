import Catalog
import Foundation
import JSONTree
import Testing

@testable import Gateway
@testable import PatchbayHost

/// Taking a connector out of use while the host runs, and back.
@Suite(.serialized) struct EnableTests {
  private func place(_ host: PaperHost, _ id: String) throws -> HTTPReply {
    try host.ask(
      "POST", "/v1/orders",
      [
        "connector": "paper", "pair": "BTC-USDT", "side": "buy", "quantity": "0.02", "price": "1000",
        "client_order_id": JSONValue(.string(id)),
      ])
  }

  private func change(_ host: PaperHost, _ verb: String, _ more: [JSONMember] = []) throws -> HTTPReply {
    let body = JSONValue(.object([JSONMember("connector", "paper_perpetual")] + more))
    return try host.ask("POST", "/v1/connectors/\(verb)", body)
  }

  private func status(_ host: PaperHost, _ name: String) throws -> JSONValue? {
    try host.ask("GET", "/v1/connectors").body["connectors"]?.array?.first { $0["connector"]?.string == name }
  }

  private func spot(_ host: PaperHost, _ verb: String, cancel: Bool = false) throws -> HTTPReply {
    // The id of the spot connector is that of the exchange too, and means itself.
    try host.ask(
      "POST", "/v1/connectors/\(verb)",
      verb == "disable" ? ["connector": "paper", "cancel": JSONValue(.bool(cancel))] : ["connector": "paper"])
  }

  @Test func openOrdersAreCancelledOrKeepItInUse() throws {
    let host = try PaperHost()
    #expect(try place(host, "open").body["order"]?["state"]?.string == "open")
    let refused = try spot(host, "disable")
    #expect(refused.status == 409 && refused.code == "open_orders")
    #expect(try status(host, "paper")?["enabled"]?.bool == true)
    #expect(try place(host, "second").status == 201, "it is as it was")
    let done = try spot(host, "disable", cancel: true)
    #expect(done.status == 200 && done.body["connectors"]?.array?.first?["enabled"]?.bool == false)
    for id in ["open", "second"] {
      #expect(try host.ask("GET", "/v1/orders/\(id)").body["state"]?.string == "cancelled", "\(id)")
    }
    let late = try place(host, "late")
    #expect(late.status == 409 && late.code == "disabled")
    #expect(try status(host, "paper_perpetual")?["enabled"]?.bool == true, "the other one goes on")
  }

  @Test func oneRequestAtATimeKeepsOrdersOut() throws {
    let host = try PaperHost()
    let desk = try #require(host.host.running.desks.first { $0.name == "paper" })
    let done = Awaited<[String]>()
    desk.perform { desk in
      let (first, second) = (Closing(), Closing())
      var found: [String] = []
      func close(_ closing: Closing) {
        do throws(DeskRefusal) { found.append("\(try desk.close(closing, cancels: true))") } catch {
          found.append(error.code)
        }
      }
      close(first)
      close(second)
      desk.reopen(second)
      if desk.closing === first { found.append("closed") }
      first.end()
      close(second)
      if desk.closing === second { found.append("taken over") }
      desk.reopen(second)
      if desk.closing == nil { found.append("open") }
      // Its lane comes to it when the request has been answered.
      close(first)
      if desk.closing == nil { found.append("open") }
      done.put(found)
    }
    let found = done.wait(until: host.host.clock.now().mono + 20_000_000_000)
    #expect(found == ["0", "not_ready", "closed", "0", "taken over", "open", "0", "open"])
  }

  @Test func whatIsNotKnownYetIsNotDisabled() throws {
    let paper = try PaperHost()
    paper.stop()
    let host = try TradingHost(
      configuration: "\(paper.folder)/patchbay.json", registry: "\(packageRoot)/registry.json",
      libraryFolders: [buildFolder])
    let desk = try #require(host.running.desks.first)
    let refused = #expect(throws: DeskRefusal.self) { try desk.close(Closing(), cancels: true) }
    #expect(refused?.code == "not_ready" && desk.closing == nil)
    host.start()
    #expect(host.stop() == [])
    try paper.restart(isStopped: true)
  }

  @Test func itComesBackAsItWas() throws {
    let host = try PaperHost()
    let bought = try host.ask(
      "POST", "/v1/orders", ["connector": "paper", "pair": "BTC-USDT", "side": "buy", "quantity": "0.02"])
    #expect(bought.status == 201)
    let money = try host.ask("GET", "/v1/balances?connector=paper").body
    #expect(try spot(host, "disable").status == 200)
    let off = try #require(try status(host, "paper"))
    #expect(off["ready"]?.bool == false && off["missing"]?.array?.count == 1)
    #expect(try host.ask("GET", "/v1/book?connector=paper&pair=BTC-USDT").body["ready"]?.bool == false)
    #expect(try host.ask("GET", "/readyz").status == 200, "nobody waits for it")
    #expect(
      try host.ask("POST", "/v1/subscriptions", ["connector": "paper", "pair": "ETH-USDT"]).status == 422)
    // Twice is once.
    #expect(try spot(host, "disable").status == 200)
    for _ in 0..<2 { #expect(try spot(host, "enable").body["connectors"]?.array?.first?["enabled"]?.bool == true) }
    let end = host.host.clock.now().mono + 30_000_000_000
    while try status(host, "paper")?["ready"]?.bool != true, host.host.clock.now().mono < end { usleep(5000) }
    #expect(try status(host, "paper")?["ready"]?.bool == true)
    #expect(try host.ask("GET", "/v1/balances?connector=paper").body == money)
    #expect(try place(host, "again").body["order"]?["state"]?.string == "open")
  }

  /// One that has closed does not run, and whoever enables it hears why; one that closes meanwhile stays disabled.
  @Test func whatHasClosedIsNotEnabled() throws {
    let host = try PaperHost(ownRegistry: true)
    for (name, words) in [("bittrex", "Bittrex is closed since 2023-12-04"), ("FTX", "FTX is closed since 2022-11")] {
      let refused = try host.ask("POST", "/v1/connectors/enable", ["connector": JSONValue(.string(name))])
      #expect(refused.status == 409 && refused.code == "exchange_closed" && refused.field == "connector")
      #expect(refused.body["error"]?["message"]?.string?.hasPrefix(words) == true, "\(refused.body)")
    }
    #expect(try host.ask("POST", "/v1/connectors/enable", ["connector": "kraken"]).code == "unknown_connector")
    #expect(try spot(host, "disable").status == 200)
    try host.close("paper")
    let refused = try spot(host, "enable")
    #expect(refused.code == "exchange_closed")
    #expect(refused.body["error"]?["message"]?.string?.contains("it ended") == true)
    #expect(try status(host, "paper")?["enabled"]?.bool == false)
  }

  @Test func onlyAnAdministratorMay() throws {
    let token = "0123456789"
    let digest = hex(Gateway.digest(token.utf8))
    let host = try PaperHost(members: #""tokens": { "trader": { "sha256": "\#(digest)", "scope": "trade" } },"#)
    for verb in ["disable", "enable"] {
      let reply = try host.ask(
        "POST", "/v1/connectors/\(verb)", ["connector": "paper"], headers: ["Authorization": "Bearer \(token)"])
      #expect(reply.status == 403)
      #expect(try host.ask("POST", "/v1/connectors/\(verb)", ["connector": "nowhere"]).code == "unknown_connector")
      #expect(try host.ask("POST", "/v1/connectors/\(verb)", [:]).field == "connector")
    }
    #expect(try change(host, "disable", [JSONMember("cancel", "yes")]).field == "cancel")
    #expect(try change(host, "disable").status == 200)
    #expect(try status(host, "paper_perpetual")?["enabled"]?.bool == false)
  }
}

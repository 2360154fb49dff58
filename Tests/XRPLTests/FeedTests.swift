import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import XRPLConnector

@Suite struct FeedTests {
  private static let rlusd =
    #"{"currency":"524C555344000000000000000000000000000000","issuer":"rMxCKbEDwqr76QuheSUMdEGf4B9xJ8m5De"}"#

  private func ready(_ config: String = "{}") throws -> ConnectorHarness {
    let harness = try ConnectorHarness(XRPLSpot.self, config: config)
    harness.start()
    harness.command(.instruments)
    return harness
  }

  private func subscribed() throws -> (harness: ConnectorHarness, stream: pb_id) {
    let harness = try ready()
    harness.forget()
    return (harness, try harness.subscribed([.book, .trades]))
  }

  private static func value(_ number: String) -> String { rlusd.dropLast() + #","value":"\#(number)"}"# }

  private func ask(_ drops: String, _ value: String, _ more: String = "") -> String {
    #"{"TakerGets":"\#(drops)","TakerPays":\#(Self.value(value))\#(more)}"#
  }

  private func bid(_ value: String, _ drops: String, _ more: String = "") -> String {
    #"{"TakerGets":\#(Self.value(value)),"TakerPays":"\#(drops)"\#(more)}"#
  }

  private func side(_ id: String, _ ledger: Int, _ offers: String...) -> String {
    #"{"id":"\#(id)","result":{"ledger_index":\#(ledger),"offers":[\#(offers.joined(separator: ","))],"#
      + #""validated":true},"status":"success","type":"response"}"#
  }

  private func closed(_ ledger: Int, time: Int = 800_000_000) -> String {
    #"{"type":"ledgerClosed","ledger_index":\#(ledger),"ledger_time":\#(time),"txn_count":3}"#
  }

  @Test func pairsAreWhatTheConfigurationNames() throws {
    let usual = try ready()
    #expect(usual.requests.isEmpty)
    #expect(usual.instruments.prefix(3).map(\.symbol) == ["XRP-RLUSD", "XRP-USD", "XRP-USD.Bitstamp"])
    let own = try ready(
      #"{"tokens":[{"name":"GOLD.Mine","currency":"GoldCoin","issuer":"rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B"}],"#
        + #""markets":[{"base":"GOLD.Mine","quote":"XRP","price_decimals":4}]}"#)
    #expect(own.instruments.map(\.symbol) == ["GOLD.Mine-XRP"])
    #expect(Token.code("GoldCoin") == "476F6C64436F696E000000000000000000000000")
    // A list without its entry's tokens, an issuer that is no address, and a domain that is none.
    #expect(throws: (any Error).self) { try ready(#"{"markets":[{"base":"XRP","quote":"NOBODY"}]}"#) }
    #expect(throws: (any Error).self) { try ready(#"{"tokens":[{"name":"A","currency":"ABC","issuer":"0x1"}]}"#) }
    #expect(throws: (any Error).self) { try ready(#"{"domain":"moon"}"#) }
  }

  @Test func eachClosedLedgerHasItsBookReadAnew() throws {
    let (harness, stream) = try subscribed()
    #expect(harness.requests.contains { $0.body.contains(#""command":"subscribe","streams":["ledger"]"#) })
    let pair = #"{"taker_gets":{"currency":"XRP"},"taker_pays":\#(Self.rlusd),"both":true}"#
    #expect(harness.requests.contains { $0.body.contains(#""command":"subscribe","books":[\#(pair)]"#) })
    harness.forget()
    harness.frame(stream, closed(7))
    #expect(
      harness.requests.map(\.body) == [
        #"{"id":"a0","command":"book_offers","ledger_index":7,"limit":100,"taker_gets":{"currency":"XRP"},"#
          + #""taker_pays":\#(Self.rlusd)}"#,
        #"{"id":"b0","command":"book_offers","ledger_index":7,"limit":100,"taker_gets":\#(Self.rlusd),"#
          + #""taker_pays":{"currency":"XRP"}}"#,
      ])
    harness.frame(stream, side("a0", 7, ask("2000000", "4.4"), ask("1000000", "2.2"), ask("1000000", "2.3")))
    #expect(harness.books.isEmpty)
    harness.frame(stream, side("b0", 7, bid("21", "10000000")))
    let book = try #require(harness.books.first)
    #expect(book.isSnapshot && book.bids == [[21_000_000_000, 10_000_000]])
    #expect(book.asks == [[22_000_000_000, 3_000_000], [23_000_000_000, 1_000_000]])
    #expect(book.last == 7 && book.time == 1_746_684_800_000_000_000)
    // A side of another ledger makes no book with the one that is there.
    harness.frame(stream, closed(8))
    harness.frame(stream, side("a0", 8, ask("1000000", "2.2")))
    #expect(harness.books.count == 1)
    harness.frame(stream, side("b0", 8))
    #expect(harness.books.count == 2 && harness.books.last?.bids == [])
  }

  /// What an owner does not have, and what has expired, is no offer; the price is the quality's.
  @Test func offersHoldWhatIsFunded() throws {
    let (harness, stream) = try subscribed()
    harness.frame(stream, closed(7, time: 1000))
    let nothing = #","taker_gets_funded":"0","taker_pays_funded":\#(Self.value("0"))"#
    let part = #","quality":"2.3e-6","taker_gets_funded":"1500000","taker_pays_funded":\#(Self.value("3.45"))"#
    harness.frame(
      stream,
      side(
        "a0", 7, ask("1000000", "2.0", nothing), ask("1000000", "2.1", #","Expiration":1000"#),
        ask("1000000", "2.2", #","Expiration":1001"#), ask("5000000", "11.6", part)))
    harness.frame(
      stream,
      side(
        "b0", 7,
        bid("19", "10000000", #","taker_gets_funded":\#(Self.value("9.5")),"taker_pays_funded":"5000000""#)))
    let book = try #require(harness.books.first)
    #expect(book.asks == [[22_000_000_000, 1_000_000], [23_000_000_000, 1_500_000]])
    #expect(book.bids == [[19_000_000_000, 5_000_000]])
  }

  @Test func aCrossedOrUnreadableBookIsNone() throws {
    let (harness, stream) = try subscribed()
    harness.frame(stream, closed(7))
    harness.frame(stream, side("a0", 7, ask("1000000", "2.2")))
    harness.frame(stream, side("b0", 7, bid("2.3", "1000000")))
    #expect(harness.books.isEmpty && harness.gaps.count == 1)
    harness.frame(stream, closed(8))
    harness.frame(stream, side("a0", 8, ask("1000000", "2.2")))
    harness.frame(stream, side("b0", 8, bid("2.1", "1000000")))
    #expect(harness.books.count == 1)
    harness.frame(stream, closed(9))
    harness.frame(stream, side("a0", 9, ask("1000000", "nothing")))
    #expect(harness.gaps.count == 2)
    // Offers of another book are none of this one.
    harness.frame(stream, closed(10))
    harness.frame(stream, side("a0", 10, bid("2.1", "1000000")))
    #expect(harness.books.count == 1)
  }

  @Test func aNodeThatShowsNoBooksLosesThem() throws {
    let (harness, stream) = try subscribed()
    harness.frame(stream, closed(7))
    harness.frame(stream, side("a0", 7, ask("1000000", "2.2")))
    harness.frame(stream, side("b0", 7, bid("2.1", "1000000")))
    let refusal =
      #"{"id":"a0","error":"slowDown","error_code":10,"error_message":"You are placing too much load on the server.","#
      + #""status":"error","type":"response"}"#
    for ledger in 8...12 {
      harness.frame(stream, closed(ledger))
      harness.frame(stream, refusal)
      #expect(harness.gaps.isEmpty)
    }
    harness.frame(stream, closed(13))
    #expect(harness.gaps.count == 1)
    #expect(harness.logs.contains { $0.contains("XRP-RLUSD") && $0.contains("too much load") })
  }

  @Test func tradesAreWhatOffersLost() throws {
    let (harness, stream) = try subscribed()
    func offer(_ kind: String, _ final: String, _ previous: String) -> String {
      #"{"\#(kind)":{"LedgerEntryType":"Offer","FinalFields":\#(final),"PreviousFields":\#(previous)}}"#
    }
    let hash = String(repeating: "AB", count: 32)
    func transaction(_ nodes: String..., isValidated: Bool = true) -> String {
      #"{"type":"transaction","validated":\#(isValidated),"ledger_index":7,"transaction":{"hash":"\#(hash)","#
        + #""date":1000},"meta":{"AffectedNodes":[\#(nodes.joined(separator: ","))]}}"#
    }
    let sold = offer("ModifiedNode", ask("1000000", "2.2"), ask("3000000", "6.6"))
    harness.frame(stream, transaction(sold, isValidated: false))
    #expect(harness.all(PB_EV_TRADE, pb_trade.self).isEmpty)
    let root = #"{"ModifiedNode":{"LedgerEntryType":"AccountRoot","FinalFields":{"Balance":"5"},"PreviousFields":{}}}"#
    let cancelled = offer("DeletedNode", ask("1000000", "2.2"), "{}")
    let bought = offer("DeletedNode", bid("0", "0"), bid("2.1", "1000000"))
    harness.frame(stream, transaction(root, sold, cancelled, bought))
    let trades = harness.all(PB_EV_TRADE, pb_trade.self)
    #expect(trades.map(\.fields.price) == [22_000_000_000, 21_000_000_000])
    #expect(trades.map(\.fields.quantity) == [2_000_000, 1_000_000])
    #expect(trades.map(\.fields.side) == [Side.buy.rawValue, Side.sell.rawValue])
    #expect(trades.map(\.fields.venue_ns) == [946_685_800_000_000_000, 946_685_800_000_000_000])
    #expect(trades.map { $0.record.text($0.fields.trade) } == ["\(hash)-1", "\(hash)-3"])
  }

  /// What moves in a transaction may be of a kind that no market here is made of: it spoils no other offer.
  @Test func tokensOfAnotherKindAreReadAndLeftOut() throws {
    let (harness, stream) = try subscribed()
    func amounts(_ gets: String, _ pays: String) -> String {
      #"{"TakerGets":"\#(gets)","TakerPays":{"mpt_issuance_id":"00002403C84A","value":"\#(pays)"}}"#
    }
    let other =
      #"{"DeletedNode":{"LedgerEntryType":"Offer","FinalFields":\#(amounts("0", "0")),"PreviousFields":"#
      + #"\#(amounts("5", "6"))}}"#
    let own =
      #"{"DeletedNode":{"LedgerEntryType":"Offer","FinalFields":\#(ask("0", "0")),"PreviousFields":"#
      + #"\#(ask("1000000", "2.2"))}}"#
    let status = harness.frame(
      stream,
      #"{"type":"transaction","validated":true,"hash":"AB","tx_json":{"date":1000},"meta":{"AffectedNodes":["#
        + "\(other),\(own)]}}")
    #expect(status == .ok)
    #expect(harness.all(PB_EV_TRADE, pb_trade.self).map { $0.record.text($0.fields.trade) } == ["AB-1"])
  }

  /// The next node is asked behind each connection that was lost, and may be of another age.
  @Test func aLostNodeGivesWayToTheNext() throws {
    let (harness, stream) = try subscribed()
    harness.frame(stream, closed(90))
    harness.forget()
    harness.closed(stream)
    let opened = try #require(harness.opens.first)
    #expect(opened.url == "wss://s1.ripple.com/")
    harness.opened(opened.stream)
    harness.forget()
    harness.frame(opened.stream, closed(88))
    #expect(harness.requests.filter { $0.body.contains(#""ledger_index":88"#) }.count == 2)
    // One that goes back is given up.
    harness.forget()
    harness.frame(opened.stream, closed(87))
    #expect(harness.closes == [opened.stream] && harness.opens.map(\.url) == ["wss://s2.ripple.com/"])
  }
}

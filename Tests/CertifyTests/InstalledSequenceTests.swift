import Foundation
import JSONTree
import Runtime
import Testing

@testable import Certify

/// Lives of orders in the documented frames of exchanges, made here, on the connectors of this tree.
@Suite struct InstalledSequenceTests {
  private func certified(
    _ id: String, _ folder: String, url: String, out: [String] = [], kind: String = "ws_text", _ frames: [String],
    _ expected: String
  ) throws -> Report {
    let root = NSTemporaryDirectory() + "patchbay-sequences-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: root) }
    for part in ["sequences", "sequences_expected"] {
      try FileManager.default.createDirectory(atPath: "\(root)/\(part)/\(folder)", withIntermediateDirectories: true)
    }
    func line(_ direction: String, _ kind: String, _ data: String) -> String {
      "{\"t\":1764288000,\"conn\":\"ws\",\"dir\":\"\(direction)\",\"kind\":\"\(kind)\",\"url\":\"\(url)\",\"data\":"
        + JSONWriter.compact(JSONValue(.string(data))) + "}"
    }
    let lines = [line("out", "ws_open", "")] + out.map { line("out", "ws_text", $0) }
      + frames.map { line("in", kind, $0) }
    try (lines.joined(separator: "\n") + "\n")
      .write(toFile: "\(root)/sequences/\(folder)/life.jsonl", atomically: true, encoding: .utf8)
    try expected.write(
      toFile: "\(root)/sequences_expected/\(folder)/life.json", atomically: true, encoding: .utf8)
    let subject = try Subject.installed(id)
    var report = Report(id: id)
    SequencePart(subject: subject, data: DataFolder(path: root)).run(&report) { _ in }
    return report
  }

  private func order(_ fees: String, asset: String) -> String {
    """
    {"client_id": "mine-1", "symbol": "SYMBOL", "side": "buy", "price": "43210.5", "quantity": "0.5", "filled": "0.2",
     "state": "canceled (partly filled)", "fills": [
      {"trade_id": "71", "price": "43210.5", "quantity": "0.2", "fee": "\(fees)", "fee_asset": "\(asset)"}]}
    """
  }

  /// The channels number their messages, changes name only what changed, and the balances are those of spot/main.
  @Test func krakensChannels() throws {
    func report(_ sequence: Int, _ fields: String) -> String {
      "{\"channel\":\"executions\",\"type\":\"update\",\"data\":[{\"order_id\":\"OAAAAA-1\",\(fields)}],"
        + "\"sequence\":\(sequence)}"
    }
    let frames = [
      #"{"method":"subscribe","result":{"channel":"executions"},"success":true,"req_id":1}"#,
      #"{"channel":"executions","type":"snapshot","data":[],"sequence":1}"#,
      #"{"channel":"balances","type":"snapshot","data":[{"asset":"BTC","balance":3.0,"wallets":[{"type":"spot","#
        + #""id":"main","balance":1.0},{"type":"earn","id":"flex","balance":2.0}]}],"sequence":1}"#,
      report(2, #""cl_ord_id":"mine-1","symbol":"BTC/USD","side":"buy","order_type":"limit","limit_price":43210.5,"#
        + #""order_qty":0.5,"cum_qty":0.0,"exec_type":"pending_new","order_status":"pending_new""#),
      report(3, #""exec_type":"new","order_status":"new""#),
      report(4, #""exec_type":"trade","exec_id":"71","last_qty":0.2,"last_price":43210.5,"liquidity_ind":"m","#
        + #""cum_qty":0.2,"fees":[{"asset":"BTC","qty":0.0002}],"order_status":"partially_filled""#),
      report(5, #""exec_type":"canceled","order_status":"canceled","cum_qty":0.2"#),
      #"{"channel":"balances","type":"update","data":[{"asset":"BTC","wallet_type":"spot","wallet_id":"main","#
        + #""balance":1.1998}],"sequence":2}"#,
    ]
    let expected = """
      {"market": "spot", "faults": [{"drop_line": 7, "detected": true, "detect_at_line": 8}],
       "orders": {"OAAAAA-1": \(order("0.0002", asset: "BTC").replacing("SYMBOL", with: "BTC/USD"))},
       "balances": {"BTC": {"total": "1.1998"}}}
      """
    let sent = #"{"method":"subscribe","params":{"channel":"executions","token":"T"},"req_id":1}"#
    let second = #"{"method":"subscribe","params":{"channel":"balances","token":"T"},"req_id":2}"#
    let life = try certified(
      "kraken", "kraken", url: "wss://ws-auth.kraken.com/v2", out: [sent, second], frames, expected)
    #expect(life[.sequences] == Tally(passed: 4, of: 4), "\(life.failures)")
  }

  /// The subscription's answer carries the id of the recorded request, and the connector has another.
  @Test(arguments: [true, false])
  func binancesUserStream(isOverTheSocketInterface: Bool) throws {
    func execution(_ kind: String, _ state: String, _ filled: String, _ trade: String) -> String {
      #"{"e":"executionReport","E":1764288000400,"s":"BTCUSDT","c":"mine-1","S":"BUY","o":"LIMIT","f":"GTC","#
        + #""q":"0.5","p":"43210.5","P":"0","F":"0","C":"","x":"\#(kind)","X":"\#(state)","r":"NONE","i":11,"#
        + #""l":"\#(trade.isEmpty ? "0" : filled)","z":"\#(filled)","L":"43210.5","n":"0.0002","N":"BTC","#
        + #""T":1764288000399,"t":\#(trade.isEmpty ? "-1" : trade),"m":false,"O":1764288000300,"Z":"0"}"#
    }
    let events = [
      execution("NEW", "NEW", "0", ""), execution("TRADE", "PARTIALLY_FILLED", "0.2", "71"),
      execution("CANCELED", "CANCELED", "0.2", ""),
      #"{"e":"outboundAccountPosition","E":1,"u":1764288000500,"B":[{"a":"BTC","f":"1.25","l":"0.5"}]}"#,
    ]
    let expected = """
      {"market": "spot", "orders": {"11": \(order("0.0002", asset: "BTC").replacing("SYMBOL", with: "BTCUSDT"))},
       "balances": {"BTC": {"total": "1.75", "available": "1.25", "locked": "0.5"}}}
      """
    let life: Report
    if isOverTheSocketInterface {
      life = try certified(
        "binance", "binance", url: "wss://ws-api.binance.com:443/ws-api/v3",
        out: [#"{"id":"recorded","method":"userDataStream.subscribe.signature","params":{}}"#],
        [#"{"id":"recorded","status":200,"result":{"subscriptionId":0}}"#]
          + events.map { "{\"subscriptionId\":0,\"event\":\($0)}" }, expected)
    } else {
      life = try certified("binance", "binance", url: "wss://stream.binance.com:9443/ws/KEY", events, expected)
    }
    #expect(life[.sequences] == Tally(passed: 3, of: 3), "\(life.failures)")
  }

  /// Frames are gzip members; the stream's address holds a key, and answers carry the ids of recorded requests.
  @Test func bingXsCompressedFrames() throws {
    let frames = [
      // the answer to the first subscription
      "H4sIAAAAAAACA6tWSs5PSVWyMtBRykxRslIyVNJRyi1OB7KCQ52dXYODlWoBSzTj0iMAAAA=",
      // and to the second
      "H4sIAAAAAAACA6tWSs5PSVWyMtBRykxRslIyUtJRyi1OB7KCQ52dXYODlWoB4rK1cSMAAAA=",
      // order 77 is new
      "H4sIAAAAAAACA2WPPQ+CMBRF/8ubgZQPhXQUGUiQQUrUkUBJSIBWqQlK+O++SuPidM+5vW3SBWrRcKDEgqZSFXtJFJikUA6fef1UnRjP"
        + "XIqHgm0BdAE9+T9NgLrhPvCiiBDiE3xxwt2BxXZZHBkOCq3lDUkgZekp1e0dmTg7JIkU+J672YyWJxek6486oGFoQa+voL5NZiZHkzkm"
        + "Bvt+S5lyANpW/cQtiLEZupHbLqzrBx/59JYBAQAA",
      // 0.2 of it are filled for 0.0002 BTC
      "H4sIAAAAAAACA2WOTQuCQBiE/8t7VlnNUvZmaiBsEbZBnUJ0D0K5VhtY4n9vTAii2zMfDNNTqStFnFlUFaaQzxaC7q02jupU+TC1bnLV"
        + "6puhqUG8p7Hyn6bE3WDhe2HIGPMZFu/oLWVs73eJRGE3yv0RpEEiW2ejewUzZw5qQf7McyfVQck8SlLwAbyNcplFQhxPq0yINIFdEw8C"
        + "i86fBQ/G60viZ6uBspmDX2O2mW6B5N9lgyxwEV2Im9tDWRTDudSNsl0ahjdgM5jYLwEAAA==",
      // the rest is cancelled
      "H4sIAAAAAAACA2WOsQ6CMBCG3+VmIAVBSDctDCTIICXRkUhNSIBWqQlKeHevwmKY7vv+/r3cBDdZC6DEgrrSFX8rFBiU1I4Yxe2lG9mf"
        + "hZJPDUsD6ASmsn1NgLrh3veiiBASENw4YO/ImV0WMcdCYbS8IkmkLD2lJn0gEydAUkj+znMXG9HYIWdJlsSol39tgIahBa35jPr5LfGQ"
        + "sjXp15njxME3x+m10AG9V+0gLGCYdE0vbBfm+QvxppHhGQEAAA==",
      // BTC: 1.1998 free, 0.1 held
      "H4sIAAAAAAACAxXKvQqAIBSG4Xv5ZoljRJpb/qwZYVNEFDRVc4N4752254U344RB71ych7TNo+9TgECAkaptaq2JSBEJ7DAZFmbJP2GT"
        + "4+09mLKSXae57ouLKomyCjzsOPkwoZQPrwaCW2UAAAA=",
      // Ping
      "H4sIAAAAAAACAwvIzEsHAMOS54UEAAAA",
    ]
    let expected = """
      {"market": "spot", "orders": {"77": \(order("0.0002", asset: "BTC").replacing("SYMBOL", with: "BTC-USDT"))},
       "balances": {"BTC": {"total": "1.2998", "available": "1.1998", "locked": "0.1"}}}
      """
    let sent = #"{"id":"1","reqType":"sub","dataType":"spot.executionReport"}"#
    let second = #"{"id":"2","reqType":"sub","dataType":"ACCOUNT_UPDATE"}"#
    func life(_ kind: String) throws -> Report {
      try certified(
        "bing_x", "bingx", url: "wss://open-api-ws.bingx.com/market?listenKey=KEY", out: [sent, second], kind: kind,
        frames, expected)
    }
    let whole = try life("ws_binary")
    #expect(whole[.sequences] == Tally(passed: 3, of: 3), "\(whole.failures)")
    #expect(try life("ws_text")[.sequences].passed < 3, "text is not inflated")
  }

  @Test func binancesPerpetualUserStream() throws {
    func update(_ kind: String, _ state: String, _ last: String, _ trade: String) -> String {
      #"{"e":"ORDER_TRADE_UPDATE","E":1764288000400,"T":1764288000399,"o":{"s":"BTCUSDT","c":"mine-1","S":"BUY","#
        + #""o":"LIMIT","f":"GTC","q":"0.5","p":"43210.5","ap":"0","sp":"0","x":"\#(kind)","X":"\#(state)","i":11,"#
        + #""l":"\#(last)","z":"\#(kind == "NEW" ? "0" : "0.2")","L":"43210.5","N":"USDT","n":"4.32","#
        + #""T":1764288000399,"t":\#(trade),"m":false,"R":false,"ot":"LIMIT","ps":"BOTH","cp":false,"rp":"0"}}"#
    }
    let frames = [
      update("NEW", "NEW", "0", "0"), update("TRADE", "PARTIALLY_FILLED", "0.2", "71"),
      #"{"e":"ACCOUNT_UPDATE","E":1764288000500,"T":1764288000499,"a":{"m":"ORDER","B":[{"a":"USDT","wb":"1001.5","#
        + #""cw":"1001.5","bc":"0"}],"P":[{"s":"BTCUSDT","pa":"-0.2","ep":"43210.5","cr":"0","up":"0","mt":"cross","#
        + #""iw":"0","ps":"BOTH"}]}}"#,
      update("CANCELED", "CANCELED", "0", "0"),
    ]
    let expected = """
      {"market": "perp", "orders": {"11": \(order("4.32", asset: "USDT").replacing("SYMBOL", with: "BTCUSDT"))},
       "balances": {"USDT": {"total": "1001.5"}},
       "positions": {"BTCUSDT": {"side": "SHORT", "size": "0.2", "entry_price": "43210.5"}}}
      """
    let life = try certified("binance_perpetual", "binance", url: "wss://fstream.binance.com/ws/KEY", frames, expected)
    #expect(life[.sequences] == Tally(passed: 4, of: 4), "\(life.failures)")
    let other = try certified(
      "binance_perpetual", "binance", url: "wss://fstream.binance.com/ws/KEY", frames,
      expected.replacing("SHORT", with: "LONG"))
    #expect(other.failures.map(\.name) == ["sequences:binance/life position BTCUSDT size"], "\(other.failures)")
  }
}

import CPatchbay
import Catalog
import Control
import Foundation
import Glibc
import Outbound
import Records
import Testing

@testable import PatchbayHost
@testable import Runtime

/// Commands as records over a Unix socket.
@Suite(.serialized) struct RecordCommandTests {
  /// A connection with what has come and was not looked at.
  private final class Line {
    private let connection: Connection
    var bytes: [UInt8] = []

    init(_ connection: Connection) { self.connection = connection }

    func write(_ bytes: [UInt8]) { connection.write(bytes) }

    /// Whether anything came before the end.
    func read() -> Bool {
      let part = connection.read()
      bytes += part
      return !part.isEmpty
    }
  }

  /// A host with its sockets for records.
  private final class Stand {
    let paper: PaperHost
    let commands: RecordCommands
    init() throws {
      paper = try PaperHost()
      commands = try RecordCommands(paper.host, takesRealMoney: false, ids: paper.gateway)
      commands.start()
    }
    deinit { commands.stop() }

    func connect(_ connector: String = "paper") throws -> Line {
      Line(try Connection(socket: "\(paper.folder)/data/records.\(connector).sock"))
    }

    func instrument(_ connector: String = "paper") throws -> pb_id {
      let desk = try #require(paper.host.running.desks.first { $0.name == connector })
      let found = Awaited<UInt64>()
      desk.perform { found.put($0.session.view.market(pair: "BTC-USDT")?.instrument.id.rawValue ?? 0) }
      return try #require(found.wait(until: paper.host.clock.now().mono + 20_000_000_000))
    }
  }

  private static func exact(_ mantissa: Int64, _ exponent: Int32) -> pb_dec {
    pb_dec(mantissa: mantissa, exponent: exponent, state: UInt32(PB_DEC_EXACT))
  }

  private func command(_ number: pb_id, _ verb: Int, _ change: (inout pb_in_command) -> Void = { _ in }) -> [UInt8] {
    var fields = pb_in_command()
    let size = MemoryLayout<pb_in_command>.size
    fields.in.rec = pb_rec(size: UInt32(size), kind: UInt16(PB_IN_COMMAND), head: UInt16(size), seq: 0)
    (fields.command, fields.verb) = (number, UInt32(verb))
    change(&fields)
    return withUnsafeBytes(of: fields) { Array($0) }
  }

  /// A command that places an order by a name of the program's.
  private func named(_ number: pb_id, _ instrument: pb_id, _ name: String, price: Int64 = 1000) -> [UInt8] {
    var bytes = limit(number, instrument, price: price)
    let place = bytes.count
    bytes += Array(name.utf8)
    while bytes.count & 7 != 0 { bytes.append(0) }
    let ref = pb_ref(offset: UInt32(place), length: UInt32(name.utf8.count))
    let offset = MemoryLayout<pb_in_command>.offset(of: \.client_order) ?? 0
    bytes.replaceSubrange(offset..<(offset + 8), with: withUnsafeBytes(of: ref) { Array($0) })
    bytes.replaceSubrange(0..<4, with: withUnsafeBytes(of: UInt32(bytes.count)) { Array($0) })
    return bytes
  }

  private func limit(_ number: pb_id, _ instrument: pb_id, price: Int64 = 1000) -> [UInt8] {
    command(number, PB_CMD_PLACE) { fields in
      (fields.instrument, fields.side, fields.type) = (instrument, UInt32(PB_SIDE_BUY), UInt32(PB_TYPE_LIMIT))
      fields.time_in_force = UInt32(PB_TIF_GTC)
      (fields.price, fields.quantity) = (Self.exact(price, 0), Self.exact(2, -2))
    }
  }

  private struct Answer {
    var orders: [pb_order] = []
    var reply = pb_reply()
    var text = ""
    var code = ""
  }

  /// Reads up to a reply; `nil` where the connection ends before.
  private func answer(_ line: Line) -> Answer? {
    var answer = Answer()
    while true {
      while line.bytes.count >= 16,
        case let size = Int(line.bytes.withUnsafeBytes { $0.loadUnaligned(as: pb_rec.self).size }),
        line.bytes.count >= size
      {
        let record = Array(line.bytes[..<size])
        line.bytes.removeFirst(size)
        let kind = Int(record.withUnsafeBytes { $0.loadUnaligned(as: pb_rec.self).kind })
        if kind == PB_EV_ORDER {
          answer.orders.append(record.withUnsafeBytes { $0.loadUnaligned(as: pb_order.self) })
        } else if kind == PB_EV_REPLY {
          answer.reply = record.withUnsafeBytes { $0.loadUnaligned(as: pb_reply.self) }
          func text(_ ref: pb_ref) -> String {
            String(decoding: record[Int(ref.offset)..<Int(ref.offset + ref.length)], as: UTF8.self)
          }
          (answer.text, answer.code) = (text(answer.reply.text), text(answer.reply.code))
          return answer
        }
      }
      if !line.read() { return nil }
    }
  }

  @Test func anOrderIsPlacedFoundAndCancelled() throws {
    let stand = try Stand()
    let connection = try stand.connect()
    connection.write(limit(7, try stand.instrument()))
    let placed = try #require(answer(connection))
    #expect(placed.reply.command == 7 && Int(placed.reply.outcome) == PB_OUTCOME_DONE)
    let order = try #require(placed.orders.first)
    #expect(Int(order.state) == PB_ORDER_STATE_OPEN && order.command == 7 && order.order != 0)
    #expect(order.price.mantissa != 0 && Int(order.side) == PB_SIDE_BUY)
    let seen = try stand.paper.ask("GET", "/v1/orders/\(order.order)").body
    #expect(seen["state"]?.string == "open" && seen["price"]?.string == "1000" && seen["quantity"]?.string == "0.02")
    connection.write(command(8, PB_CMD_OPEN_ORDERS))
    #expect(try #require(answer(connection)).orders.map(\.order) == [order.order])
    // Two commands in one write, and one in pieces.
    let cancel = command(9, PB_CMD_CANCEL) { $0.order = order.order }
    connection.write(Array(cancel[..<50]))
    connection.write(Array(cancel[50...]) + command(10, PB_CMD_OPEN_ORDERS))
    var answers: [pb_id: Answer] = [:]
    for _ in 0..<2 {
      let next = try #require(answer(connection))
      answers[next.reply.command] = next
    }
    #expect(answers[9].map { Int($0.orders[0].state) } == PB_ORDER_STATE_CANCELLED)
    #expect(answers[9].map { Int($0.reply.outcome) } == PB_OUTCOME_DONE)
    connection.write(command(11, PB_CMD_OPEN_ORDERS))
    #expect(try #require(answer(connection)).orders.isEmpty)
  }

  /// A program that has lost its connection sends the same again: there is one order, whatever way it asks.
  @Test func theSameIsPlacedOnce() throws {
    let stand = try Stand()
    let (connection, instrument) = (try stand.connect(), try stand.instrument())
    connection.write(named(1, instrument, "mine-1") + named(2, instrument, "mine-1"))
    var orders: [pb_id] = []
    for _ in 0..<2 {
      let placed = try #require(answer(connection))
      #expect(Int(placed.reply.outcome) == PB_OUTCOME_DONE, "\(placed.code) \(placed.text)")
      orders += placed.orders.map(\.order)
    }
    #expect(orders.count == 2 && Set(orders).count == 1)
    let other = try stand.connect()
    other.write(named(3, instrument, "mine-1"))
    #expect(answer(other)?.orders.map(\.order) == [orders[0]])
    other.write(named(4, instrument, "mine-1", price: 1001))
    let refused = try #require(answer(other))
    #expect(Int(refused.reply.outcome) == PB_OUTCOME_REFUSED && refused.code == "client_order_id_in_use")
    let seen = try stand.paper.ask("GET", "/v1/orders/mine-1").body
    #expect(seen["order"]?.string == "\(orders[0])", "the other interface knows it by the same id")
    other.write(named(5, instrument, "a b"))
    #expect(answer(other)?.code == "bad_field")
    // What was not placed frees its id.
    other.write(named(6, instrument, "mine-2", price: -1))
    #expect(answer(other)?.code == "bad_field")
    other.write(named(7, instrument, "mine-2"))
    #expect(answer(other)?.orders.count == 1)
    let open = try stand.paper.ask("GET", "/v1/orders").body["orders"]?.array ?? []
    #expect(open.count == 2)
  }

  @Test func anOrderIsAmended() throws {
    let stand = try Stand()
    let connection = try stand.connect()
    connection.write(limit(1, try stand.instrument()))
    let order = try #require(answer(connection)?.orders.first?.order)
    connection.write(
      command(2, PB_CMD_AMEND) { ($0.order, $0.price, $0.quantity) = (order, Self.exact(1010, 0), Self.exact(3, -2)) })
    let amended = try #require(answer(connection))
    #expect(Int(amended.reply.outcome) == PB_OUTCOME_DONE && amended.orders.map(\.order) == [order])
    let seen = try stand.paper.ask("GET", "/v1/orders/\(order)").body
    #expect(seen["price"]?.string == "1010" && seen["quantity"]?.string == "0.03")
    for wrong in [
      command(3, PB_CMD_AMEND) { $0.order = order }, command(3, PB_CMD_AMEND) { $0.price = Self.exact(1, 0) },
      command(3, PB_CMD_AMEND) { ($0.order, $0.price) = (order, Self.exact(-1, 0)) },
    ] {
      connection.write(wrong)
      let refused = try #require(answer(connection))
      #expect(Int(refused.reply.outcome) == PB_OUTCOME_REFUSED && !refused.code.isEmpty && !refused.text.isEmpty)
    }
  }

  @Test func aPerpetualIsOpenedAndClosed() throws {
    let stand = try Stand()
    let connection = try stand.connect("paper_perpetual")
    let instrument = try stand.instrument("paper_perpetual")
    for (number, side, flags) in [(1, PB_SIDE_BUY, 0), (2, PB_SIDE_SELL, PB_ORDER_REDUCE_ONLY)] {
      connection.write(
        command(pb_id(number), PB_CMD_PLACE) { fields in
          (fields.instrument, fields.side, fields.type) = (instrument, UInt32(side), UInt32(PB_TYPE_MARKET))
          (fields.quantity, fields.flags) = (Self.exact(3, -2), UInt32(flags))
        })
      let done = try #require(answer(connection))
      #expect(Int(done.reply.outcome) == PB_OUTCOME_DONE && done.orders.first?.filled.mantissa != 0, "\(done.text)")
      #expect(done.orders.first.map { Int($0.state) } == PB_ORDER_STATE_FILLED)
    }
  }

  /// A second instrument that its pair does not mean.
  @Test func theInstrumentThatIsNamedIsTheOneThatIsTraded() throws {
    let stand = try Stand()
    let desk = try #require(stand.paper.host.running.desks.first { $0.name == "paper" })
    let added = Awaited<Bool>()
    desk.perform { desk in
      let block = RecordBlock()
      defer { block.free() }
      block.begin(pb_instrument.self)
      var fields = pb_instrument()
      (fields.instrument, fields.kind, fields.state) = (77, UInt32(PB_KIND_SPOT), UInt32(PB_INSTRUMENT_TRADING))
      (fields.price_exp, fields.quantity_exp) = (-2, -5)
      (fields.order_types, fields.time_in_force) = (1 << PB_TYPE_LIMIT, 1 << PB_TIF_GTC)
      fields.symbol = block.text("zz-other")
      fields.base = block.text("BTC")
      fields.quote = block.text("USDT")
      let record = block.finish(fields, kind: PB_EV_INSTRUMENT, seq: 0)
      added.put((try? desk.session.view.apply(instrument: RecordReader(checked: record))) != nil)
    }
    #expect(added.wait(until: stand.paper.host.clock.now().mono + 20_000_000_000) == true)
    let preferred = try stand.instrument()
    #expect(preferred != 77)
    let connection = try stand.connect()
    for instrument in [77, preferred] {
      connection.write(limit(1, instrument))
      let placed = try #require(answer(connection))
      #expect(placed.orders.first?.instrument == instrument, "\(placed.text)")
    }
  }

  @Test func whatCannotBeDoneIsSaid() throws {
    let stand = try Stand()
    let (connection, instrument) = (try stand.connect(), try stand.instrument())
    func refusal(_ bytes: [UInt8]) throws -> Answer {
      connection.write(bytes)
      let refused = try #require(answer(connection))
      #expect(Int(refused.reply.outcome) == PB_OUTCOME_REFUSED && refused.orders.isEmpty && !refused.text.isEmpty)
      return refused
    }
    func wish(_ change: @escaping (inout pb_in_command) -> Void) -> [UInt8] {
      command(1, PB_CMD_PLACE) { fields in
        (fields.instrument, fields.side, fields.type) = (instrument, UInt32(PB_SIDE_BUY), UInt32(PB_TYPE_LIMIT))
        (fields.price, fields.quantity) = (Self.exact(1000, 0), Self.exact(2, -2))
        change(&fields)
      }
    }
    #expect(try refusal(wish { $0.instrument = 999 }).code == "unknown_pair")
    #expect(try refusal(wish { $0.side = 3 }).code == "bad_field")
    #expect(try refusal(wish { $0.type = 300 }).code == "bad_field")
    #expect(try refusal(wish { $0.time_in_force = 257 }).code == "bad_field")
    #expect(try refusal(wish { $0.flags = 1 << 20 }).code == "bad_field")
    #expect(try refusal(wish { $0.quantity = Self.exact(-1, 0) }).code == "bad_field")
    #expect(try refusal(wish { $0.quantity.state = UInt32(PB_DEC_ROUNDED) }).code == "bad_field")
    #expect(try refusal(wish { $0.quantity = pb_dec() }).code == "bad_field")
    #expect(try refusal(wish { $0.account = 77 }).code == "unknown_account")
    #expect(try refusal(wish { $0.order = 5 }).code == "bad_field")
    #expect(try refusal(wish { $0.value = Self.exact(20, 0) }).text.contains("not both"))
    let byValue = wish { fields in
      (fields.type, fields.flags) = (UInt32(PB_TYPE_MARKET), UInt32(PB_ORDER_BY_VALUE))
      (fields.price, fields.value) = (pb_dec(), Self.exact(20, 0))
    }
    #expect(try refusal(byValue).text.contains("not both"))
    #expect(try refusal(wish { $0.type = UInt32(PB_TYPE_MARKET) }).text.contains("a market order has no price"))
    #expect(try refusal(wish { $0.stop = Self.exact(900, 0) }).text.contains("a limit order has no stop"))
    let dear = wish { ($0.price, $0.quantity) = (Self.exact(50_000, 0), Self.exact(5, 0)) }
    #expect(try Int(refusal(dear).reply.error) == PB_ERR_FUNDS)
    #expect(try Int(refusal(command(2, PB_CMD_CANCEL) { $0.order = 4 }).reply.error) == PB_ERR_UNKNOWN_ORDER)
    #expect(try Int(refusal(command(3, PB_CMD_BALANCES)).reply.error) == PB_ERR_UNSUPPORTED)
    #expect(try stand.paper.ask("POST", "/v1/halt", [:]).status == 200)
    #expect(try refusal(limit(4, instrument)).code == "halted")
    let orders = try stand.paper.ask("GET", "/v1/orders?state=all").body["orders"]?.array ?? [nil]
    #expect(orders.isEmpty, "nothing was sent")
  }

  @Test func whatIsNoRecordEndsTheConnection() throws {
    let stand = try Stand()
    let instrument = try stand.instrument()
    func broken(_ change: (inout [UInt8]) -> Void) throws {
      var bytes = limit(1, instrument)
      change(&bytes)
      let connection = try stand.connect()
      connection.write(bytes)
      let said = try #require(answer(connection))
      #expect(said.reply.command == 0 && said.code == "malformed")
      #expect(!connection.read())
    }
    try broken { $0.replaceSubrange(0..<4, with: [0, 0, 0, 0]) }
    try broken { $0.replaceSubrange(0..<4, with: [7, 0, 0, 0]) }
    try broken { $0.replaceSubrange(0..<4, with: [0, 0, 0, 0x7f]) }
    try broken { $0.replaceSubrange(4..<6, with: [1, 0]) }
    try broken { $0.replaceSubrange(6..<8, with: [16, 0]) }
    let offset = MemoryLayout<pb_in_command>.offset(of: \.symbol) ?? 0
    try broken { $0.replaceSubrange(offset..<(offset + 8), with: [0, 0xff, 0, 0, 9, 0, 0, 0]) }
    // Others are served all the same, and many who say nothing keep nobody out.
    let idle = try (0..<40).map { _ in try stand.connect() }
    let connection = try stand.connect()
    connection.write(limit(1, instrument))
    #expect(answer(connection).map { Int($0.reply.outcome) } == PB_OUTCOME_DONE && idle.count == 40)
  }

  @Test func howTheExchangeRefusedIsSaid() throws {
    let stand = try Stand()
    let (connection, instrument) = (try stand.connect(), try stand.instrument())
    let crossing = command(1, PB_CMD_PLACE) { fields in
      (fields.instrument, fields.side, fields.type) = (instrument, UInt32(PB_SIDE_BUY), UInt32(PB_TYPE_LIMIT))
      (fields.price, fields.quantity) = (Self.exact(1_000_000, 0), Self.exact(1, -3))
      fields.flags = UInt32(PB_ORDER_POST_ONLY)
    }
    connection.write(crossing)
    let refused = try #require(answer(connection))
    #expect(Int(refused.reply.outcome) == PB_OUTCOME_REFUSED && Int(refused.reply.error) == PB_ERR_POST_ONLY)
    #expect(refused.code == "refused" && !refused.text.isEmpty, "\(refused.code) \(refused.text)")
  }

  /// One that uses its connection keeps it, however old that is.
  @Test func whoHasWaitedLongestGivesWay() throws {
    let stand = try Stand()
    let busy = try stand.connect()
    for round in 0..<40 {
      let other = try stand.connect()
      busy.write(command(pb_id(round + 1), PB_CMD_OPEN_ORDERS))
      #expect(answer(busy)?.reply.command == pb_id(round + 1), "\(round)")
      other.write(command(1, PB_CMD_OPEN_ORDERS))
      #expect(answer(other) != nil)
    }
  }

  /// How many times clients have called the server's thread, after so many rounds of its loop.
  private func calls(_ commands: RecordCommands, _ clock: HostClock, rounds: Int) -> UInt64? {
    var calls: UInt64?
    for _ in 0..<rounds {
      let found = Awaited<UInt64>()
      commands.submit { [commands] in found.put(commands.calls) }
      calls = found.wait(until: clock.now().mono + 20_000_000_000)
    }
    return calls
  }

  /// A client that has gone would call in every round, if it were still listened to.
  @Test func whoHasGoneCostsNothingUntilItsAnswer() throws {
    let stand = try Stand()
    let (clock, desk) = (stand.paper.host.clock, try #require(stand.paper.host.running.desks.first))
    let gate = DispatchSemaphore(value: 0)
    desk.perform { _ in gate.wait() }
    defer { gate.signal() }
    try stand.connect(desk.name).write(command(1, PB_CMD_OPEN_ORDERS))
    let before = try #require(calls(stand.commands, clock, rounds: 1))
    let after = try #require(calls(stand.commands, clock, rounds: 50))
    // The connection, the command, the end.
    #expect(after - before <= 3, "\(after - before)")
  }

  @Test func socketsGoWithWhatServesThem() throws {
    let stand = try Stand()
    let data = "\(stand.paper.folder)/data"
    func sockets() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: data).filter { $0.hasPrefix("records.") }.sorted()
    }
    #expect(try sockets() == ["records.paper.sock", "records.paper_perpetual.sock"])
    stand.commands.stop()
    #expect(try sockets().isEmpty)
    // The last one cannot be made.
    let last = try #require(stand.paper.host.running.desks.last)
    try FileManager.default.createDirectory(
      atPath: "\(data)/records.\(last.name).sock", withIntermediateDirectories: false)
    #expect(throws: ControlFault.self) { try RecordCommands(stand.paper.host, takesRealMoney: false) }
    #expect(try sockets() == ["records.\(last.name).sock"])
  }

  /// The example in C, as it stands.
  @Test func theExampleTrades() throws {
    let stand = try Stand()
    let program = "\(stand.paper.folder)/order"
    let source = "\(packageRoot)/examples/feed/order.c"
    func run(_ words: [String]) throws -> (status: Int32, text: String) {
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = words
      let pipe = Pipe()
      (process.standardOutput, process.standardError) = (pipe, pipe)
      try process.run()
      let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return (process.terminationStatus, text)
    }
    let includes = ["CFeed", "CPatchbay"].flatMap { ["-I", "\(packageRoot)/Sources/\($0)/include"] }
    let built = try run(["cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror"] + includes + ["-o", program, source])
    #expect(built.status == 0, "\(built.text)")
    let data = "\(stand.paper.folder)/data"
    let done = try run([program, data, "paper", "BTC-USDT", "1000.5", "0.02"])
    let states = done.text.split(separator: "\n").compactMap { $0.split(separator: " ").last }
    #expect(done.status == 0 && states == ["\(PB_ORDER_STATE_OPEN)", "\(PB_ORDER_STATE_CANCELLED)"], "\(done.text)")
    // The line that its page says.
    let page = try String(contentsOfFile: "\(packageRoot)/examples/feed/README.md", encoding: .utf8)
    let line = try #require(page.split(separator: "\n").first { $0.hasPrefix("    ./order ../../data ") })
    let said = try run([program, data] + line.split(separator: " ").dropFirst(2).map(String.init))
    #expect(said.status == 0, "\(line): \(said.text)")
    let refused = try run([program, data, "paper", "BTC-USDT", "1000.5", "0"])
    #expect(refused.status == 1 && refused.text.contains("bad_field"), "\(refused.text)")
  }
}

import CPatchbay
import ConnectorKit
import Decimals
import Records

/// A host for one connector instance in this process: delivers inputs through the C functions, keeps what comes out,
/// fires the timers that are asked for. Every output is checked as the real host checks it.
final class Harness {
  /// One record that came out.
  struct Emitted: Equatable {
    let words: [UInt64]

    var kind: Int { Int(fields(pb_rec.self).kind) }

    func fields<T: BitwiseCopyable>(_: T.Type) -> T { words.withUnsafeBytes { $0.loadUnaligned(as: T.self) } }

    func text(_ ref: pb_ref) -> String {
      words.withUnsafeBytes { String(decoding: $0[Int(ref.offset)..<Int(ref.offset + ref.length)], as: UTF8.self) }
    }

    func levels(_ list: pb_list) -> [[Int64]] {
      words.withUnsafeBytes { bytes in
        (0..<Int(list.count)).map { index in
          let level = bytes.loadUnaligned(fromByteOffset: Int(list.offset) + 16 * index, as: pb_level.self)
          return [level.price, level.quantity]
        }
      }
    }
  }

  /// What create answers when it fails.
  struct Failed: Error {
    let status: pb_status
    let text: String
  }

  private(set) var emitted: [Emitted] = []
  private(set) var faults: [RecordFault] = []
  /// Timers that run, by id.
  private(set) var timers: [(id: pb_id, due: Int64)] = []
  /// Monotonic and venue time; the venue's epoch is `epoch` after the monotonic start.
  var now: Int64 = 0
  let epoch: Int64 = 1_700_000_000_000_000_000

  private let table: UnsafePointer<pb_connector>
  private let host: UnsafeMutablePointer<pb_host>
  private var instance: UnsafeMutableRawPointer?
  private let block = RecordBlock()
  private let itemBlock = RecordBlock()
  private let checker = RecordChecker()
  private var seq: UInt64 = 0
  private var nextCommand: pb_id = 1000

  init(_ table: UnsafePointer<pb_connector>, _ config: String = "{}") throws {
    self.table = table
    host = .allocate(capacity: 1)
    host.initialize(to: pb_host(size: UInt32(MemoryLayout<pb_host>.size), reserved: 0, ctx: nil) { host, record in
      guard let host, let record, let context = host.pointee.ctx else { return pb_status(PB_E_ARGUMENT) }
      return Unmanaged<Harness>.fromOpaque(context).takeUnretainedValue().keep(record)
    })
    host.pointee.ctx = Unmanaged.passUnretained(self).toOpaque()
    let status = Array(config.utf8).withUnsafeBufferPointer {
      table.pointee.create(host, pb_span(ptr: $0.baseAddress, len: UInt64($0.count)), &instance)
    }
    if status != PB_OK {
      let fault = emitted.last { $0.kind == PB_OUT_FAULT }
      throw Failed(status: status, text: fault.map { $0.text($0.fields(pb_out_fault.self).text) } ?? "")
    }
  }

  deinit {
    if instance != nil { table.pointee.destroy(instance) }
    host.deallocate()
    block.free()
    itemBlock.free()
  }

  private func keep(_ record: UnsafePointer<pb_rec>) -> pb_status {
    if let fault = checker.checkOutput(record) { faults.append(fault) }
    let words = UnsafeRawBufferPointer(start: record, count: Int(record.pointee.size))
    let copy = Emitted(words: Array(words.bindMemory(to: UInt64.self)))
    emitted.append(copy)
    if copy.kind == PB_OUT_TIMER {
      let timer = copy.fields(pb_out_timer.self)
      timers.removeAll { $0.id == timer.timer }
      if timer.after_ns > 0 { timers.append((timer.timer, now + timer.after_ns)) }
    }
    return pb_status(PB_OK)
  }

  // MARK: Inputs

  private var input: pb_input { pb_input(rec: pb_rec(), mono_ns: now, wall_ns: epoch + now, venue_ns: epoch + now) }

  @discardableResult
  private func deliver<R: BitwiseCopyable>(_ record: R, kind: Int) -> pb_status {
    seq += 1
    let finished = block.finish(record, kind: kind, seq: seq)
    if let fault = checker.checkInput(finished) { faults.append(fault) }
    return table.pointee.deliver(instance, UnsafeRawPointer(finished).assumingMemoryBound(to: pb_input.self), pb_span())
  }

  /// The id of the first, second, ... order, or trade of a market: they are counted from the start.
  func number(_ place: Int) -> String { "\(begun / 1000 + Int64(place) - 1)" }
  private var begun: Int64 = 0

  func start() {
    begun = epoch + now
    block.begin(pb_in_start.self)
    deliver(pb_in_start(in: input, flags: UInt32(PB_START_TRADING), reserved: 0), kind: PB_IN_START)
  }

  func stop() {
    block.begin(pb_in_stop.self)
    deliver(pb_in_stop(in: input), kind: PB_IN_STOP)
  }

  func account(_ id: pb_id, present: Bool = true) {
    block.begin(pb_in_account.self)
    var record = pb_in_account()
    record.in = input
    record.account = id
    record.present = present ? 1 : 0
    record.label = block.text("main")
    deliver(record, kind: PB_IN_ACCOUNT)
  }

  /// An input that this connector has not asked for.
  func frame() -> pb_status {
    block.begin(pb_in_stream.self)
    var record = pb_in_stream()
    record.in = input
    record.stream = 5
    return deliver(record, kind: PB_IN_FRAME)
  }

  /// One item of a batch.
  struct Item {
    var client = ""
    var venue = ""
    var set: (inout pb_in_command) -> Void = { _ in }
  }

  /// Delivers a command and gives its id.
  @discardableResult
  func command(
    _ verb: Verb, client: String = "", venue: String = "", symbol: String = "", items: [Item] = [],
    _ set: (inout pb_in_command) -> Void = { _ in }
  ) -> pb_id {
    nextCommand += 1
    _ = send(verb.rawValue, client: client, venue: venue, symbol: symbol, items: items, set)
    return nextCommand
  }

  func send(
    _ verb: UInt32, client: String = "", venue: String = "", symbol: String = "", items: [Item] = [],
    _ set: (inout pb_in_command) -> Void = { _ in }
  ) -> pb_status {
    block.begin(pb_in_command.self)
    var record = pb_in_command()
    record.in = input
    record.command = nextCommand
    record.verb = verb
    set(&record)
    record.symbol = block.text(symbol)
    record.client_order = block.text(client)
    record.venue_order = block.text(venue)
    record.items = block.list(of: pb_ref.self, count: items.count)
    for (index, item) in items.enumerated() {
      itemBlock.begin(pb_in_command.self)
      var nested = pb_in_command()
      nested.in = input
      nested.verb = verb
      item.set(&nested)
      nested.client_order = itemBlock.text(item.client)
      nested.venue_order = itemBlock.text(item.venue)
      let bytes = itemBlock.finish(nested, kind: PB_IN_COMMAND, seq: seq + 1)
      block.set(record.items, index, block.nested(UnsafeRawBufferPointer(start: bytes, count: Int(bytes.pointee.size))))
    }
    return deliver(record, kind: PB_IN_COMMAND)
  }

  /// Lets time pass and fires what is due, in the order of time and then of ids.
  func run(for nanoseconds: Int64) {
    let end = now + nanoseconds
    while let next = timers.min(by: { ($0.due, $0.id) < ($1.due, $1.id) }), next.due <= end {
      timers.removeAll { $0.id == next.id }
      now = next.due
      block.begin(pb_in_timer.self)
      deliver(pb_in_timer(in: input, timer: next.id), kind: PB_IN_TIMER)
    }
    now = end
  }

  // MARK: Outputs

  func forget() { emitted.removeAll() }

  /// The records of one kind that came out since `forget`.
  func all<T: BitwiseCopyable>(_ kind: Int, _ type: T.Type) -> [(fields: T, record: Emitted)] {
    emitted.filter { $0.kind == kind }.map { ($0.fields(type), $0) }
  }

  func replies(_ command: pb_id) -> [(fields: pb_reply, record: Emitted)] {
    all(PB_EV_REPLY, pb_reply.self).filter { $0.fields.command == command }
  }

  /// The error of a command that was refused; `nil` when it is done; `.other` when it is not answered exactly once.
  func refusal(_ command: pb_id) -> Failure? {
    let replies = replies(command)
    guard replies.count == 1 else { return .other }
    return replies[0].fields.outcome == Outcome.done.rawValue ? nil : Failure(rawValue: replies[0].fields.error)
  }
}

extension pb_dec {
  /// The plain text, `-` when absent.
  var text: String { value?.plain ?? "-" }
}

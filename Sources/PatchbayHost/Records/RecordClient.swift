import CNet
import CPatchbay
import Records

#if canImport(Glibc)
  import Glibc
#endif

/// A program that sends commands as records: bytes that came and are no record yet, bytes that wait to be read.
final class RecordClient {
  /// What stands at the beginning of what came.
  enum Next {
    case none
    case command(RecordCommand)
    /// Why nothing more can be read, for people.
    case fault(String)
  }

  let token: UInt64
  let descriptor: Int32
  let desk: TradeDesk
  /// Commands that are not answered.
  var open = 0
  /// When it did something last, as a number that grows.
  var lastUse: UInt64 = 0
  /// The other side sends no more.
  private(set) var isEnded = false
  private var incoming: [UInt8] = []
  private var outgoing: [UInt8] = []
  private var sent = 0

  init(token: UInt64, descriptor: Int32, desk: TradeDesk) {
    (self.token, self.descriptor, self.desk) = (token, descriptor, desk)
  }

  deinit { cnet_close(descriptor) }

  var backlog: Int { outgoing.count - sent }

  /// Reads what is there, never much more than a record; `false` when the connection is broken.
  func read(limit: Int) -> Bool {
    var part = [UInt8](repeating: 0, count: limit)
    while incoming.count < limit {
      let count = recv(descriptor, &part, part.count, Int32(MSG_DONTWAIT))
      if count > 0 { incoming += part[..<count] } else {
        if count == 0 { isEnded = true }
        return count == 0 || errno == EAGAIN || errno == EINTR
      }
    }
    return true
  }

  /// Takes the next whole record.
  func next(_ checker: RecordChecker, limit: Int) -> Next {
    guard incoming.count >= MemoryLayout<pb_rec>.size else { return .none }
    let size = incoming.withUnsafeBytes { Int($0.loadUnaligned(as: pb_rec.self).size) }
    guard size >= MemoryLayout<pb_rec>.size, size <= limit, size & 7 == 0 else {
      return .fault("a record has from 16 to \(limit) bytes, a multiple of 8, not \(size)")
    }
    guard incoming.count >= size else { return .none }
    var words = [UInt64](repeating: 0, count: size / 8)
    words.withUnsafeMutableBytes { $0.copyBytes(from: incoming[..<size]) }
    incoming.removeFirst(size)
    return words.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return .none }
      if let fault = checker.checkInput(start, available: size) { return .fault("\(fault)") }
      let head = start.load(as: pb_rec.self)
      guard Int(head.kind) == PB_IN_COMMAND, Int(head.head) >= MemoryLayout<pb_in_command>.size else {
        return .fault("only PB_IN_COMMAND of this revision of patchbay.h is taken here")
      }
      return .command(RecordCommand(bytes))
    }
  }

  func put(_ record: [UInt8]) { outgoing += record }

  /// Writes what the kernel takes; `false` when the connection is broken.
  func flush() -> Bool {
    while backlog > 0 {
      let count = outgoing[sent...].withUnsafeBytes {
        send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return errno == EAGAIN || errno == EINTR }
      sent += count
    }
    outgoing.removeAll(keepingCapacity: true)
    sent = 0
    return true
  }
}

/// A command out of a record that was checked.
struct RecordCommand: @unchecked Sendable {
  let fields: pb_in_command
  let symbol: String
  /// What the program calls the order; empty = nothing.
  let clientOrder: String

  init(_ bytes: UnsafeRawBufferPointer) {
    fields = bytes.loadUnaligned(as: pb_in_command.self)
    func text(_ ref: pb_ref) -> String {
      String(decoding: bytes[Int(ref.offset)..<(Int(ref.offset) + Int(ref.length))], as: UTF8.self)
    }
    (symbol, clientOrder) = (text(fields.symbol), text(fields.client_order))
  }

  /// What an order is to be: two commands with the same text want the same.
  func wish(on connector: String) -> String {
    let numbers = [fields.price, fields.quantity, fields.stop, fields.value].map { number in
      number.state == 0 ? "-" : "\(number.mantissa)e\(number.exponent)"
    }
    let words = [fields.side, fields.type, fields.time_in_force, fields.flags, fields.position].map { "\($0)" }
    let place = ["record", connector, "\(fields.account)", "\(fields.instrument)", symbol]
    return (place + words + numbers + ["\(fields.expiry_ns)"]).joined(separator: " ")
  }
}

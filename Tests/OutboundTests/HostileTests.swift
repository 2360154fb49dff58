import CPatchbay
import Decimals
import MarketModel
import Outbound
import Runtime
import Testing

@testable import ConnectorKit
@testable import Records
@testable import Trading

/// What a connector emits is the word of a peer: no number of it traps, and nothing of it is done without end.
extension DispatchTests {
  @Suite(.serialized) struct HostileTests {
    private static let extremes: [Int64] = [
      .min, .min + 1, .max, .max - 1, 1 << 62, -(1 << 62), 1_000_000_000_000_000_000, -1_000_000_000_000_000_000, 0, -1,
    ]

    private func tradingBench() throws -> (Bench, Trader) {
      let bench = try Bench(accounts: true)
      let form = try ClientIDForm(length: 36, pattern: "^[A-Za-z0-9_-]{1,36}$")
      let trader = Trader(
        path: bench.session, accounts: [AccountID(1)], journal: MemoryJournal(), ids: try form.ids(instance: "hostile"))
      bench.ask(instrument)
      try trader.start()
      return (bench, trader)
    }

    private func instrument(_ out: Output) {
      out.begin(pb_instrument.self)
      var fact = pb_instrument()
      fact.instrument = 1
      fact.kind = UInt32(PB_KIND_PERP)
      fact.state = UInt32(PB_INSTRUMENT_TRADING)
      (fact.price_exp, fact.quantity_exp) = (-2, -3)
      fact.tick = pb_dec(mantissa: 1, exponent: -2, state: UInt32(PB_DEC_EXACT))
      fact.lot = pb_dec(mantissa: 1, exponent: -3, state: UInt32(PB_DEC_EXACT))
      fact.multiplier = pb_dec(mantissa: 1, exponent: 0, state: UInt32(PB_DEC_EXACT))
      fact.symbol = out.text("AAABBB")
      (fact.base, fact.quote, fact.settle) = (out.text("AAA"), out.text("BBB"), out.text("BBB"))
      out.emit(fact, kind: PB_EV_INSTRUMENT)
    }

    /// Every word and every half word of every record's fixed part at every extreme, the others set so that the record
    /// means something.
    @Test func noNumberOfARecordTraps() throws {
      let (bench, trader) = try tradingBench()
      var emitted = 0
      for kind in UInt16(1)...600 {
        guard let shape = RecordShapes.output(kind), kind != UInt16(PB_OUT_FAULT) else { continue }
        let size = Int(RecordShapes.structs[shape].size)
        for place in stride(from: 16, to: size, by: 4) {
          for value in Self.extremes {
            for width in [4, 8] where place % width == 0 && place + width <= size {
              bench.ask { out in
                RawRecord(kind: kind, size: size, place: place, value: value, width: width).emit(out)
              }
              emitted += 1
              // An instance that is refused too often within a minute would be stopped.
              bench.probe.onCommand = { out, command in out.done(command.id) }
              bench.pass(seconds: 1)
            }
          }
        }
        bench.pass(seconds: 1)
        trader.tick()
      }
      #expect(emitted > 5000 && !bench.session.isFaulted, "\(bench.session.faultText)")
      #expect(bench.session.counters.malformed > 0 && bench.session.counters.outputs > 1000)
    }

    /// The same of what stands in lists: levels, limits, charges and so on, one of each.
    @Test func noNumberOfAListTraps() throws {
      let (bench, trader) = try tradingBench()
      var lists = 0
      for kind in UInt16(1)...600 {
        guard let shape = RecordShapes.output(kind), kind != UInt16(PB_OUT_FAULT) else { continue }
        let layout = RecordShapes.structs[shape]
        for field in RecordShapes.fields[Int(layout.firstField)..<Int(layout.endField)] where field.role == .list {
          lists += 1
          let size = Int(RecordShapes.structs[Int(field.element)].size)
          for place in stride(from: 0, to: size, by: 4) {
            for value in Self.extremes {
              for width in [4, 8] where place % width == 0 && place + width <= size {
                var record = RawRecord(kind: kind, size: Int(layout.size), place: place, value: value, width: width)
                record.list = (Int(field.offset), size, Int(field.element))
                bench.ask { record.emit($0) }
                bench.probe.onCommand = { out, command in out.done(command.id) }
                bench.pass(seconds: 1)
              }
            }
          }
          bench.pass(seconds: 1)
          trader.tick()
        }
      }
      #expect(lists > 8 && !bench.session.isFaulted && bench.session.counters.outputs > 200)
    }

    @Test func aMomentOutOfRangeIsMalformed() throws {
      let (bench, _) = try tradingBench()
      for (time, isTaken) in [(Int64.min + 1, false), (-1, false), (1 << 62, false), (0, true), (1 << 62 - 1, true)] {
        let before = bench.session.counters.malformed
        bench.ask { out in
          out.begin(pb_funding_payment.self)
          var fact = pb_funding_payment()
          (fact.account, fact.instrument, fact.venue_ns) = (1, 1, time)
          fact.amount = pb_dec(mantissa: 1, exponent: 0, state: UInt32(PB_DEC_EXACT))
          (fact.asset, fact.payment) = (out.text("A"), out.text("p\(time)"))
          out.emit(fact, kind: PB_EV_FUNDING_PAYMENT)
        }
        #expect((bench.session.counters.malformed == before) == isTaken, "\(time)")
      }
      #expect(bench.session.accounts.fundingPayments.count == 2)
    }
  }
}

/// A record whose numbers are small, but for one. It has no parts, or one list of one element.
private struct RawRecord {
  let kind: UInt16
  let size: Int
  /// Of the extreme number: in the fixed part, or in the list's element.
  let place: Int
  let value: Int64
  let width: Int
  /// Where the list's reference stands, its element's size, and the shape of that.
  var list: (reference: Int, size: Int, shape: Int)?

  init(kind: UInt16, size: Int, place: Int, value: Int64, width: Int) {
    (self.kind, self.size, self.place, self.value, self.width) = (kind, size, place, value, width)
  }

  func emit(_ out: Output) {
    let whole = size + ((list?.size ?? 0) + 7) / 8 * 8
    var words = [Int64](repeating: 1, count: whole / 8)
    words.withUnsafeMutableBytes { bytes in
      if let shape = RecordShapes.output(kind) { fill(bytes, at: 0, shape) }
      var place = place
      if let list {
        fill(bytes, at: size, list.shape)
        bytes.storeBytes(of: pb_list(offset: UInt32(size), count: 1), toByteOffset: list.reference, as: pb_list.self)
        for index in size + list.size..<whole { bytes[index] = 0 }
        place += size
      }
      if width == 8 {
        bytes.storeBytes(of: value, toByteOffset: place, as: Int64.self)
      } else {
        bytes.storeBytes(of: Int32(truncatingIfNeeded: value), toByteOffset: place, as: Int32.self)
      }
      let rec = pb_rec(size: UInt32(whole), kind: kind, head: UInt16(size), seq: out.state.pointee.seq)
      bytes.storeBytes(of: rec, as: pb_rec.self)
      let host = out.state.pointee.host
      _ = host.pointee.emit(host, bytes.baseAddress?.assumingMemoryBound(to: pb_rec.self))
    }
  }

  /// Parts are absent, reserved fields zero, decimals one.
  private func fill(_ bytes: UnsafeMutableRawBufferPointer, at start: Int, _ shape: Int) {
    let layout = RecordShapes.structs[shape]
    for field in RecordShapes.fields[Int(layout.firstField)..<Int(layout.endField)] {
      let place = start + Int(field.offset)
      switch field.role {
      case .reserved: bytes.storeBytes(of: 0, toByteOffset: place, as: UInt32.self)
      case .text, .raw, .list, .record: bytes.storeBytes(of: 0, toByteOffset: place, as: UInt64.self)
      case .time: bytes.storeBytes(of: 1_700_000_000_000_000_000, toByteOffset: place, as: Int64.self)
      case .decimal:
        bytes.storeBytes(
          of: pb_dec(mantissa: 1, exponent: 0, state: UInt32(PB_DEC_EXACT)), toByteOffset: place, as: pb_dec.self)
      }
    }
  }
}

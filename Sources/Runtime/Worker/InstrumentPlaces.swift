import CPatchbay

/// Where records name instruments. The numbers are the connector's own, so that those of an instance that was made anew
/// may mean others than before: its records are renumbered before anybody looks at them.
enum InstrumentPlaces {
  /// By the kind of record; 0 = it names none.
  private static let offsets: [Int] = {
    let places: [(kind: Int, offset: Int?)] = [
      (PB_EV_STATE, MemoryLayout<pb_state>.offset(of: \.instrument)),
      (PB_EV_INSTRUMENT, MemoryLayout<pb_instrument>.offset(of: \.instrument)),
      (PB_EV_BOOK, MemoryLayout<pb_book>.offset(of: \.instrument)),
      (PB_EV_GAP, MemoryLayout<pb_gap>.offset(of: \.instrument)),
      (PB_EV_TRADE, MemoryLayout<pb_trade>.offset(of: \.instrument)),
      (PB_EV_TICKER, MemoryLayout<pb_ticker>.offset(of: \.instrument)),
      (PB_EV_ORDER, MemoryLayout<pb_order>.offset(of: \.instrument)),
      (PB_EV_FILL, MemoryLayout<pb_fill>.offset(of: \.instrument)),
      (PB_EV_FEES, MemoryLayout<pb_fees>.offset(of: \.instrument)),
      (PB_EV_COMPLETE, MemoryLayout<pb_complete>.offset(of: \.instrument)),
      (PB_EV_CANDLE, MemoryLayout<pb_candle>.offset(of: \.instrument)),
      (PB_EV_POSITION, MemoryLayout<pb_position>.offset(of: \.instrument)),
      (PB_EV_FUNDING_RATE, MemoryLayout<pb_funding_rate>.offset(of: \.instrument)),
      (PB_EV_FUNDING_PAYMENT, MemoryLayout<pb_funding_payment>.offset(of: \.instrument)),
      (PB_EV_MARK, MemoryLayout<pb_mark>.offset(of: \.instrument)),
      (PB_EV_LIQUIDATION, MemoryLayout<pb_liquidation>.offset(of: \.instrument)),
      (PB_EV_MODE, MemoryLayout<pb_mode>.offset(of: \.instrument)),
      (PB_EV_POOL, MemoryLayout<pb_pool>.offset(of: \.instrument)),
      (PB_EV_QUOTE, MemoryLayout<pb_quote>.offset(of: \.instrument)),
    ]
    var offsets = [Int](repeating: 0, count: 1 + (places.map(\.kind).max() ?? 0))
    for place in places { offsets[place.kind] = place.offset ?? 0 }
    return offsets
  }()

  /// Where a record of this kind names an instrument; `nil` = nowhere.
  static func offset(of kind: Int) -> Int? {
    offsets.indices.contains(kind) && offsets[kind] > 0 ? offsets[kind] : nil
  }

  /// Gives the instrument that a checked record names, where it names one, its number in this host.
  static func renumber(_ record: UnsafeMutableRawPointer, _ numbers: InstrumentNumbers) {
    let start = record.load(as: pb_rec.self)
    guard let offset = offset(of: Int(start.kind)), offset + 8 <= Int(start.head) else { return }
    let named = record.load(fromByteOffset: offset, as: UInt64.self)
    record.storeBytes(of: numbers.own(named), toByteOffset: offset, as: UInt64.self)
  }
}

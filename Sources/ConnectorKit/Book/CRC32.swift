/// CRC-32 (IEEE 802.3, polynomial 0x04C11DB7 reflected), as Kraken, OKX, Bitget and others use over the text of the top
/// levels. Eight bytes at a time through eight tables: the checksum is on the path of every update of such a venue.
public struct CRC32: Sendable {
  private var state: UInt32 = 0xFFFF_FFFF

  public init() {}

  public var value: UInt32 { ~state }

  @inline(__always)
  public mutating func add(_ byte: UInt8) {
    state = CRC32.tables[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ (state >> 8)
  }

  public mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let base = bytes.baseAddress else { return }
    let tables = CRC32.tables
    var crc = state
    var index = 0
    while index + 8 <= bytes.count {
      let word = UInt64(littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self)) ^ UInt64(crc)
      crc = 0
      for step in 0..<8 { crc ^= tables[(7 - step) * 256 + Int((word >> UInt64(step * 8)) & 0xFF)] }
      index += 8
    }
    while index < bytes.count {
      crc = tables[Int((crc ^ UInt32(bytes[index])) & 0xFF)] ^ (crc >> 8)
      index += 1
    }
    state = crc
  }

  public static func of(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
    var crc = CRC32()
    crc.add(bytes)
    return crc.value
  }

  /// Table k holds the effect of a byte that k zero bytes follow.
  nonisolated(unsafe) private static let tables: UnsafePointer<UInt32> = {
    let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
      tables[byte] = crc
    }
    for table in 1..<8 {
      for byte in 0..<256 {
        let before = tables[(table - 1) * 256 + byte]
        tables[table * 256 + byte] = tables[Int(before & 0xFF)] ^ (before >> 8)
      }
    }
    return UnsafePointer(tables)
  }()
}

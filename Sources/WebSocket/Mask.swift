/// XORs bytes with a mask in place (RFC 6455 5.3). `position` is where in the payload the bytes start.
func applyMask(_ mask: UInt32, _ bytes: UnsafeMutableRawBufferPointer, position: Int) {
  guard let base = bytes.baseAddress else { return }
  let shift = UInt32(position & 3) * 8
  let turned = shift == 0 ? mask : mask >> shift | mask << (32 - shift)
  let wide = UInt64(turned) | UInt64(turned) << 32
  var index = 0
  while index + 8 <= bytes.count {
    let word = base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    base.storeBytes(of: (UInt64(littleEndian: word) ^ wide).littleEndian, toByteOffset: index, as: UInt64.self)
    index += 8
  }
  while index < bytes.count {
    bytes[index] ^= UInt8(truncatingIfNeeded: turned >> (UInt32(index & 3) * 8))
    index += 1
  }
}

/// The head of a frame (RFC 6455 5.2).
struct FrameHeader {
  var isFinal: Bool
  /// RSV1: the message is compressed (RFC 7692 6).
  var isCompressed: Bool
  var opcode: WebSocketOpcode
  var mask: UInt32?
  var length: Int
  /// Bytes of the head itself.
  var size: Int

  /// Reads a head from the first bytes; `nil` until it is whole.
  static func read(_ bytes: UnsafeRawBufferPointer) throws(WebSocketFault) -> FrameHeader? {
    guard bytes.count >= 2 else { return nil }
    if bytes[0] & 0x30 != 0 { throw .reservedBits }
    guard let opcode = WebSocketOpcode(rawValue: bytes[0] & 0x0F) else { throw .reservedOpcode }
    let isFinal = bytes[0] & 0x80 != 0
    let short = Int(bytes[1] & 0x7F)
    if opcode.isControl, !isFinal || short > WebSocketLimits.control { throw .badControlFrame }
    let wide = short == 127 ? 8 : short == 126 ? 2 : 0
    let isMasked = bytes[1] & 0x80 != 0
    let size = 2 + wide + (isMasked ? 4 : 0)
    guard bytes.count >= size else { return nil }
    var length = wide == 0 ? UInt64(short) : 0
    for index in 0..<wide { length = length << 8 | UInt64(bytes[2 + index]) }
    if wide == 2 && length < 126 || wide == 8 && length < 65536 || length > UInt64(Int64.max) { throw .badLength }
    let mask = isMasked ? UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 + wide, as: UInt32.self)) : nil
    return FrameHeader(
      isFinal: isFinal, isCompressed: bytes[0] & 0x40 != 0, opcode: opcode, mask: mask, length: Int(length), size: size)
  }

  /// Appends the head.
  func write(to output: inout ByteQueue) {
    _ = output.write(atLeast: 14) { room in
      room[0] = opcode.rawValue | (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0)
      let wide = length < 126 ? 0 : length < 65536 ? 2 : 8
      room[1] = (mask == nil ? 0 : 0x80) | (wide == 0 ? UInt8(length) : wide == 2 ? 126 : 127)
      for index in 0..<wide { room[2 + index] = UInt8(truncatingIfNeeded: length >> ((wide - 1 - index) * 8)) }
      guard let mask else { return 2 + wide }
      room.storeBytes(of: mask.littleEndian, toByteOffset: 2 + wide, as: UInt32.self)
      return 6 + wide
    }
  }
}

/// BLAKE2b without a key (RFC 7693), of 1 to 64 bytes: minisign signs a digest of 64, and writes one of 32 into its key
/// files, which OpenSSL 3.0 cannot make.
enum Blake2b {
  private static let start: [UInt64] = [
    0x6A09_E667_F3BC_C908, 0xBB67_AE85_84CA_A73B, 0x3C6E_F372_FE94_F82B, 0xA54F_F53A_5F1D_36F1,
    0x510E_527F_ADE6_82D1, 0x9B05_688C_2B3E_6C1F, 0x1F83_D9AB_FB41_BD6B, 0x5BE0_CD19_137E_2179,
  ]
  private static let order: [[Int]] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4], [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13], [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11], [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5], [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
  ]
  private static let columns = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)]
  private static let diagonals = [(0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]

  /// The digest of `count` bytes. Cost: linear; meant for manifests and keys, not for libraries.
  static func digest(_ bytes: [UInt8], count: Int) -> [UInt8] {
    var state = start
    state[0] ^= 0x0101_0000 ^ UInt64(count)
    var offset = 0
    while bytes.count - offset > 128 {
      compress(&state, bytes[offset..<(offset + 128)], upTo: offset + 128, isLast: false)
      offset += 128
    }
    compress(&state, bytes[offset...], upTo: bytes.count, isLast: true)
    return (0..<count).map { UInt8(truncatingIfNeeded: state[$0 / 8] >> UInt64(8 * ($0 % 8))) }
  }

  private static func compress(_ state: inout [UInt64], _ block: ArraySlice<UInt8>, upTo total: Int, isLast: Bool) {
    var words = [UInt64](repeating: 0, count: 16)
    for (place, byte) in block.enumerated() { words[place / 8] |= UInt64(byte) << UInt64(8 * (place % 8)) }
    var work = state + start
    work[12] ^= UInt64(total)
    if isLast { work[14] = ~work[14] }
    for round in 0..<12 {
      let order = order[round % 10]
      for (step, (a, b, c, d)) in (columns + diagonals).enumerated() {
        work[a] = work[a] &+ work[b] &+ words[order[2 * step]]
        work[d] = rotated(work[d] ^ work[a], 32)
        work[c] = work[c] &+ work[d]
        work[b] = rotated(work[b] ^ work[c], 24)
        work[a] = work[a] &+ work[b] &+ words[order[2 * step + 1]]
        work[d] = rotated(work[d] ^ work[a], 16)
        work[c] = work[c] &+ work[d]
        work[b] = rotated(work[b] ^ work[c], 63)
      }
    }
    for index in 0..<8 { state[index] ^= work[index] ^ work[index + 8] }
  }

  private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 { word >> bits | word << (64 - bits) }
}

import Glibc

/// What is being tried at the moment, in a file that two processes have in memory: when the one that tries has crashed
/// or hangs, the other reads what it was at. Noting costs a copy and no call.
struct CheckNote {
  private static let size = 1 << 16
  private let memory: UnsafeMutableRawPointer

  /// - Parameter file: made where it is not there.
  init?(file: String) {
    let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard ftruncate(descriptor, off_t(Self.size)) == 0,
      let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED
    else { return nil }
    self.memory = memory
  }

  func free() { munmap(memory, Self.size) }

  /// How many inputs were begun.
  var count: UInt64 { memory.load(as: UInt64.self) }

  /// Notes that an input begins, with words for people and the beginning of its payload.
  func begin(_ words: String, _ payload: UnsafeBufferPointer<UInt8>) {
    let text = Array(words.utf8.prefix(2000))
    let shown = min(payload.count, 400)
    memory.storeBytes(of: UInt32(text.count), toByteOffset: 8, as: UInt32.self)
    memory.storeBytes(of: UInt32(shown), toByteOffset: 12, as: UInt32.self)
    memory.storeBytes(of: UInt64(payload.count), toByteOffset: 16, as: UInt64.self)
    text.withUnsafeBytes { if let base = $0.baseAddress { (memory + 64).copyMemory(from: base, byteCount: $0.count) } }
    if let base = payload.baseAddress { (memory + 4096).copyMemory(from: base, byteCount: shown) }
    memory.storeBytes(of: count &+ 1, as: UInt64.self)
  }

  /// What was noted last.
  var words: String {
    let count = min(2000, Int(memory.load(fromByteOffset: 8, as: UInt32.self)))
    let shown = min(400, Int(memory.load(fromByteOffset: 12, as: UInt32.self)))
    let all = memory.load(fromByteOffset: 16, as: UInt64.self)
    let text = String(decoding: UnsafeRawBufferPointer(start: memory + 64, count: count), as: UTF8.self)
    guard all > 0 else { return text }
    let payload = UnsafeRawBufferPointer(start: memory + 4096, count: shown)
    return text + ": " + CheckNote.shown(Array(payload), of: Int(clamping: all))
  }

  /// The beginning of a payload, for people.
  static func shown(_ bytes: [UInt8], of count: Int) -> String {
    let most = 160
    let text = String(decoding: bytes.prefix(most), as: UTF8.self)
    return count > most ? "\(text)... (\(count) bytes)" : text
  }
}

/// What libraries are built for, as manifests name it.
public enum Platform: String, CaseIterable, Sendable {
  case x86 = "linux-x86_64"
  case arm = "linux-aarch64"

  /// Of this program; a name that no manifest has where it is neither.
  public static var current: String {
    #if arch(x86_64)
      x86.rawValue
    #elseif arch(arm64)
      arm.rawValue
    #else
      "linux-unknown"
    #endif
  }

  /// What the first bytes of a file say it was built for: `nil` = it is no 64-bit ELF file of one of these.
  public init?(elf head: some Collection<UInt8>) {
    let bytes = Array(head.prefix(20))
    guard bytes.count == 20, bytes[0...5].elementsEqual([0x7F, 0x45, 0x4C, 0x46, 2, 1]) else { return nil }
    // e_machine: EM_X86_64 is 62, EM_AARCH64 is 183.
    switch UInt16(bytes[18]) | UInt16(bytes[19]) << 8 {
    case 62: self = .x86
    case 183: self = .arm
    default: return nil
    }
  }
}

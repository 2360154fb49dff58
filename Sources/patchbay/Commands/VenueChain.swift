#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay venue --chain`: a chain on this machine with Uniswap's own contracts, pools and a wallet to swap with. It
/// is Python's (eth-tester and py-evm, from PyPI), and lies in a checkout of this project.
struct VenueChain {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  static let script = "Tests/Chain/run.sh"
  /// What it listens on where no port is named: what other programs expect a chain at.
  static let usualPort: UInt16 = 8545
  /// What of `patchbay venue` is of other venues, or of TLS.
  private static let others = [
    "dialects", "recording", "script", "show", "pace", "faults", "seed", "authorities", "plain", "sends",
  ]

  var checkout: String
  var port: UInt16
  var seconds: Int64?

  /// - Parameters:
  ///   - folders: where a checkout is looked for, in each and above it.
  ///   - exists: whether there is a file.
  init(_ options: Arguments, folders: [String], exists: (String) -> Bool) throws(Failure) {
    for name in Self.others where options[name] != nil || options.flags.contains(name) {
      throw Failure(description: "--chain serves a chain and nothing else: --\(name) is of other venues; leave it away")
    }
    guard let port = UInt16(options["port"] ?? "\(Self.usualPort)") else {
      throw Failure(description: "--port takes a number up to 65535")
    }
    self.port = port
    if let text = options["for"] {
      guard let seconds = Int64(text), seconds > 0, seconds < 1 << 31 else {
        throw Failure(description: "--for takes a number of seconds")
      }
      self.seconds = seconds
    }
    let found = folders.compactMap { Self.checkout(above: $0, exists) }.first
    guard let found else {
      throw Failure(
        description: "the chain lies in a checkout of Patchbay, at \(Self.script), and there is none above this folder "
          + "or above the program: run the program of a checkout")
    }
    checkout = found
  }

  /// The nearest folder at or above one that holds the script.
  static func checkout(above folder: String, _ exists: (String) -> Bool) -> String? {
    var parts = folder.split(separator: "/")
    while true {
      let path = "/" + parts.joined(separator: "/")
      let file = path == "/" ? "/\(script)" : "\(path)/\(script)"
      if exists(file) { return path }
      guard parts.popLast() != nil else { return nil }
    }
  }

  /// What is run in place of this program.
  func words(folder: String) -> [String] {
    ["/bin/sh", "\(checkout)/\(Self.script)", "serve", folder, "\(port)"] + (seconds.map { ["\($0)"] } ?? [])
  }

  /// Becomes the chain. Comes back only if it cannot.
  static func run(_ options: Arguments, _ environment: CommandEnvironment) throws(Failure) -> Never {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    guard getcwd(&buffer, buffer.count) != nil else {
      throw Failure(description: "this folder: \(String(cString: strerror(errno)))")
    }
    let here = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let chain = try VenueChain(options, folders: [here, environment.executable]) { access($0, R_OK) == 0 }
    fflush(nil)
    // The chain's program adds its wallet to the key store with these.
    setenv("PATCHBAY", environment.executable, 1)
    if let given = environment.password?.take() {
      given.withBytes { _ = setenv("PATCHBAY_PASSWORD", String(decoding: $0, as: UTF8.self), 1) }
    }
    let words = chain.words(folder: here)
    var pointers = words.map { strdup($0) } + [nil]
    execv(words[0], &pointers)
    let reason = String(cString: strerror(errno))
    for pointer in pointers { free(pointer) }
    throw Failure(description: "\(words[0]): \(reason)")
  }
}

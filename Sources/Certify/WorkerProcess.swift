import CHost
import Glibc
import JSONTree

/// This program once more, in a process that reports in lines of JSON on descriptor 3: a crash or a hang of what it
/// tries is a result.
struct WorkerProcess {
  var program: String
  var words: [String]
  /// A library to load first.
  var preload: String?

  /// Runs it to its end.
  /// - Parameters:
  ///   - pace: how often `stuck` is asked while nothing comes, in milliseconds.
  ///   - stuck: why it is given up; nil = it is not.
  ///   - take: is given each line.
  /// - Returns: how it ended, unless as it should.
  func run(pace: Int32, stuck: () -> String?, take: (JSONValue) -> Void) -> String? {
    var pointers: [UnsafeMutablePointer<CChar>?] = ([program] + words).map { strdup($0) }
    defer { pointers.forEach { free($0) } }
    pointers.append(nil)
    var child: Int32 = 0
    let descriptor = chost_spawn(program, pointers, preload, &child)
    guard descriptor >= 0 else { return "the worker cannot be started: " + String(cString: strerror(-descriptor)) }
    let why = read(descriptor, pace, stuck, take)
    close(descriptor)
    if why != nil { kill(child, SIGKILL) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    if let why { return why }
    if status & 0x7F != 0 {
      return "it crashed with signal \(status & 0x7F) (\(String(cString: strsignal(status & 0x7F))))"
    }
    return status >> 8 & 0xFF == 0 ? nil : "the worker ended with status \(status >> 8 & 0xFF)"
  }

  /// Reads lines until the worker closes its end; why it was given up, if it was.
  private func read(
    _ descriptor: Int32, _ pace: Int32, _ stuck: () -> String?, _ take: (JSONValue) -> Void
  ) -> String? {
    var buffer: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&state, 1, pace)
      if ready < 0, errno == EINTR { continue }
      if ready == 0 {
        if let why = stuck() { return why }
        continue
      }
      let count = Glibc.read(descriptor, &part, part.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return nil }
      buffer += part[..<count]
      while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        if let value = try? JSONDocument.parse(bytes: Array(buffer[..<end])) { take(value) }
        buffer.removeSubrange(...end)
      }
    }
  }
}

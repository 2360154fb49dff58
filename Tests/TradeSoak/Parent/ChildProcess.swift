import Glibc

/// A process that this one has started, with lines in both directions.
final class ChildProcess {
  private let id: pid_t
  private let input: Int32
  private let output: Int32
  private var partial: [UInt8] = []
  private var isOver = false

  /// - Throws: when the system starts no process.
  init(_ program: String, _ arguments: [String]) throws {
    var (toChild, fromChild): ([Int32], [Int32]) = ([0, 0], [0, 0])
    guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else {
      throw SoakHost.Failure("the system gives no more pipes; see ulimit -n")
    }
    // None of these is for the child, but for the two that it gets as its own input and output.
    for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, toChild[0], STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], STDOUT_FILENO)
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    var started: pid_t = 0
    let code = posix_spawn(&started, program, &actions, nil, &words, environ)
    for word in words { free(word) }
    posix_spawn_file_actions_destroy(&actions)
    close(toChild[0])
    close(fromChild[1])
    (id, input, output) = (started, toChild[1], fromChild[0])
    guard code == 0 else { throw SoakHost.Failure("\(program): \(String(cString: strerror(code)))") }
  }

  deinit {
    if !isOver { kill() }
    close(input)
    close(output)
  }

  func say(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    _ = write(input, bytes, bytes.count)
  }

  /// What it has said, waiting for so long at most; a line that is not whole yet is kept back.
  func lines(milliseconds: Int32) -> [String] {
    var wanted = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    guard poll(&wanted, 1, milliseconds) > 0 else { return [] }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = read(output, &buffer, buffer.count)
    guard count > 0 else { return [] }
    partial += buffer.prefix(count)
    guard let end = partial.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    let text = String(decoding: partial[..<end], as: UTF8.self)
    partial.removeFirst(end + 1)
    return text.split(separator: "\n").map(String.init)
  }

  /// How it ended, in words; `nil` while it runs.
  func ending() -> String? {
    var status: Int32 = 0
    guard !isOver, waitpid(id, &status, WNOHANG) == id else { return isOver ? "it has ended" : nil }
    isOver = true
    let signal = status & 0x7F
    return signal == 0 ? "it ended with code \((status >> 8) & 0xFF)" : "it ended by signal \(signal)"
  }

  /// Ends it as nothing else does: it learns nothing of it.
  func kill() {
    guard !isOver else { return }
    isOver = true
    Glibc.kill(id, SIGKILL)
    var status: Int32 = 0
    waitpid(id, &status, 0)
  }
}

import Glibc

/// Lines for people, and from the host to its parent: whole ones, whatever thread they come from.
enum Console {
  static func say(_ line: String) { put("\(line)\n", STDOUT_FILENO) }

  static func complain(_ text: String) { put(text, STDERR_FILENO) }

  private static func put(_ text: String, _ descriptor: Int32) {
    let bytes = Array(text.utf8)
    _ = write(descriptor, bytes, bytes.count)
  }
}

import Decimals
import JSONTree

/// The votes of a poll: lines of `voter,connector,votes` under a line that says so.
public struct Ballots: Sendable {
  public struct Vote: Sendable, Equatable {
    public var voter: String
    public var connector: String
    /// Above zero.
    public var votes: Decimal64
  }

  public var file: String
  public var votes: [Vote]
  static let head = "voter,connector,votes"
  private static let maximumBytes = 64 << 20

  public static func load(path: String) throws(Problems) -> Ballots {
    try parse(bytes: Files.read(path, maximumBytes: maximumBytes), file: path)
  }

  /// All mistakes are reported at once, by their lines.
  public static func parse(bytes: [UInt8], file: String) throws(Problems) -> Ballots {
    var votes: [Vote] = []
    var problems: [Problem] = []
    var seen: [String: Int] = [:]
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, bytes) in lines.enumerated() {
      let line = index + 1
      var text = Substring(String(decoding: bytes, as: UTF8.self))
      if text.last == "\r" { text = text.dropLast() }
      func wrong(_ message: String, _ remedy: String) {
        let position = JSONPosition(line: UInt32(clamping: line), column: 1)
        problems.append(Problem(.value, file: file, position: position, message: message, remedy: remedy))
      }
      if index == 0 {
        if text != head { wrong("the first line is not \"\(head)\"", "Begin the file with it") }
        continue
      }
      if text.isEmpty { continue }
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      guard parts.count == 3, !parts[0].isEmpty, !parts[1].isEmpty else {
        wrong("a vote is a voter, a connector and a number", "Write \(head); names have no comma")
        continue
      }
      guard let number = Decimal64(parts[2]), number.isPositive else {
        wrong("\"\(parts[2])\" is no number above zero", "Leave the line out where nothing is given")
        continue
      }
      let key = "\(parts[0]),\(parts[1])"
      if let first = seen.updateValue(line, forKey: key) {
        wrong("\(parts[0]) has voted for \(parts[1]) in line \(first)", "Keep one of the two")
        continue
      }
      votes.append(Vote(voter: String(parts[0]), connector: String(parts[1]), votes: number))
    }
    guard problems.isEmpty else { throw Problems(problems) }
    return Ballots(file: file, votes: votes)
  }
}

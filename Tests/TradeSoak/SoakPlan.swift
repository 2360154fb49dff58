import Catalog
import Glibc
import VenueExchange

/// Where this program and what belongs to it lie.
enum SoakPlace {
  /// The checkout's top folder.
  static let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

  /// This program's own file.
  static let program: String = {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }()

  /// Connectors lie beside this program.
  static var libraries: String { program.split(separator: "/").dropLast().map { "/\($0)" }.joined() }
}

/// What the parent reports the host by a file: where each venue is, and with which keys.
struct SoakPlan {
  struct Item {
    let venue: SoakVenue
    let url: String
    let accounts: [VenueAccount]

    /// A host's configuration with this connector alone.
    func config() throws -> Config {
      let urls = venue.hosts.map { "\"\($0)\": \"\(url)\"" }.joined(separator: ", ")
      let pairs = venue.pairs.map { "\"\($0)\"" }.joined(separator: ", ")
      let text = """
        {"schema": 1, "connectors": {"\(venue.exchange)": {
          "markets": {"\(venue.market.rawValue)": {"pairs": [\(pairs)]}}, "endpoint": {"urls": {\(urls)}}}}}
        """
      return try Config.parse(bytes: Array(text.utf8), file: "soak.json", environment: [:])
    }
  }

  var venues: [Item]
  private static let name = "/venues.txt"

  init(venues: [Item]) { self.venues = venues }

  /// Reads what `write` has written.
  init(folder: String) throws {
    guard let file = fopen(folder + Self.name, "r") else {
      throw SoakHost.Failure("\(folder)\(Self.name): cannot be read; a host is started by its parent")
    }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 4096)
    venues = []
    while fgets(&buffer, Int32(buffer.count), file) != nil {
      let bytes = buffer.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
      let words = String(decoding: bytes, as: UTF8.self).split(separator: " ").map(String.init)
      guard words.count == 3, let venue = SoakVenue(rawValue: words[0]), let seed = UInt64(words[2]) else { continue }
      venues.append(Item(venue: venue, url: words[1], accounts: venue.options(seed: seed).accounts))
    }
  }

  /// - Throws: when the folder cannot be written.
  func write(folder: String, seed: UInt64) throws {
    let text = venues.map { "\($0.venue.rawValue) \($0.url) \(seed)\n" }.joined()
    guard let file = fopen(folder + Self.name, "w") else {
      throw SoakHost.Failure("\(folder): \(String(cString: strerror(errno))); name another folder with --folder")
    }
    fputs(text, file)
    fclose(file)
  }
}

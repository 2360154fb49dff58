extension Config {
  /// The feed in shared memory: docs/feed.md.
  public struct Feed: Sendable, Equatable {
    public var isOn = true
    /// Best levels a side of each book.
    public var levels = 100
    /// Places for books; pairs beyond them are not in it.
    public var books = 256
    /// Size of each lane's ring of facts, in MiB; a power of two.
    public var ringMegabytes = 4
    /// Where the segment is made. It must be a file system in memory.
    public var folder = "/dev/shm"

    public init() {}
  }
}

extension FieldReader {
  func feed() -> Config.Feed {
    allow(only: ["enabled", "levels", "books", "ring_megabytes", "folder"])
    var feed = Config.Feed()
    feed.isOn = optional("enabled")?.bool() ?? feed.isOn
    feed.levels = optional("levels")?.int(in: 1...1000) ?? feed.levels
    feed.books = optional("books")?.int(in: 1...16_384) ?? feed.books
    if let field = optional("ring_megabytes"), let size = field.int(in: 1...1024) {
      if size & (size - 1) == 0 {
        feed.ringMegabytes = size
      } else {
        field.report(.value, "\(size) is not a power of two", remedy: "Take 1, 2, 4, 8 and so on")
      }
    }
    let folder = optional("folder")?.string("an absolute path") { $0.hasPrefix("/") && !$0.contains("\0") }
    feed.folder = folder ?? feed.folder
    return feed
  }
}

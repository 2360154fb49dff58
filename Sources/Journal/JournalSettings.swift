/// What a commit outlives. docs/journal.md states what each costs.
public enum Durability: String, Sendable, CaseIterable {
  /// The end of the process, of the system, and of power: the log is flushed to the disk at each commit.
  case full
  /// The end of the process; a failing system or power may take the last commits, never the file's health.
  case normal
  /// The end of the process; a failing system or power may leave a damaged file. For tests and simulations.
  case off
}

/// How a journal is kept.
public struct JournalSettings: Sendable {
  public var durability: Durability
  /// Pages of 4 KiB in the write-ahead log at which it is brought into the file. Above zero.
  public var checkpointPages: Int
  /// How long to wait for another program's transaction, in milliseconds. Zero or more.
  public var patienceMilliseconds: Int32
  /// Whether opening reads the whole file to find damage; about 0.3 s for 100 MB.
  public var isCheckedAtOpening: Bool
  /// SQLite's name of the file layer to use; `nil` is the system's. Tests put a failing disk here.
  public var fileLayer: String?

  public init(
    durability: Durability = .full, checkpointPages: Int = 1000, patienceMilliseconds: Int32 = 2000,
    isCheckedAtOpening: Bool = true, fileLayer: String? = nil
  ) {
    self.durability = durability
    self.checkpointPages = max(1, checkpointPages)
    self.patienceMilliseconds = max(0, patienceMilliseconds)
    self.isCheckedAtOpening = isCheckedAtOpening
    self.fileLayer = fileLayer
  }
}

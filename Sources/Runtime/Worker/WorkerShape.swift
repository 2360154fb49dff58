import CPatchbay

/// How the memory between a host and a worker is laid out. Each side writes to a file of its own, of which the other
/// only reads: what the host has written, the worker cannot change, and what the worker writes the host copies before
/// it looks at it.
///
/// The host's file: a page of words, the inputs, and a page that stays zero behind them, as readable bytes must follow
/// every payload. The worker's: a page of words and the outputs. Both rings are bytes that are counted from the start
/// of the worker's life; a place is a count modulo the ring's size.
///
/// An input stands in one piece: `header` bytes (its whole size, the record's, the payload's), the record, the payload,
/// up to a multiple of `grain`. Outputs follow one another without gaps: they say their own size. What is no output of
/// the contract is a `Word`.
package enum WorkerShape {
  static let page = 4096
  static let inputBytes = 512 << 10
  static let outputBytes = 512 << 10
  static let inputFile = page + inputBytes + page
  static let outputFile = page + outputBytes

  /// Of an input.
  static let header = 16
  static let grain = 16
  /// In the place of the record's size: the rest of the ring is left out.
  static let skip = UInt32.max
  /// The same: a piece of an input that is larger than `largestWhole`; the payload's size is that of the whole input,
  /// with its header.
  static let piece = UInt32.max - 1
  static let largestWhole = inputBytes / 4

  /// Places of words in the host's page, each in a line of its own.
  static let inputTail = 0
  static let outputHead = 64
  /// Counts how often the host went to sleep.
  static let hostSleeps = 128

  /// Places of words in the worker's page.
  static let outputTail = 0
  static let inputHead = 64
  static let workerSleeps = 128

  /// The kinds of records that are between host and worker alone, beyond those of any contract.
  enum Word {
    /// From the host: make the instance. `pb_rec`, the connector's place in its table; the payload is its
    /// configuration.
    static let create: UInt16 = 0xFF01
    /// From the worker: the state of each layer, an `Int32` each.
    static let layers: UInt16 = 0xFF10
    /// A connector's descriptor, in the order of the table.
    static let descriptor: UInt16 = 0xFF11
    /// The library is loaded, and all descriptors have come.
    static let loaded: UInt16 = 0xFF12
    /// It cannot be loaded; the number says how (`Refusal`), the text why.
    static let refused: UInt16 = 0xFF13
    /// An input was answered with this status.
    static let answer: UInt16 = 0xFF14
    /// A record was emitted that is none: it is of this size, or there is nothing of it.
    static let dropped: UInt16 = 0xFF15
    /// An input is answered with more than it may be.
    static let exceeded: UInt16 = 0xFF16

    static let first = layers
  }

  /// Why a library was not loaded.
  enum Refusal: UInt32 {
    /// A layer that is needed could not be put on.
    case unconfined = 1
    case linker, noEntry, badTable
  }

  /// What stands before a word's bytes: a record's start, a number, and how many bytes there are.
  static let wordHead = MemoryLayout<pb_rec>.size + 8
  /// Most bytes of a word's text.
  static let longestText = 1 << 20
}

import Records

/// Is handed the facts of a session as records, once the session's view has taken them: what stands in the view is at
/// least as new. Called on the lane, on the path of every message: it must not allocate, wait, or enter the session.
///
/// A class and not a protocol, so that a session can hold it without counting references.
open class FactTap {
  public init() {}

  /// A book record that was applied, or that is about a book that is being built aside.
  open func book(_ record: RecordReader, _ times: Times) {}

  /// A public trade that was taken into the tape.
  open func trade(_ record: RecordReader, _ times: Times) {}

  /// Any other fact (`PB_EV_`).
  open func fact(_ record: RecordReader, _ times: Times) {}

  /// The book of an instrument refused a record that the connector had called proved; it is not ready any more.
  open func refused(_ instrument: UInt64, _ times: Times) {}
}

extension Array {
  /// The elements' bytes where they are, with their count. At 8 for 64-bit elements.
  func withRecord<Result>(_ body: (UnsafeRawPointer, Int) throws -> Result) rethrows -> Result {
    try withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { preconditionFailure("an empty array has no address") }
      return try body(base, bytes.count)
    }
  }
}

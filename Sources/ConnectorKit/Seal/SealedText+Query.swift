extension SealedText {
  /// What stands behind the first `?`, for exchanges that sign a query by itself; empty where there is none.
  public var query: SealedText {
    var (result, isInside) = (SealedText(), false)
    for part in parts {
      switch part {
      case .literal(let bytes) where !isInside:
        guard let mark = bytes.firstIndex(of: UInt8(ascii: "?")) else { continue }
        isInside = true
        result.append(bytes[(mark + 1)...])
      case .literal(let bytes): result.append(bytes)
      case .seal(let seal): if isInside { result.append(seal) }
      }
    }
    return result
  }
}

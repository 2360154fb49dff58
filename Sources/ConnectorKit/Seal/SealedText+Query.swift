extension SealedText {
  /// The same without the first `?`, for exchanges that sign path and query as one text.
  public var withoutMark: SealedText {
    var (result, isBehind) = (SealedText(), false)
    for part in parts {
      switch part {
      case .literal(let bytes):
        if !isBehind, let mark = bytes.firstIndex(of: UInt8(ascii: "?")) {
          isBehind = true
          result.append(bytes[..<mark])
          result.append(bytes[(mark + 1)...])
        } else {
          result.append(bytes)
        }
      case .seal(let seal): result.append(seal)
      }
    }
    return result
  }

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

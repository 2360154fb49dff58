/// What a reader of JSON accepts. The limits hold for every text.
public struct JSONOptions: Sendable {
  /// Accept `//` and `/* */` comments.
  public var allowsComments: Bool
  /// Accept a comma behind the last element or member.
  public var allowsTrailingCommas: Bool
  /// Longest text, in bytes.
  public var maximumBytes: Int
  /// Deepest nesting of arrays and objects.
  public var maximumDepth: Int

  public init(
    allowsComments: Bool = false, allowsTrailingCommas: Bool = false, maximumBytes: Int = 64 << 20,
    maximumDepth: Int = 128
  ) {
    self.allowsComments = allowsComments
    self.allowsTrailingCommas = allowsTrailingCommas
    self.maximumBytes = maximumBytes
    self.maximumDepth = maximumDepth
  }

  /// RFC 8259 and nothing else: registry, manifests, descriptors, recordings.
  public static let strict = JSONOptions()
  /// With comments and trailing commas: files that people write.
  public static let relaxed = JSONOptions(
    allowsComments: true, allowsTrailingCommas: true, maximumBytes: 1 << 20, maximumDepth: 64)
}

/// Reading JSON texts. Cost is linear in the text; no byte is looked at outside it.
public enum JSONDocument {
  /// Reads one value from a whole text. `file` names the text in errors.
  public static func parse(
    bytes: [UInt8], file: String = "<text>", options: JSONOptions = .strict
  ) throws(JSONError) -> JSONValue {
    // Typed errors do not pass through withUnsafeBufferPointer's closure, hence the Result.
    try bytes.withUnsafeBufferPointer { parseResult($0, file: file, options: options) }.get()
  }

  /// Reads one value from borrowed bytes; the tree keeps none of them.
  public static func parse(
    buffer: UnsafeBufferPointer<UInt8>, file: String = "<text>", options: JSONOptions = .strict
  ) throws(JSONError) -> JSONValue {
    try parseResult(buffer, file: file, options: options).get()
  }

  /// Reads one value from a string.
  public static func parse(
    text: String, file: String = "<text>", options: JSONOptions = .strict
  ) throws(JSONError) -> JSONValue {
    try parse(bytes: Array(text.utf8), file: file, options: options)
  }

  private static func parseResult(
    _ buffer: UnsafeBufferPointer<UInt8>, file: String, options: JSONOptions
  ) -> Result<JSONValue, JSONError> {
    var parser = JSONParser(bytes: buffer, options: options)
    do {
      return .success(try parser.document())
    } catch {
      return .failure(JSONError(file: file, position: parser.position(of: error.offset), reason: error.reason))
    }
  }
}

/// What a library gives to others and takes from them, as its file says; none of its code runs.
public struct LibrarySymbols: Sendable {
  public let exports: [String]
  public let imports: [String]

  /// - Throws: why it is no library that could be loaded here, with the remedy.
  public init(file: String) throws(LoadFault) {
    (exports, imports) = try LibraryLoader.symbols(file: file)
  }
}

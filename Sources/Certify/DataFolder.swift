import Glibc
import JSONTree
import Runtime

/// A folder of conformance data; parts that are missing are empty.
struct DataFolder: Sendable {
  let path: String

  /// The names in a folder, sorted.
  private func names(_ folder: String) -> [String] {
    guard let handle = opendir("\(path)/\(folder)") else { return [] }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  func json(_ file: String) throws -> JSONValue {
    try JSONDocument.parse(bytes: try GzipFile.read("\(path)/\(file)"), file: file)
  }

  /// Captures of an exchange: `<name>-YYYY-MM-DD`.
  func captures(_ exchange: String) -> [String] {
    names("captures").compactMap { file in
      guard let name = file.split(separator: ".jsonl").first.map(String.init), file.contains(".jsonl") else {
        return nil
      }
      let date = name.dropFirst(exchange.count)
      let isDate = date.count == 11 && date.first == "-" && date.dropFirst().allSatisfy { $0.isNumber || $0 == "-" }
      return name.hasPrefix(exchange) && (isDate || date.isEmpty) ? name : nil
    }
  }

  func capture(_ name: String) throws -> Capture {
    let packed = "\(path)/captures/\(name).jsonl.gz"
    return try Capture(file: access(packed, R_OK) == 0 ? packed : "\(path)/captures/\(name).jsonl")
  }

  /// Sequences of an exchange, without `.jsonl`.
  func sequences(_ exchange: String) -> [String] {
    names("sequences/\(exchange)").compactMap { file in
      file.contains(".jsonl") ? file.split(separator: ".jsonl").first.map(String.init) : nil
    }
  }

  func sequence(_ name: String, of exchange: String) throws -> Capture {
    let plain = "\(path)/sequences/\(exchange)/\(name).jsonl"
    return try Capture(file: access(plain, R_OK) == 0 ? plain : plain + ".gz")
  }

  func hasFile(_ file: String) -> Bool { access("\(path)/\(file)", R_OK) == 0 }

  /// Samples of an exchange, without `.json`.
  func payloads(_ exchange: String) -> [String] {
    names("payloads/\(exchange)").filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".count)) }
  }
}

import Glibc

/// The files of the web page, read once at the start: what stands in its folder, and the chart library where it is
/// installed. A value.
package struct PageFiles: Sendable {
  package struct File: Sendable {
    package let type: String
    package let bytes: [UInt8]
  }

  /// By the part of the path behind `/page/`.
  package private(set) var files: [String: File] = [:]
  /// Where the page was looked for; for people.
  package let folders: [String]

  /// Where Debian's package `libjs-dygraphs` puts the chart library.
  package static let chartFolder = "/usr/share/javascript/dygraphs"
  /// Its files, and what the page calls them.
  private static let charts = [("dygraph.min.js", "dygraph.js"), ("dygraph.min.css", "dygraph.css")]
  /// Most bytes of one file, and files of a folder.
  private static let mostBytes = 1 << 20
  private static let mostFiles = 64

  private static let types = [
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
  ]

  /// Reads the first of `folders` that holds an `index.html`.
  package init(folders: [String], chartFolder: String = PageFiles.chartFolder) {
    self.folders = folders
    guard let folder = folders.first(where: { access("\($0)/index.html", R_OK) == 0 }) else { return }
    for name in Self.names(in: folder).prefix(Self.mostFiles) {
      guard let ending = name.split(separator: ".").last, let type = Self.types[String(ending)],
        let bytes = Self.bytes("\(folder)/\(name)")
      else { continue }
      files[name] = File(type: type, bytes: bytes)
    }
    for (name, called) in Self.charts {
      guard let ending = called.split(separator: ".").last, let type = Self.types[String(ending)],
        let bytes = Self.bytes("\(chartFolder)/\(name)")
      else { continue }
      files[called] = File(type: type, bytes: bytes)
    }
  }

  /// Where a host looks for its page: beside its executable, as the package installs it, and in the package that it was
  /// built in.
  package static func folders(executable folder: String) -> [String] {
    ["\(folder)/page", "\(folder)/../share/patchbay/page", "\(folder)/../../../page"]
  }

  package var isThere: Bool { files["index.html"] != nil }
  package var hasCharts: Bool { files["dygraph.js"] != nil }

  private static func names(in folder: String) -> [String] {
    guard let opened = opendir(folder) else { return [] }
    defer { closedir(opened) }
    var names: [String] = []
    while let entry = readdir(opened) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  /// `nil` where it cannot be read, or is too long.
  private static func bytes(_ file: String) -> [UInt8]? {
    guard let opened = fopen(file, "re") else { return nil }
    defer { fclose(opened) }
    var bytes = [UInt8](repeating: 0, count: mostBytes + 1)
    let count = fread(&bytes, 1, bytes.count, opened)
    return count <= mostBytes && ferror(opened) == 0 ? Array(bytes[..<count]) : nil
  }
}

/// The page for people: files without a token; all that they show, they ask for with one.
extension GatewayServer {
  /// What the page may do in a browser: run its own scripts, ask this host, and nothing else.
  private static let headers = [
    (
      "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'"
    ),
    ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
  ]

  func page(_ request: APIRequest, _ name: String) throws(APIError) {
    guard page.isThere else {
      throw APIError(
        "not_found", "the web page is not installed", remedy: "put it at \(page.folders.first ?? "page")")
    }
    guard let file = page.files[name] else {
      let isChart = name.hasPrefix("dygraph.")
      throw APIError(
        "not_found", "there is no /page/\(name)", remedy: isChart ? "apt-get install libjs-dygraphs" : nil)
    }
    var answer = HTTPAnswer(bytes: file.bytes, type: file.type)
    answer.headers = Self.headers
    finish(request.exchange, answer)
  }
}

import Catalog
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

/// Where Patchbay's sources are, as far as connectors are built from them: the kits, the contract and the templates. A
/// checkout has them, and the Debian package has a part of one in `/usr/lib/patchbay/sdk`.
struct SourceFolder {
  let path: String
  /// It came with an installed program, which is then in PATH.
  let isInstalled: Bool

  /// - Throws: when there are none.
  init(_ named: String?, executableFolder: String) throws(Problem) {
    let above = (1...4).map { executableFolder + String(repeating: "/..", count: $0) }
    let places = named.map { [$0] } ?? ["\(executableFolder)/sdk"] + above
    guard let found = places.first(where: { access("\($0)/examples/templates/exchange", R_OK) == 0 }) else {
      throw Problem(
        .unreadable, file: named ?? executableFolder,
        message: "Patchbay's sources with examples/templates are not here",
        remedy: "Name a checkout by --patchbay DIR")
    }
    isInstalled = found == "\(executableFolder)/sdk"
    var whole = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    path = realpath(found, &whole) == nil
      ? found : String(decoding: whole.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// A project before it is written. Its files are those of an exchange that is made up, of one that is more like it, and
/// of the language; a later one stands in the place of an earlier.
struct ProjectTemplate {
  let name: ProjectName
  let language: ProjectLanguage
  let shape: ProjectShape
  let sources: SourceFolder

  private var layers: [String] {
    let shapes = shape == .webSocketSnapshots ? [shape] : [.webSocketSnapshots, shape]
    return ["exchange", language.rawValue].flatMap { folder in shapes.map { "\(folder)/\($0.rawValue)" } }
  }

  /// The file of a language's layer whose lines go into the table of the README.
  private static let files = "FILES"

  /// Whether there is one of this shape in this language.
  var exists: Bool { access("\(sources.path)/examples/templates/\(language.rawValue)/\(shape.rawValue)", R_OK) == 0 }

  /// Writes the project into a folder that is not there yet.
  /// - Returns: how many files it has.
  func write(to folder: String) throws -> Int {
    guard exists else {
      throw Problem(
        .unavailable, file: "--like", message: "there is no template like \(shape.rawValue) in \(language.rawValue)",
        remedy: "Take --lang swift, or begin with --like websocket-snapshots: the kit's README has the records and "
          + "seals of a private side")
    }
    var files: [String: [UInt8]] = [:]
    for layer in layers {
      let root = "\(sources.path)/examples/templates/\(layer)"
      for path in try Self.paths(below: root) { files[path] = try GzipFile.read("\(root)/\(path)") }
    }
    let table = String(decoding: files.removeValue(forKey: Self.files) ?? [], as: UTF8.self)
    guard mkdir(folder, 0o777) == 0 else {
      let reason = String(cString: strerror(errno))
      throw errno == EEXIST
        ? Problem(
          .conflict, file: folder, message: "there is something of this name already, and it stays as it is",
          remedy: "Take another name, or move it away")
        : Problem(.unreadable, file: folder, message: "cannot be made: \(reason)", remedy: "Go to a folder of your own")
    }
    for path in files.keys.sorted() {
      let text = String(decoding: files[path] ?? [], as: UTF8.self)
      // As README.md it would be one of this tree.
      let own = path == "README.in" ? "README.md" : named(path)
      try Self.write(filled(text, table), to: "\(folder)/\(own)")
    }
    return files.count
  }

  private func filled(_ text: String, _ table: String) -> String {
    let host = sources.isInstalled ? "patchbay" : "\(sources.path)/.build/release/patchbay"
    let docs = sources.isInstalled ? "/usr/share/doc/patchbay/docs" : "\(sources.path)/docs"
    var text = text
    if text.contains("@") {
      let table = table.split(separator: "\n").joined(separator: "\n")
      for (mark, value) in [
        ("@FILES@", table), ("@PATCHBAY@", sources.path), ("@HOST@", host), ("@DOCS@", docs),
      ] { text = text.replacing(mark, with: value) }
    }
    return named(text.replacing("sandbar.example", with: "\(name.host).example"))
  }

  /// The exchange of the templates is called Sandbar.
  private func named(_ text: String) -> String {
    text.replacing("sandbar", with: name.id).replacing("Sandbar", with: name.type)
      .replacing("SANDBAR", with: name.id.uppercased())
  }

  // MARK: Files

  /// Paths of all files below a folder that is there, sorted.
  private static func paths(below root: String) throws(Problem) -> [String] {
    guard let handle = opendir(root) else {
      throw Problem(
        .unreadable, file: root, message: "the template cannot be read: \(String(cString: strerror(errno)))",
        remedy: "Install Patchbay again, or name a checkout by --patchbay DIR")
    }
    defer { closedir(handle) }
    var paths: [String] = []
    while let entry = readdir(handle) {
      let (isFolder, name) = withUnsafePointer(to: &entry.pointee.d_name) { place in
        let name = place.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        var status = stat()
        return (stat("\(root)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR, name)
      }
      if name == "." || name == ".." || name == "build" { continue }
      if isFolder {
        paths += try Self.paths(below: "\(root)/\(name)").map { "\(name)/\($0)" }
      } else {
        paths.append(name)
      }
    }
    return paths.sorted()
  }

  private static func write(_ text: String, to file: String) throws(Problem) {
    for (place, letter) in file.enumerated() where letter == "/" { mkdir(String(file.prefix(place)), 0o777) }
    let bytes = Array(text.utf8)
    guard let handle = fopen(file, "wx") else {
      throw Problem(.unreadable, file: file, message: "cannot be written: \(String(cString: strerror(errno)))")
    }
    let count = fwrite(bytes, 1, bytes.count, handle)
    guard fclose(handle) == 0, count == bytes.count else {
      throw Problem(
        .unreadable, file: file, message: "could not be written whole",
        remedy: "Make room, remove the folder, and begin again")
    }
  }
}

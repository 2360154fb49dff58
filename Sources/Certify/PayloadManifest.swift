import JSONTree
import Runtime

/// `payloads` of certification.json: a list of rules; an object with what its rules share; or the name of a file beside
/// that holds either, for libraries whose connectors read the same messages. An object may name such a file too: its
/// own rules come first.
struct PayloadManifest: Sendable {
  var rules: [PayloadRule] = []
  /// Answers while samples are looked at, ahead of those of `trading`.
  var replies: [TradingScript.Reply] = []
  var frames: [TradingScript.FrameReply] = []
  var instruments: SampleInstruments?
  /// How samples of binary messages are sent, which stand as JSON.
  var protobuf: ProtobufForm?

  init() {}

  init(_ value: JSONValue, _ reader: inout ManifestReader) {
    read(value.string.map { PayloadManifest.content(of: $0, value, &reader) } ?? value, &reader)
  }

  private static func content(of name: String, _ value: JSONValue, _ reader: inout ManifestReader) -> JSONValue {
    do {
      return try JSONDocument.parse(bytes: try GzipFile.read(reader.beside(name)), file: name)
    } catch {
      reader.fault(value, "payloads", "\(error)", "name a file beside certification.json")
      return []
    }
  }

  private mutating func read(_ value: JSONValue, _ reader: inout ManifestReader) {
    guard value.object != nil else {
      rules = (value.array ?? []).compactMap { PayloadRule($0, &reader) }
      return
    }
    reader.keys(value, "payloads", ["file", "instruments", "replies", "frames", "rules", "protobuf"])
    if let name = value["file"]?.string { read(PayloadManifest.content(of: name, value, &reader), &reader) }
    rules = (value["rules"]?.array ?? []).compactMap { PayloadRule($0, &reader) } + rules
    let script = TradingScript(
      JSONValue(.object((value.object ?? []).filter { ["replies", "frames"].contains($0.key) })), &reader)
    (replies, frames) = (script.replies + replies, script.frames + frames)
    if let described = value["instruments"] {
      instruments = SampleInstruments(described, "payloads.instruments", &reader)
    }
    if let form = value["protobuf"] { protobuf = ProtobufForm(form, "payloads.protobuf", &reader) }
  }
}

/// Samples name symbols of any day; this is how the exchange would describe them, so that a rule need not list them.
struct SampleInstruments: Sendable {
  /// Under which names a sample has symbols, at any depth.
  var keys: [String]
  /// Texts that are symbols wherever they stand, for messages that are arrays without names.
  var texts: [Pattern]
  /// Symbols of products that are not the connector's.
  var except: [Pattern]
  /// For samples that name none.
  var otherwise: String
  /// Which request asks for instruments, its answer, where in it they stand, and one of them; `"{}"` is the symbol,
  /// `"{1}"`, `"{2}"` its parts at `split`.
  var path: Pattern
  var body: JSONValue
  var at: String
  var entry: JSONValue
  /// What stands between the parts of a symbol; empty = it has none.
  var split: String
  /// What ends a symbol, where more follows it in the same text; empty = nothing does.
  var before: String
  /// What stands in front of a symbol in its text; empty = nothing does.
  var after: String
  /// The name of an entry, where they stand in an object; nil where they stand in a list.
  var name: String?

  init?(_ value: JSONValue, _ field: String, _ reader: inout ManifestReader) {
    reader.keys(
      value, field,
      ["keys", "texts", "except", "otherwise", "path", "body", "at", "entry", "split", "before", "after", "name"])
    guard let body = value["body"], let at = value["at"]?.string, let entry = value["entry"] else {
      reader.fault(value, field, "lacks \"body\", \"at\" or \"entry\"", "see docs/certification.md")
      return nil
    }
    keys = value["keys"].map { reader.texts($0, field + ".keys") } ?? []
    texts = (value["texts"].map { reader.texts($0, field + ".texts") } ?? []).map { Pattern($0) }
    except = (value["except"].map { reader.texts($0, field + ".except") } ?? []).map { Pattern($0) }
    otherwise = reader.text(value["otherwise"] ?? nil, field + ".otherwise")
    path = Pattern(reader.text(value["path"] ?? nil, field + ".path"))
    (self.body, self.at, self.entry) = (body, at, entry)
    split = value["split"]?.string ?? ""
    before = value["before"]?.string ?? ""
    after = value["after"]?.string ?? ""
    name = value["name"]?.string
  }

  /// The exchange's list of what samples name.
  /// - Parameter symbols: more of them.
  func reply(for samples: [JSONValue], and symbols: [String] = []) -> TradingScript.Reply {
    var symbols = symbols
    for sample in samples { collect(sample, &symbols) }
    if symbols.isEmpty { symbols = [otherwise] }
    let entries = symbols.map { symbol in entry.mapStrings { JSONValue(.string(filled($0, symbol))) } }
    let list = name.map { name in
      JSONValue(.object(zip(symbols, entries).map { JSONMember(filled(name, $0), $1) }))
    }
    let text = JSONWriter.compact(body.setting(at, to: list ?? JSONValue(.array(entries))))
    return TradingScript.Reply(method: nil, path: path, status: 200, body: Array(text.utf8), isOnce: false)
  }

  private func filled(_ text: String, _ symbol: String) -> String {
    var text = text.replacing("{}", with: symbol)
    guard !split.isEmpty else { return text }
    let parts = symbol.split(separator: split, omittingEmptySubsequences: false)
    for (place, part) in parts.enumerated() { text = text.replacing("{\(place + 1)}", with: part) }
    return text
  }

  private func collect(_ value: JSONValue, _ symbols: inout [String]) {
    if let inner = value.embedded { return collect(inner, &symbols) }
    if let text = value.string, texts.contains(where: { $0.matches(text) }) { take(text, &symbols) }
    for element in value.array ?? [] { collect(element, &symbols) }
    for member in value.object ?? [] {
      if texts.contains(where: { $0.matches(member.key) }) { take(member.key, &symbols) }
      guard keys.contains(member.key), let text = member.value.string ?? member.value.number else {
        collect(member.value, &symbols)
        continue
      }
      take(text, &symbols)
    }
  }

  private func take(_ text: String, _ symbols: inout [String]) {
    let symbol = text.after(after).before(before)
    let isOther = symbol.isEmpty || except.contains { $0.matches(symbol) }
    if !isOther, !symbols.contains(symbol) { symbols.append(symbol) }
  }
}

extension ManifestReader {
  /// The path of a file in the same folder.
  func beside(_ name: String) -> String {
    let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return folder.isEmpty ? name : "\(folder)/\(name)"
  }
}

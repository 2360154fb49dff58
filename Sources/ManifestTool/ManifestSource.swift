import Catalog
import JSONTree

/// The Swift file that carries a connector's manifests into its library: descriptors, and the requests that are
/// permitted as constants, so that neither hosts nor paths stand a second time in code.
public enum ManifestSource {
  public static func path(plugin: String) -> String { "Plugins/\(plugin)/Sources/Manifest.swift" }

  /// - Parameter manifests: those of one folder, the main one first.
  public static func text(plugin: String, _ manifests: [ConnectorManifest]) -> String {
    var text = """
      // Written by `make manifests` from the manifests in this connector's folder: edit those. A test compares them.

      import ConnectorKit

      /// What the library says of its connectors: see `descriptor_json` in patchbay.h.
      public enum \(plugin)Manifest {

      """
    for manifest in manifests {
      for connector in manifest.manifest.connectors {
        text += "  public static let \(constant(connector.id)): StaticString = #\"\"\"\n"
        for line in wrapped(JSONWriter.compact(manifest.descriptor(of: connector))) { text += "    \(line)\n" }
        text += "    \"\"\"#\n"
      }
    }
    text += "}\n"
    let acts = constants(manifests)
    if !acts.isEmpty {
      text += "\n/// The requests that the manifest permits.\nextension PermittedAct {\n" + acts.joined() + "}\n"
    }
    return text + LimitSource.text(manifests)
  }

  /// An act of a further manifest that is unlike the main one's has its manifest's id in front.
  private static func constants(_ manifests: [ConnectorManifest]) -> [String] {
    var known: [String: PermittedAct] = [:]
    var lines: [String] = []
    for (place, manifest) in manifests.enumerated() {
      for act in manifest.manifest.acts {
        // A path with a token in it is put together where the token is.
        let hasToken = act.sealed.contains { $0.hasPrefix("path:") }
        guard case .http(let method, let path) = act.target, !hasToken else { continue }
        if let main = known[act.name], main.target == act.target { continue }
        let name = place == 0 || known[act.name] == nil ? act.name : "\(manifest.manifest.id)_\(act.name)"
        known[act.name] = known[act.name] ?? act
        let end = priority(act).map { ", priority: .\($0))" } ?? ")"
        let values = "\"\(act.name)\", .\(method.rawValue.lowercased()), \"\(path)\"" + end
        let start = "  static let \(constant(name)) = PermittedAct("
        let isShort = start.utf8.count + values.utf8.count <= longestLine
        lines.append(start + (isShort ? "" : "\n    ") + values + "\n")
      }
    }
    return lines
  }

  static let longestLine = 120

  /// Compact JSON in lines that end behind a comma of its own.
  private static func wrapped(_ json: String) -> [Substring] {
    var lines: [Substring] = []
    var (start, breakable, width) = (json.startIndex, json.startIndex, 0)
    var (isText, isEscaped) = (false, false)
    for index in json.indices {
      let character = json[index]
      if isEscaped {
        isEscaped = false
      } else if character == "\"" {
        isText.toggle()
      } else {
        isEscaped = isText && character == "\\"
      }
      width += 1
      if width > longestLine - 4, breakable > start {
        lines.append(json[start..<breakable])
        width = json.distance(from: breakable, to: index) + 1
        start = breakable
      }
      if character == ",", !isText { breakable = json.index(after: index) }
    }
    return lines + [json[start...]]
  }

  /// Cancels go before orders, and those before questions.
  private static func priority(_ act: PermittedAct) -> String? {
    guard act.kind == .trade else { return nil }
    return act.rules.verb == .cancel ? "cancel" : "order"
  }

  /// `order_history` is `orderHistory`.
  static func constant(_ name: String) -> String {
    let words = name.split(separator: "_")
    return words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
  }
}

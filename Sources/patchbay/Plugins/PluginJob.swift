import Catalog
import JSONTree
import PluginStore
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

/// What the verbs of `patchbay plugin` have in common: the configuration, the catalog, the rules, the folder.
struct PluginJob {
  let options: Arguments
  let environment: CommandEnvironment
  let config: Config?
  let catalog: Catalog

  init(_ options: Arguments, _ environment: CommandEnvironment) throws {
    (self.options, self.environment) = (options, environment)
    config = try environment.loadConfig(options["config"])
    catalog = try environment.loadCatalog(options, config: config)
  }

  var folder: String { config.map { $0.resolve($0.pluginFolder) } ?? "plugins.d" }

  var replacing: Set<String> { Set(config?.connectors.filter(\.replacesRegistry).map(\.id) ?? []) }

  /// What a deployment lets it do.
  func decision(_ finding: TrustFinding, _ id: String) -> TrustDecision {
    TrustPolicy.decide(finding, id: id, config?[id], requiresSigned: catalog.rules.requiresSigned)
  }

  /// What is installed under a name; what is wrong with it is said where it is there and cannot be used.
  func item(_ name: String) throws -> Catalog.Item {
    do throws(NameFault) {
      return try catalog.item(named: name)
    } catch {
      _ = environment.report(catalog.problems.filter { $0.file.contains("/\(name)/") })
      throw error
    }
  }

  /// Whether a word is a path, and not an id.
  static func isPath(_ word: String) -> Bool {
    word.contains("/") || word.contains(".") || access(word, F_OK) == 0
  }

  /// Refuses what must not take a place in the plugin folder.
  func admit(_ source: PluginSource, _ finding: TrustFinding) throws {
    let (id, isUnsignedFine) = (source.manifest.id, options.flags.contains("unsigned"))
    let decision = decision(finding, id)
    guard decision.mayLoad else {
      throw PluginFailure("\(source.path): \(id) is not installed: \(decision.reason)", decision.remedy)
    }
    guard finding.isVouchedFor || isUnsignedFine else {
      let key = finding.keyID.map { "with its author's key (\($0)), " } ?? ""
      throw PluginFailure(
        "\(source.path): \(id) is not installed: \(finding.reason)",
        "patchbay plugin trust add \(id) KEY, \(key)or with sha256:\(finding.manifestSHA256 ?? ""); --unsigned "
          + "installs it all the same, to trade on paper")
    }
  }
}

/// Why a verb did nothing.
struct PluginFailure: Error, CustomStringConvertible {
  var message: String
  var remedy: String
  var description: String { message + (remedy.isEmpty ? "" : "; \(remedy)") }

  init(_ message: String, _ remedy: String = "") { (self.message, self.remedy) = (message, remedy) }
}

/// Lines of a label and a text each.
struct LabelledLines {
  private(set) var text = ""

  mutating func add(_ label: String, _ value: String?) {
    guard let value, !value.isEmpty else { return }
    text += "  " + label.padding(to: 12) + value + "\n"
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}

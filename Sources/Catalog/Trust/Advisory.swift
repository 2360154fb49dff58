import JSONTree

/// A warning that stops a connector: some of its versions or files must not be run.
public struct Advisory: Sendable, Equatable {
  /// The id of the registry's entry or of the manifest.
  public var connector: String
  /// The day it was given: `2026-11-30`.
  public var date: String
  /// The versions that are meant, and all that are older than `before`.
  public var versions: [String]
  public var before: String?
  /// The libraries or manifests that are meant, by their SHA-256.
  public var sha256: [String]
  /// Why.
  public var text: String
  /// What to do; empty = nothing but not to run it.
  public var remedy: String
  public var source: TrustSource

  /// Whether it stops these bytes.
  public func stops(_ connector: String, version: String, hashes: [String?]) -> Bool {
    guard connector == self.connector else { return false }
    if versions.contains(version) || hashes.contains(where: { $0.map(sha256.contains) ?? false }) { return true }
    return before.map { VersionOrder.isOlder(version, $0) } ?? false
  }

  /// In words: which, why, since when, and what to do.
  public var words: String {
    let action = remedy.isEmpty ? "install a version that it does not name, or remove it" : remedy
    return "stopped by an advisory of \(source.words) of \(date): \(text); \(action)"
  }
}

extension FieldReader {
  /// `advisories` of an entry of the registry, where `connector` is the entry's id, or of `trust.json`.
  func advisories(of connector: String?, _ source: TrustSource) -> [Advisory] {
    elements().compactMap { element in
      let own = ["date", "versions", "before", "sha256", "text", "remedy"]
      element.allow(only: connector == nil ? ["connector"] + own : own)
      let id = connector ?? element.required("connector")?.identifier()
      let date = element.required("date")?.string("a day such as 2026-11-30", where: NameForm.isDay)
      let isVersion = NameForm.isVersion
      let versions = element.optional("versions")?.names("a version such as 1.2.3", isVersion)
      let before = element.optional("before")?.string("a version such as 1.2.3", where: isVersion)
      let hashes = element.optional("sha256")?.names(
        "a SHA-256 in 64 lower-case hexadecimal digits", NameForm.isSHA256)
      let text = element.required("text")?.string("a reason") { !$0.isEmpty }
      let remedy = element.optional("remedy")?.string()
      if (versions ?? []).isEmpty, before == nil, (hashes ?? []).isEmpty {
        element.report(
          .missing, "it does not say what it stops", remedy: "Add \"versions\", \"before\" or \"sha256\"")
      }
      guard let id, let date, let text else { return nil }
      return Advisory(
        connector: id, date: date, versions: versions ?? [], before: before, sha256: hashes ?? [], text: text,
        remedy: remedy ?? "", source: source)
    }
  }
}

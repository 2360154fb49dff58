import JSONTree

/// A field in which a library's descriptor is not what its manifest says.
public struct FieldDifference: Equatable, Sendable, CustomStringConvertible {
  /// The connector's id; empty when the library as a whole is meant.
  public var connector: String
  public var field: String
  /// What the manifest says, as compact JSON; nil = nothing.
  public var manifest: String?
  /// What the library says, as compact JSON; nil = nothing.
  public var library: String?

  public var description: String {
    let place = connector.isEmpty ? field : "\(connector).\(field)"
    return "\(place): the manifest says \(manifest ?? "nothing"), the library says \(library ?? "nothing")"
  }
}

extension Manifest {
  /// Compares a library's descriptors with this manifest alone; see `differences(of:from:)`.
  public func differences(from descriptors: [JSONValue]) -> [FieldDifference] {
    Manifest.differences(of: [self], from: descriptors)
  }

  /// Compares the descriptors of a library (the JSON of each `pb_connector.descriptor_json`) with all manifests that
  /// name it, and says where they differ; empty = they agree.
  ///
  /// Compared are the ids, for each connector its `kind`, `name` and `version`, and per manifest `hosts`, `extensions`
  /// and `credentials` (by name, secret and required), which are the union over its connectors. Order does not count.
  /// Fields that a descriptor does not state are not compared, but for the id and kind.
  public static func differences(of manifests: [Manifest], from descriptors: [JSONValue]) -> [FieldDifference] {
    var result: [FieldDifference] = []
    var byID: [String: JSONValue] = [:]
    for descriptor in descriptors {
      guard let id = descriptor["id"]?.string else {
        result.append(FieldDifference(connector: "", field: "id", library: text(descriptor["id"])))
        continue
      }
      if byID.updateValue(descriptor, forKey: id) != nil {
        result.append(FieldDifference(connector: id, field: "id", library: "the same id twice"))
      }
    }
    var claimed: Set<String> = []
    for manifest in manifests {
      result += manifest.differences(fromNamed: byID)
      claimed.formUnion(manifest.connectors.map(\.id))
    }
    for id in byID.keys.sorted() where !claimed.contains(id) {
      result.append(FieldDifference(connector: id, field: "id", library: text(JSONValue(.string(id)))))
    }
    return result
  }

  private func differences(fromNamed descriptors: [String: JSONValue]) -> [FieldDifference] {
    var result: [FieldDifference] = []
    var own: [(id: String, descriptor: JSONValue)] = []
    for connector in connectors {
      guard let descriptor = descriptors[connector.id] else {
        result.append(
          FieldDifference(connector: connector.id, field: "id", manifest: Self.text(JSONValue(.string(connector.id)))))
        continue
      }
      own.append((connector.id, descriptor))
      let expected = [("kind", connector.market.rawValue), ("name", name), ("version", version)]
      for (field, value) in expected where descriptor[field] != nil || field == "kind" {
        guard descriptor[field]?.string != value else { continue }
        result.append(
          FieldDifference(
            connector: connector.id, field: field, manifest: Self.text(JSONValue(.string(value))),
            library: Self.text(descriptor[field])))
      }
    }
    result += differences("hosts", Set(hosts), own) { $0.string }
    result += differences("extensions", Set(extensions), own) { $0.string }
    result += differences("credentials", Set(credentials.map(Self.summary)), own, item: Self.summary)
    return result
  }

  /// Compares a list that the connectors state together. What only one of them says too much is reported under its id,
  /// what all of them leave out under the library.
  private func differences(
    _ field: String, _ expected: Set<String>, _ own: [(id: String, descriptor: JSONValue)],
    item: (JSONValue) -> String?
  ) -> [FieldDifference] {
    var result: [FieldDifference] = []
    var stated: Set<String> = []
    var isStated = false
    for (id, descriptor) in own {
      guard let value = descriptor[field] else { continue }
      isStated = true
      guard let elements = value.array else {
        result.append(FieldDifference(connector: id, field: field, library: Self.text(value)))
        continue
      }
      for element in elements {
        guard let name = item(element), expected.contains(name) else {
          result.append(FieldDifference(connector: id, field: field, library: Self.text(element)))
          continue
        }
        stated.insert(name)
      }
    }
    guard isStated else { return result }
    return result + expected.subtracting(stated).sorted().map {
      FieldDifference(connector: "", field: field, manifest: $0)
    }
  }

  private static func summary(_ field: CredentialField) -> String {
    "\(field.name) (\(field.secret ? "secret" : "public"), \(field.required ? "required" : "optional"))"
  }

  private static func summary(_ value: JSONValue) -> String? {
    guard let name = value["name"]?.string, let secret = value["secret"]?.bool else { return nil }
    return "\(name) (\(secret ? "secret" : "public"), \(value["required"]?.bool ?? true ? "required" : "optional"))"
  }

  private static func text(_ value: JSONValue?) -> String? { value.map(JSONWriter.compact) }
}

import Catalog
import Testing

@testable import Runtime

extension LoadFault {
  /// The case's name.
  var name: String {
    switch self {
    case .unreadable: "unreadable"
    case .notALibrary: "notALibrary"
    case .truncated: "truncated"
    case .wrongArchitecture: "wrongArchitecture"
    case .missingSymbol: "missingSymbol"
    case .hashMismatch: "hashMismatch"
    case .notTrusted: "notTrusted"
    case .changed: "changed"
    case .otherRevision: "otherRevision"
    case .notLoadable: "notLoadable"
    case .ruinous: "ruinous"
    case .badTable: "badTable"
    case .refused: "refused"
    case .badDescriptor: "badDescriptor"
    case .descriptorDiffers: "descriptorDiffers"
    case .unknownExtension: "unknownExtension"
    case .noSuchConnector: "noSuchConnector"
    }
  }
}

/// Loads a library that must be refused, and gives the refusal.
func refusal(
  _ file: String, _ manifests: [Manifest], trusted: String? = nil, patience: Int32 = 10_000,
  _ place: SourceLocation = #_sourceLocation
) throws -> LoadFault {
  do throws(LoadFault) {
    _ = try LibraryLoader.load(file: file, manifests: manifests, trusted: trusted, patience: patience)
  } catch {
    return error
  }
  Issue.record("\(file) was loaded", sourceLocation: place)
  throw ToolFailure(description: "\(file) was loaded")
}

/// Loads a library that must be refused for `name`, in words that contain its file and `words`.
func expectRefusal(
  _ file: String, _ name: String, _ words: String..., manifests: [Manifest]? = nil, trusted: String? = nil,
  patience: Int32 = 10_000, place: SourceLocation = #_sourceLocation
) throws {
  let fault = try refusal(file, manifests ?? [manifest()], trusted: trusted, patience: patience, place)
  #expect(fault.name == name, sourceLocation: place)
  for text in [file] + words {
    #expect(fault.description.contains(text), "\(fault.description)", sourceLocation: place)
  }
}

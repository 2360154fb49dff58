import CPatchbay
import Catalog
import JSONTree
import Records

/// Why a connector library was not loaded. Each names the file and the remedy.
public enum LoadFault: Error, CustomStringConvertible {
  /// The file does not exist, may not be read, is no regular file, or is too large.
  case unreadable(file: String, reason: String)
  /// It is not an ELF shared library.
  case notALibrary(file: String)
  /// It is cut short: it ends before what its own headers say.
  case truncated(file: String)
  /// It was built for another processor.
  case wrongArchitecture(file: String, machine: UInt16)
  /// It does not export `patchbay_entry`.
  case missingSymbol(file: String)
  /// Its hash is not the manifest's.
  case hashMismatch(file: String, expected: String, found: String)
  /// Its hash is not the one that the operator trusts.
  case notTrusted(file: String, trusted: String, found: String)
  /// It is another file than the one of which it was judged who vouches for it.
  case changed(file: String, judged: String, found: String)
  /// Its manifest says that it was built for another revision of the contract.
  case otherRevision(file: String, manifest: String, revision: Int)
  /// The dynamic linker refused it: a library or symbol that it needs is missing.
  case notLoadable(file: String, reason: String)
  /// Tried in a process of its own, it crashed, ended the process, or did not come back.
  case ruinous(file: String, how: String)
  /// Its tables are not what patchbay.h says: magic, revision, functions.
  case badTable(file: String, PeerFault)
  /// The same, as a worker says it.
  case refused(file: String, reason: String)
  /// A descriptor is not the JSON object it should be.
  case badDescriptor(file: String, JSONError)
  /// The descriptors say something else than the manifest.
  case descriptorDiffers(file: String, [FieldDifference])
  /// It needs an extension of the contract that this host does not have.
  case unknownExtension(file: String, connector: String, name: String)
  /// The library has no connector of this id.
  case noSuchConnector(file: String, id: String, offered: [String])

  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
    case .notALibrary(let file):
      "\(file): not a shared library; build it with -shared, or with a dynamic library product"
    case .truncated(let file): "\(file): cut short; copy or download it again"
    case .wrongArchitecture(let file, let machine):
      "\(file): built for another processor (ELF machine \(machine)); get the build for this one"
    case .missingSymbol(let file): "\(file): does not export patchbay_entry, so it is not a connector; see patchbay.h"
    case .hashMismatch(let file, let expected, let found):
      "\(file): its SHA-256 is \(found), the manifest says \(expected); get the file that the manifest names, "
        + "or a newer manifest"
    case .notTrusted(let file, let trusted, let found):
      "\(file): its SHA-256 is \(found), the config trusts \(trusted); if the change is meant, put the new hash there"
    case .changed(let file, let judged, let found):
      "\(file): it was changed after it was judged: its SHA-256 was \(judged) and is \(found); see that nobody writes "
        + "to it while a host starts, and start again"
    case .otherRevision(let file, let manifest, let revision):
      "\(file): built for revision \(revision) of patchbay.h, says \(manifest), and this host has revision "
        + "\(PB_ABI_REVISION); get a build for this revision"
    case .notLoadable(let file, let reason):
      "\(file): cannot be loaded: \(reason); a connector must bring everything that it needs"
    case .ruinous(let file, let how):
      "\(file): tried in a process of its own, it \(how); the file is damaged or its start-up code is wrong: get "
        + "another build"
    case .badTable(let file, let fault): "\(file): \(fault)"
    case .refused(let file, let reason): "\(file): \(reason)"
    case .badDescriptor(let file, let error): "\(file): its descriptor cannot be read: \(error)"
    case .descriptorDiffers(let file, let differences):
      "\(file): the library and its manifest disagree: " + differences.map { "\($0)" }.joined(separator: "; ")
    case .unknownExtension(let file, let connector, let name):
      "\(file): \(connector) needs the extension \(name), which this host does not have; use a newer host"
    case .noSuchConnector(let file, let id, let offered):
      "\(file): has no connector \(id); it offers \(offered.joined(separator: ", "))"
    }
  }
}

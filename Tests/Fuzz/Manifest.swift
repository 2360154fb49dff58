import Catalog
import JSONTree

/// Any bytes as a manifest, and as a configuration: both are what strangers write. They are refused with a place and
/// words, or read, and what is read keeps to the forms that everything else relies on.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzManifest(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  do throws(Problems) {
    let manifest = try Manifest.parse(bytes: bytes, file: "m")
    precondition(Manifest.isID(manifest.id) && !manifest.library.contains("/") && !manifest.library.contains("\0"))
    precondition(manifest.hosts.allSatisfy { !$0.isEmpty && !$0.contains("/") })
  } catch {
    precondition(!error.all.isEmpty && error.all.allSatisfy { !$0.description.isEmpty })
  }
  _ = try? Config.parse(bytes: bytes, file: "c", environment: ["A": "b"])
  _ = try? TrustFile.parse(bytes: bytes, file: "t")
  return 0
}

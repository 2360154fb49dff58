import JSONTree
import SeededNumbers
import Testing

@testable import Catalog

/// Random damage to files that strangers write: nothing crashes, and what is taken keeps to the forms.
@Suite struct ManifestFuzzTests {
  private func damaged(_ bytes: [UInt8], _ numbers: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    let pieces = ["\"", "{", "}", "[", "]", "null", "-1", "1e999", "\"..\"", ",", "\\u0000", "true", "{}", "[[[[[[[["]
    for _ in 0..<Int.random(in: 1...4, using: &numbers) {
      let place = Int.random(in: 0..<max(1, bytes.count), using: &numbers)
      switch Int.random(in: 0..<5, using: &numbers) {
      case 0 where !bytes.isEmpty: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
      case 1: bytes = Array(bytes.prefix(place))
      case 2 where !bytes.isEmpty:
        bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...12, using: &numbers)))
      case 3: bytes += bytes.suffix(from: min(place, bytes.count))
      default:
        let piece = pieces[Int.random(in: 0..<pieces.count, using: &numbers)]
        bytes.insert(contentsOf: piece.utf8, at: min(place, bytes.count))
      }
    }
    return bytes
  }

  @Test func damagedManifestsKeepToTheForms() throws {
    var numbers = SplitMix(state: 18)
    let right = sampleManifest.bytes
    var taken = 0
    for _ in 0..<3000 {
      guard let manifest = try? Manifest.parse(bytes: damaged(right, &numbers), file: "m") else { continue }
      taken += 1
      #expect(Manifest.isID(manifest.id) && NameForm.isLibrary(manifest.library) && !manifest.library.contains("/"))
      #expect(manifest.artifacts.allSatisfy { NameForm.isSHA256($0.sha256) })
      #expect(manifest.hosts.allSatisfy(NameForm.isHost) && NameForm.isVersion(manifest.version))
    }
    #expect(taken > 20, "some are taken at all")
  }

  @Test func damagedTrustFilesAreReadAgainAsTheyAreWritten() throws {
    var numbers = SplitMix(state: 19)
    var file = TrustFile()
    try file.trust(Trusted.secret().publicKey, named: "author", for: "example", until: "2027-12-31")
    try file.trust(sha256: Trusted.library, for: "example")
    for _ in 0..<2000 {
      let bytes = damaged(Array(file.text.utf8), &numbers)
      guard let read = try? TrustFile.parse(bytes: bytes, file: "t") else { continue }
      #expect(try TrustFile.parse(bytes: Array(read.text.utf8), file: "t") == read)
    }
  }
}

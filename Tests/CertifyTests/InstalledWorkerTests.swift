import Catalog
import Foundation
import MarketModel
import Runtime
import Testing

@testable import Certify

/// Every connector of this tree in a worker: the same books and trades as inside, over the first recording that there
/// is of its exchange. `patchbay certify all --worker` goes through all of everything.
@Suite struct InstalledWorkerTests {
  /// As much of a recording as shows books that live.
  private static let lines = 300

  private static func find(_ id: String) throws -> LocatedConnector {
    let registry = try Registry.load(path: Surroundings.root + "/registry.json")
    let catalog = Catalog.discover(registry: registry, pluginFolder: nil, libraryFolders: [PebbleFolder.buildFolder])
    return try LocatedConnector.find(id, in: catalog, folders: [PebbleFolder.buildFolder])
  }

  /// What somebody who looks sees of a replay.
  private func shown(_ replay: Replay) -> [String] {
    var lines = replay.session.view.all.sorted { $0.instrument.symbol < $1.instrument.symbol }.map { market in
      func side(_ side: BookSide) -> String {
        market.book.levels(side, depth: 1000).map { "\($0.price)x\($0.quantity)" }.joined(separator: " ")
      }
      return "\(market.instrument.symbol) \(market.book.isReady) \(market.book.sequence) \(market.book.time) "
        + "\(side(.bid)) | \(side(.ask))"
    }
    for (symbol, trades) in replay.trades.sorted(by: { $0.key < $1.key }) {
      lines.append("\(symbol): \(trades.count) trades, \(String(describing: trades.last))")
    }
    lines += replay.gaps.map { "gap in \($0.symbol) at \($0.line)" }
    return lines
  }

  @Test(arguments: InstalledTests.connectors) func booksAreThoseOfTheInside(id: String) throws {
    let found = try Self.find(id)
    let entry = try #require(found.item.manifest)
    let remote = try Subject(id: id, workers: found.source(), entry: entry, certification: found.certificationFile)
    let inside = try Subject.installed(id)
    #expect(remote.descriptor == inside.descriptor)
    guard let data = Surroundings.data.map({ DataFolder(path: $0) }) else { return }
    let proofs = Proofs(subject: inside, data: data)
    // Of some exchanges there is no recording.
    guard let name = proofs.names.first else { return }
    let proof = try proofs.load(name)
    let (own, other) = (try proof.replay(by: inside), try proof.replay(by: remote))
    for replay in [own, other] { replay.run(lines: Self.lines) }
    #expect(other.session.worker != nil && !other.session.isFaulted, "\(other.session.faultText)")
    #expect(shown(own) == shown(other))
    #expect(own.session.counters.outputs == other.session.counters.outputs)
  }
}

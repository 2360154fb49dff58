import CPatchbay
import Catalog
import ConnectorTestKit
import CubeConnector
import Foundation
import Records
import Testing
import Vault

/// Frames that are messages of Protocol Buffers: as the connector itself writes them, by the manifest in its folder.
struct MessageCases {
  static let key = "4f5c3a26-0000-4000-8000-1a2b3c4d5e6f"
  static let secret = String(repeating: "0f1e2d3c", count: 8)

  func all() throws -> [VerifierCase] {
    // A second whose varint has five bytes, and one in which the lowest bytes are zeros.
    try [1_706_751_998, 1_728_053_248].map { second in
      try VerifierCase("cube_login", login(at: second), ["api_key": Self.key, "shared_secret": Self.secret])
    }
  }

  private func login(at second: Int64) throws -> ResolvedSend {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let file = "Plugins/Cube/manifest.json"
    let manifest = try Manifest.parse(bytes: Array(Data(contentsOf: root.appending(path: file))), file: file)
    let folder = try TemporaryFolder()
    let guarding = SendGuard(manifest: manifest, nonces: NonceSources(folder: folder.path), allowsUnbound: true)
    var fields: [String: StoredField] = [:]
    for (name, value) in ["api_key": Self.key, "secret_key": Self.secret, "subaccount_id": "38393"] {
      fields[name] = StoredField(try #require(SecretBytes(Array(value.utf8))), form: .raw)
    }
    let account = StoredAccount(exchange: "cube", name: "main", fields: fields)
    guarding.add(account: 7, try LoadedAccount(account, schema: manifest.credentials))

    let harness = try ConnectorHarness(CubeSpot.self)
    harness.epoch = second * 1_000_000_000
    harness.start(trading: true)
    harness.command(.instruments)
    let list = try #require(harness.all(PB_OUT_REQUEST, pb_out_request.self).last)
    harness.sent(list.fields.request)
    harness.reply(list.fields.request, Self.markets)
    harness.account(7, publicFields: [("api_key", Self.key), ("subaccount_id", "38393")])
    let open = try #require(harness.all(PB_OUT_OPEN, pb_out_open.self).last)
    _ = try resolve(open.record, guarding, second)
    harness.opened(open.fields.stream)
    let frame = try #require(harness.all(PB_OUT_REQUEST, pb_out_request.self).last)
    #expect(frame.fields.stream == open.fields.stream && frame.fields.opcode == UInt32(PB_OPCODE_BINARY))
    return try resolve(frame.record, guarding, second)
  }

  private static let markets = """
    {"result":{"assets":[{"assetId":5,"symbol":"SOL","decimals":9},{"assetId":7,"symbol":"USDC","decimals":6}],\
    "markets":[{"marketId":100006,"symbol":"SOLUSDC","baseAssetId":5,"baseLotSize":"10000000","quoteAssetId":7,\
    "quoteLotSize":"100","status":1}]}}
    """

  private func resolve(_ record: EmittedRecord, _ guarding: SendGuard, _ second: Int64) throws -> ResolvedSend {
    try record.bytes.withUnsafeBytes { bytes in
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
      defer { copy.deallocate() }
      copy.copyMemory(from: bytes)
      let pointer = UnsafePointer(copy.baseAddress!.assumingMemoryBound(to: pb_rec.self))
      if let fault = RecordChecker().checkOutput(pointer) { throw fault }
      return try guarding.resolve(RecordReader(checked: pointer), venueTime: second * 1_000_000_000)
    }
  }
}

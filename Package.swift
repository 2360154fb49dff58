// swift-tools-version: 6.0
import PackageDescription

/// A connector, as its folder under `Plugins` is named, and its library without `lib` and `.so`.
struct Connector {
  var name: String
  var library: String
  /// What it is made of besides the kit.
  var also: [Target.Dependency] = []

  var product: Product { .library(name: library, type: .dynamic, targets: ["\(name)Entry"]) }

  /// Two targets and tests: `Plugins/X/Sources` holds all the logic and can be unit-tested; `Plugins/X/Entry` holds the
  /// C entry point alone, so that a test may link several connectors without a duplicate symbol.
  func targets() -> [Target] {
    [
      .target(
        name: "\(name)Connector", dependencies: ["ConnectorKit", "Decimals", "CPatchbay"] + also,
        path: "Plugins/\(name)/Sources", swiftSettings: embeddable),
      .target(
        name: "\(name)Entry", dependencies: [.byName(name: "\(name)Connector"), "ConnectorKit", "CPatchbay"],
        path: "Plugins/\(name)/Entry", linkerSettings: oneSymbol),
      .testTarget(
        name: "\(name)Tests",
        dependencies: [
          .byName(name: "\(name)Connector"), "ConnectorTestKit", "ConnectorKit", "Decimals", "Records",
          "CPatchbay",
        ] + also,
        path: "Tests/\(name)Tests"),
    ]
  }
}

/// What the kit and the connectors are made of compiles with Embedded Swift as well: what that lacks is a mistake in
/// every build, and so is a member of a module that a file does not import.
let embeddable: [SwiftSetting] = [
  .unsafeFlags(["-Werror", "EmbeddedRestrictions"]), .enableUpcomingFeature("MemberImportVisibility"),
]

/// A library that is handed out shows its C entry point and nothing else, without what nobody calls and without symbols
/// for debuggers; a build for debugging keeps them.
let oneSymbol: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-Xlinker", "--version-script=\(Context.packageDirectory)/Plugins/entry.map", "-Xlinker", "--gc-sections",
      "-Xlinker", "-s",
    ], .when(platforms: [.linux], configuration: .release))
]

/// The connectors of this tree; one more is one line.
let connectors = [
  Connector(name: "Paper", library: "paper", also: ["Matching"]),
  Connector(name: "Binance", library: "binance"),
  Connector(name: "Kraken", library: "kraken"),
  Connector(name: "OKX", library: "okx"),
  Connector(name: "BingX", library: "bing_x"),
  Connector(name: "HTX", library: "htx"),
  Connector(name: "Coinbase", library: "coinbase"),
  Connector(name: "MEXC", library: "mexc"),
  Connector(name: "NDAX", library: "ndax", also: ["AlphaPoint"]),
  Connector(name: "GateIO", library: "gate_io"),
  Connector(name: "Bybit", library: "bybit"),
  Connector(name: "KuCoin", library: "kucoin"),
  Connector(name: "Derive", library: "derive"),
  Connector(name: "Bitget", library: "bitget"),
  Connector(name: "CryptoCom", library: "crypto_com"),
  Connector(name: "HitBTC", library: "hitbtc"),
  Connector(name: "Bitfinex", library: "bitfinex"),
  Connector(name: "BTCMarkets", library: "btc_markets"),
  Connector(name: "Bitrue", library: "bitrue"),
  Connector(name: "Bitstamp", library: "bitstamp"),
  Connector(name: "Phemex", library: "phemex"),
  Connector(name: "BitMEX", library: "bitmex"),
  Connector(name: "Foxbit", library: "foxbit", also: ["AlphaPoint"]),
  Connector(name: "AscendEX", library: "ascend_ex"),
  Connector(name: "FTX", library: "ftx"),
  Connector(name: "ProBit", library: "probit"),
  Connector(name: "BitCom", library: "bit_com"),
  Connector(name: "WazirX", library: "wazirx"),
  Connector(name: "CoinFLEX", library: "coinflex"),
  Connector(name: "Hotbit", library: "hotbit"),
  Connector(name: "CoinZoom", library: "coinzoom"),
  Connector(name: "Tegro", library: "tegro"),
  Connector(name: "Vertex", library: "vertex"),
  Connector(name: "AltMarkets", library: "altmarkets", also: ["Peatio"]),
  Connector(name: "Blocktane", library: "blocktane", also: ["Peatio"]),
  Connector(name: "Eve", library: "eve", also: ["AlphaPoint"]),
  Connector(name: "HashKey", library: "hashkey"),
  Connector(name: "DigiFinex", library: "digifinex"),
  Connector(name: "BitMart", library: "bitmart"),
  Connector(name: "DYDX", library: "dydx"),
  Connector(name: "Bittrex", library: "bittrex"),
  Connector(name: "Liquid", library: "liquid"),
  Connector(name: "Uniswap", library: "uniswap", also: ["AMM"]),
  Connector(name: "UniswapV3", library: "uniswap_v3", also: ["AMM"]),
  Connector(name: "Cube", library: "cube"),
  Connector(name: "Dexalot", library: "dexalot"),
  Connector(name: "Beaxy", library: "beaxy"),
  Connector(name: "Loopring", library: "loopring"),
  Connector(name: "PerpetualFinance", library: "perpetual_finance", also: ["QuoteGateway"]),
  Connector(name: "Terra", library: "terra", also: ["QuoteGateway"]),
  Connector(name: "XRPL", library: "xrpl"),
  Connector(name: "Celo", library: "celo", also: ["AMM", "UniswapV3Connector"]),
]

let package = Package(
  name: "patchbay",
  products: [
    .executable(name: "patchbay", targets: ["patchbay"]),
    .library(name: "ConnectorKit", type: .static, targets: ["ConnectorKit", "CPatchbay", "Decimals"]),
    .library(name: "allocationcount", type: .dynamic, targets: ["CAllocationCount"]),
    .library(name: "PatchbayHost", targets: ["PatchbayHost"]),
    .library(name: "ConnectorTestKit", type: .static, targets: ["ConnectorTestKit"]),
    .library(name: "pebble", type: .dynamic, targets: ["PebbleEntry"]),
  ] + connectors.map(\.product),
  targets: [
    // The contract. Its one C file checks the committed layout table at compile time.
    .target(name: "CPatchbay"),
    // Exact decimal numbers, shared by both sides of the contract. No Foundation.
    .target(name: "Decimals"),
    // The contract's records, for both of its sides: writing them, and checking and reading them. Nothing that a
    // connector emits is used before it was checked here. No Foundation.
    .target(name: "Records", dependencies: ["CPatchbay"]),
    // What connectors link: scanner, record builder, seals, book-sync rules. No Foundation.
    .target(
      name: "ConnectorKit", dependencies: ["CPatchbay", "Decimals", "Records"], exclude: ["README.md"]),
    // For the tests of connectors: a host in miniature. No Foundation.
    .target(
      name: "ConnectorTestKit", dependencies: ["CPatchbay", "ConnectorKit", "Decimals", "Records", "HostileInput"]),
    // What no sane exchange sends, made of what one did: for the tests of connectors and for `patchbay check`.
    .target(name: "HostileInput"),
    // What the exchanges on AlphaPoint's APEX share: their connectors derive from it.
    .target(
      name: "AlphaPoint", dependencies: ["ConnectorKit", "Decimals", "CPatchbay"], path: "Plugins/AlphaPoint/Sources"),
    // The same of the exchanges on Openware's Peatio.
    .target(
      name: "Peatio", dependencies: ["ConnectorKit", "Decimals", "CPatchbay"], path: "Plugins/Peatio/Sources"),
    // What the connectors to pools on chains share: integers of 256 bits, the arithmetic of pools, a node's JSON-RPC.
    .target(
      name: "AMM", dependencies: ["ConnectorKit", "Decimals", "CPatchbay"], path: "Plugins/AMM/Sources",
      swiftSettings: embeddable),
    // What connectors to chains through Hummingbot's old gateway share.
    .target(
      name: "QuoteGateway", dependencies: ["ConnectorKit", "Decimals", "CPatchbay"],
      path: "Plugins/QuoteGateway/Sources", swiftSettings: embeddable),
    // The host's pure core: instruments, rules, books, orders, balances. No I/O, no wall clock.
    .target(name: "MarketModel", dependencies: ["Decimals"]),
    // Text of peers and files on terminals and in tables: what does not stand for itself is escaped.
    .target(name: "PrintableText"),
    // JSON texts as trees that know where each value stood: reading, comparing, writing. No Foundation.
    .target(name: "JSONTree", dependencies: ["PrintableText"]),
    // registry.json, manifests and patchbay.json: parsing, checking, describing.
    .target(
      name: "Catalog", dependencies: ["JSONTree", "PrintableText", "Decimals", "Minisign", "COpenSSL"]),
    // Keys and signatures in the form of the tool of that name.
    .target(name: "Minisign", dependencies: ["COpenSSL"]),
    // The plugin folder: packing, installing, going back. The only place that changes it.
    .target(name: "PluginStore", dependencies: ["Catalog", "Minisign", "CHost", "JSONTree"]),
    // zlib: recordings are gzip files.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // libsecp256k1: the curve of chains, with recoverable signatures, which OpenSSL has not.
    .systemLibrary(name: "CSecp256k1", pkgConfig: "libsecp256k1", providers: [.apt(["libsecp256k1-dev"])]),
    // OpenSSL: SHA-256 of connector libraries, digests and signatures of sealed requests, the TLS of local venues.
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    // Linux calls that Swift cannot import: sealed memory files, dlopen of a descriptor, ELF constants.
    .target(name: "CHost"),
    // Threads, and what several of them share.
    .target(name: "Threads"),
    // One connector instance: loading, lanes, sequencing of inputs, replay.
    .target(
      name: "Runtime",
      dependencies: [
        "CPatchbay", "CHost", "CZlib", "COpenSSL", "Records", "MarketModel", "JSONTree", "Catalog", "Decimals",
        "Threads",
      ]),
    // The life of orders: durable before sent, unknown resolved by asking, compared with the venue.
    .target(name: "Trading", dependencies: ["CPatchbay", "MarketModel", "Runtime", "Decimals"]),
    // Secrets: the key store, evaluating sealed text, digests, signatures, what may leave.
    .target(
      name: "Vault",
      dependencies: [
        "CPatchbay", "CHost", "Records", "COpenSSL", "CSecp256k1", "JSONTree", "PrintableText", "Catalog", "Decimals",
      ]),
    // WebSocket (RFC 6455, permessage-deflate) as a state machine, for client and server. No I/O, no Foundation.
    .target(name: "WebSocket", dependencies: ["CZlib", "COpenSSL"]),
    // libcurl: DNS, TCP, TLS with host-name verification, proxies, HTTP/2. Measured against the alternatives.
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    // libcurl's variadic functions and epoll's packed struct, which Swift cannot import.
    .target(name: "CNet", dependencies: ["CCurl"]),
    // SQLite: the journal's file, with a write-ahead log.
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    // What must outlive the host: orders before they are sent, fills, funding, positions. Knows no exchange.
    .target(name: "Journal", dependencies: ["CSQLite", "CHost", "MarketModel", "Decimals", "JSONTree", "Threads"]),
    // Sockets: event loop, WebSocket streams and HTTP requests of connectors. Knows no exchange and no order.
    .target(
      name: "Transport", dependencies: ["CPatchbay", "CCurl", "CNet", "WebSocket", "Records", "Runtime"]),
    // What leaves, when, and as what: joins keys, rate limits and venue clocks in front of the network, and traders to
    // the journal.
    .target(
      name: "Outbound",
      dependencies: [
        "CPatchbay", "Catalog", "Journal", "MarketModel", "Records", "Runtime", "Trading", "Transport", "Vault",
      ]),
    // The whole host on virtual time against venues, in one thread.
    .target(
      name: "Simulation",
      dependencies: [
        "CPatchbay", "Catalog", "Outbound", "MarketModel", "Records", "Runtime", "Transport", "Vault", "Venue",
        "VenueExchange", "Decimals", "Trading",
      ]),
    // The socket by which commands reach a running host. Knows nothing of connectors.
    .target(name: "Control", dependencies: ["JSONTree", "Catalog", "CNet"]),
    // Counts requests for memory in the process that certifies; loaded before it, never linked.
    .target(name: "CAllocationCount"),
    // Proving a connector against recorded data, offline.
    .target(
      name: "Certify",
      dependencies: [
        "CPatchbay", "Runtime", "Vault", "Records", "MarketModel", "JSONTree", "PrintableText", "Catalog", "Decimals",
        "CHost", "HostileInput",
      ]),
    // Price-time priority, money between owners, a background market: for the paper exchange and for venues.
    .target(name: "Matching"),
    // Venues to try against: what an exchange answers, without a network; faults. Knows nothing of the host.
    .target(name: "Venue", dependencies: ["Decimals"]),
    // Exchanges with a matching engine, each in the dialect of a real one, and what is true of them.
    .target(name: "VenueExchange", dependencies: ["Venue", "Matching", "JSONTree", "Decimals", "COpenSSL"]),
    // Carries venues over TLS, HTTP and WebSocket on loopback, and breaks the line as it is told.
    .target(name: "VenueServer", dependencies: ["Venue", "WebSocket", "CNet", "COpenSSL", "Threads"]),
    // A venue that serves a recording as the exchange did, with the true books beside it.
    .target(name: "VenueRecording", dependencies: ["Venue", "Runtime", "JSONTree", "Catalog", "Decimals"]),
    // An exchange that says what a script has it say.
    .target(name: "VenueScript", dependencies: ["Venue", "JSONTree", "PrintableText", "CZlib"]),
    // The contract of the feed in shared memory, its reader in C, and the host's writing of it. `layout.c` checks
    // the committed layout table at compile time.
    .target(name: "CFeed"),
    // Publishes what a host knows in shared memory: docs/feed.md.
    .target(name: "SharedFeed", dependencies: ["CFeed", "CPatchbay", "Runtime", "Records", "MarketModel"]),
    // libnats, opened when a configuration names a cluster: nothing links it.
    .target(name: "CNats", linkerSettings: [.linkedLibrary("dl")]),
    // Several machines: leases as a state machine, JetStream's requests, the connection to NATS. Knows no host.
    .target(name: "Cluster", dependencies: ["CNats", "Decimals", "JSONTree", "Threads"]),
    // A whole host: what a configuration enables, running; and what programs can ask of it. For the command line, the
    // gateway, and strategies in Swift.
    .target(
      name: "PatchbayHost",
      dependencies: [
        "Outbound", "Transport", "Runtime", "Vault", "Journal", "Trading", "Control", "MarketModel", "JSONTree",
        "PrintableText", "Catalog", "Decimals", "SharedFeed", "CPatchbay", "Records", "CNet", "Cluster", "Threads",
      ]),
    // libmicrohttpd: HTTP/1.1 and TLS for programs on this machine. A small server that is embedded, in Debian, and
    // hands sockets over for WebSocket; Foundation has none.
    .systemLibrary(name: "CMicroHTTP", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
    // Its variadic functions, which Swift cannot import, and listening sockets.
    .target(name: "CGateway", dependencies: ["CMicroHTTP"]),
    // HTTP and WebSocket for programs that trade through a running host: docs/api.md.
    .target(
      name: "Gateway",
      dependencies: [
        "CGateway", "CMicroHTTP", "CNet", "COpenSSL", "PatchbayHost", "SharedFeed", "Control", "WebSocket", "Outbound",
        "Runtime", "Threads", "Trading", "Journal", "MarketModel", "JSONTree", "Catalog", "Decimals",
      ]),
    // The command line: composes the rest.
    .executableTarget(
      name: "patchbay",
      dependencies: [
        "PatchbayHost", "Gateway", "SharedFeed", "Certify", "Outbound", "Transport", "Runtime", "Vault", "Journal",
        "Trading", "Control", "CHost", "CNet", "MarketModel", "JSONTree", "PrintableText", "Catalog", "Records",
        "Decimals", "Simulation", "Venue", "VenueServer", "VenueRecording", "VenueExchange", "VenueScript",
        "PluginStore", "Minisign", "ManifestTool",
      ]),
    // For the benchmark: the C reference it compares with, and a count of allocations.
    .target(name: "CBench", dependencies: ["CZlib"]),
    // Speed of a connector on a recording, as a ratio.
    .executableTarget(
      name: "patchbay-bench",
      dependencies: [
        "CBench", "CFeed", "CNet", "COpenSSL", "CPatchbay", "SharedFeed", "Certify", "Outbound", "Transport", "Vault",
        "VenueServer", "WebSocket", "Runtime", "MarketModel", "Catalog", "Records", "Decimals", "Journal", "Trading",
      ]),
    // For developers: writes the layout table, the record shapes and docs/abi.md from patchbay.h.
    .target(name: "HeaderTool"),
    // For developers: writes registry.json and each connector's Manifest.swift from the manifests in Plugins.
    .target(name: "ManifestTool", dependencies: ["JSONTree", "Catalog"]),
    // The command line of both.
    .executableTarget(name: "abitool", dependencies: ["HeaderTool", "ManifestTool"]),

    .testTarget(name: "DecimalsTests", dependencies: ["Decimals", "SeededNumbers"]),
    .testTarget(
      name: "ConnectorKitTests",
      dependencies: ["ConnectorKit", "ConnectorTestKit", "Records", "CPatchbay", "Decimals"]),
    .testTarget(name: "RecordsTests", dependencies: ["Records", "CPatchbay", "HeaderTool"]),
    // The feed's reader in C against its writer.
    .testTarget(name: "SharedFeedTests", dependencies: ["SharedFeed", "CFeed"]),
    .testTarget(name: "MarketModelTests", dependencies: ["MarketModel", "Decimals", "SeededNumbers"]),
    // A seeded generator for tests.
    .target(name: "SeededNumbers", path: "Tests/SeededNumbers"),
    // Leases on virtual time, and what is said to JetStream.
    .testTarget(name: "ClusterTests", dependencies: ["Cluster", "JSONTree", "SeededNumbers"]),
    .testTarget(name: "JSONTreeTests", dependencies: ["JSONTree", "SeededNumbers"]),
    // A disk that fails when it is told to, for the journal's tests.
    .target(name: "FaultyDisk", dependencies: ["CSQLite"], path: "Tests/FaultyDisk"),
    // A process that enters orders until it is killed, for the journal's tests.
    .executableTarget(
      name: "journal-peer", dependencies: ["Journal", "MarketModel"], path: "Tests/JournalPeer"),
    // What the journal costs, as ratios to a bare flush: make bench.
    .executableTarget(
      name: "journal-bench", dependencies: ["Journal", "MarketModel", "Decimals"], path: "Tests/JournalBench"),
    .testTarget(
      name: "JournalTests",
      dependencies: [
        "Journal", "journal-peer", "FaultyDisk", "MarketModel", "Decimals", "ConnectorTestKit", "JSONTree",
      ]),
    // Trades over real sockets on local venues while the host is killed: make soak.
    .executableTarget(
      name: "trade-soak",
      dependencies: [
        "Catalog", "Decimals", "Journal", "Outbound", "MarketModel", "Runtime", "Simulation", "Trading", "Transport",
        "Vault", "Venue", "VenueExchange", "VenueServer",
      ], path: "Tests/TradeSoak"),
    // The same in a small form.
    .testTarget(name: "TradeSoakTests", dependencies: ["trade-soak"]),
    .testTarget(name: "MatchingTests", dependencies: ["Matching"]),
    .testTarget(
      name: "CatalogTests",
      dependencies: ["JSONTree", "PrintableText", "Catalog", "ManifestTool", "SeededNumbers", "Minisign"]),
    // Keys and signatures, with Debian's minisign as the witness.
    .testTarget(name: "MinisignTests", dependencies: ["Minisign", "SeededNumbers"]),
    // Packages and the plugin folder, and what hostile ones try.
    .testTarget(
      name: "PluginStoreTests", dependencies: ["PluginStore", "Catalog", "Minisign", "JSONTree", "SeededNumbers"]),
    // The commands inside this process: what they print and answer.
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "patchbay", "PatchbayHost", "Gateway", "JSONTree", "PrintableText", "Catalog", "Vault", "Journal", "Runtime",
        "MarketModel", "Decimals",
      ]),
    .testTarget(
      name: "RuntimeTests",
      dependencies: [
        "Runtime", "Records", "MarketModel", "JSONTree", "Catalog", "CPatchbay", "CZlib", "Decimals", "SharedFeed",
        "CFeed", "SeededNumbers",
      ]),
    .testTarget(
      name: "TradingTests",
      dependencies: ["Trading", "Runtime", "MarketModel", "Catalog", "Decimals", "CPatchbay", "SeededNumbers"]),
    .testTarget(
      name: "VaultTests",
      dependencies: [
        "Vault", "CHost", "COpenSSL", "Catalog", "ConnectorKit", "CPatchbay", "Decimals", "JSONTree", "Records",
        "Outbound", "MarketModel", "Runtime", "Simulation", "Transport", "Venue", "ConnectorTestKit", "CubeConnector",
      ]),
    // A made-up exchange that can be broken by its configuration: the certifier must catch each fault.
    .target(
      name: "PebbleConnector", dependencies: ["ConnectorKit", "Decimals", "CPatchbay"],
      path: "Tests/Connectors/Pebble/Sources"),
    // Its C entry point.
    .target(
      name: "PebbleEntry", dependencies: ["PebbleConnector", "ConnectorKit", "CPatchbay"],
      path: "Tests/Connectors/Pebble/Entry"),
    // The second worked example, as it stands in its folder: a connector on the kit's second layer.
    .target(
      name: "Tideway", dependencies: ["ConnectorKit", "Decimals", "CPatchbay"],
      path: "examples/tideway/Sources/Tideway"),
    .testTarget(
      name: "TidewayTests", dependencies: ["Tideway", "ConnectorTestKit", "ConnectorKit", "CPatchbay"],
      path: "examples/tideway/Tests/TidewayTests"),
    .testTarget(
      name: "CertifyTests",
      dependencies: ["Certify", "Runtime", "JSONTree", "Catalog", "CPatchbay", "Records", "Vault"]),
    // Echoes for the Autobahn suite: make autobahn.
    .executableTarget(name: "autobahn-peer", dependencies: ["WebSocket"], path: "Tests/Autobahn/Peer"),
    .testTarget(name: "WebSocketTests", dependencies: ["WebSocket"]),
    .testTarget(name: "ControlTests", dependencies: ["Control", "JSONTree"]),
    // The gateway over real sockets, on a host that runs the paper exchange.
    .testTarget(
      name: "GatewayTests",
      dependencies: [
        "Gateway", "PatchbayHost", "Control", "WebSocket", "Runtime", "Trading", "MarketModel", "JSONTree", "Catalog",
        "CNet", "Decimals", "SharedFeed", "CFeed", "CPatchbay", "Records",
      ]),
    .testTarget(
      name: "TransportTests",
      dependencies: ["Transport", "WebSocket", "Runtime", "Records", "ConnectorKit", "CPatchbay"]),
    .testTarget(
      name: "OutboundTests",
      dependencies: [
        "Outbound", "Transport", "Vault", "Runtime", "MarketModel", "Catalog", "Records", "ConnectorKit", "CPatchbay",
        "Trading", "Journal", "Decimals",
      ]),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "Simulation", "VenueExchange", "Venue", "Outbound", "Trading", "Vault", "Runtime", "MarketModel", "Catalog",
        "Decimals",
      ]),
    // What every connector of the tree must do: each before the exchange that its script plays, and with one sample of
    // what its exchange answers.
    .testTarget(
      name: "ConformanceTests",
      dependencies: connectors.filter { $0.name != "Paper" }.map { .byName(name: "\($0.name)Connector") } + [
        "Simulation", "VenueScript", "Venue", "Trading", "Vault", "Runtime", "MarketModel", "JSONTree", "Catalog",
        "Decimals", "ConnectorTestKit", "ConnectorKit", "CPatchbay",
      ]),
    // The built program and real libraries from outside: loading, dropping in, every command.
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "patchbay", "CHost", "Runtime", "Records", "MarketModel", "JSONTree", "PrintableText", "Catalog", "CPatchbay",
        "Decimals", "WebSocket", "Venue", "VenueServer", "VenueScript", "Transport", "Minisign",
      ]),
    .testTarget(name: "VenueTests", dependencies: ["Venue"]),
    // The engine against the most obvious one, the dialects by their documentation, our connectors on both.
    .testTarget(
      name: "VenueExchangeTests",
      dependencies: [
        "VenueExchange", "Venue", "Matching", "JSONTree", "Catalog", "Decimals", "BinanceConnector",
        "KrakenConnector", "OKXConnector", "ConnectorTestKit", "ConnectorKit", "CPatchbay", "Records", "Vault",
      ]),
    // The real connectors over real sockets against recordings, through every fault.
    .testTarget(
      name: "VenueServerTests",
      dependencies: [
        "Venue", "VenueServer", "VenueRecording", "Transport", "Runtime", "MarketModel", "JSONTree", "Catalog",
        "WebSocket", "CNet",
      ]),
    // Integers of 256 bits and pools: what contracts compute, to the last unit.
    .testTarget(
      name: "AMMTests",
      dependencies: [
        "AMM", "UniswapConnector", "UniswapV3Connector", "CeloConnector", "ConnectorTestKit", "ConnectorKit",
        "CPatchbay", "Decimals", "SeededNumbers",
      ]),
    // One connector to pools before a real chain, which whoever runs it plays: make test-chain.
    .executableTarget(
      name: "chain-peer",
      dependencies: [
        "UniswapConnector", "UniswapV3Connector", "CeloConnector", "ConnectorTestKit", "ConnectorKit", "CPatchbay",
        "Decimals", "Vault", "Catalog", "JSONTree", "Records",
      ], path: "Tests/Chain/Peer"),
    // The written style, held by a test.
    .testTarget(name: "TidyTests"),
  ] + connectors.flatMap { $0.targets() },
  swiftLanguageModes: [.v6]
)

// PATCHBAY_TESTS="HitBTCTests ConformanceTests" builds and links these tests alone: minutes less while one connector is
// being written.
if let wanted = Context.environment["PATCHBAY_TESTS"]?.split(separator: " ").map(String.init) {
  package.targets.removeAll { $0.type == .test && !wanted.contains($0.name) }
}

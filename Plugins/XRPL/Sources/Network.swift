import ConnectorKit

/// A network of the ledger: its public nodes, and what is known of its tokens. Sources: "Public Servers";
/// "Parallel Networks"; the issuers' own pages, as Hummingbot's list of markets names them.
struct Network {
  /// Sockets of nodes: when one is lost, the next one is asked.
  let nodes: [String]
  let tokens: [Token]
  let pairs: [(base: String, quote: String, priceDecimals: Int32)]

  static let all: KeyValuePairs = ["live": mainnet, "testnet": testnet, "devnet": devnet]

  private static let mainnet = Network(
    nodes: ["wss://xrplcluster.com/", "wss://s1.ripple.com/", "wss://s2.ripple.com/"],
    tokens: [
      .xrp,
      token("RLUSD", "RLUSD", "rMxCKbEDwqr76QuheSUMdEGf4B9xJ8m5De"),
      token("USD", "USD", "rhub8VRN55s94qWKDv6jmDy1pUykJzF3wq"),
      token("EUR", "EUR", "rhub8VRN55s94qWKDv6jmDy1pUykJzF3wq"),
      token("USD.Bitstamp", "USD", "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B"),
      token("BTC", "BTC", "rchGBxcD1A1C2tdxF6papQYZ8kjRKMYcL"),
      token("ETH", "ETH", "rcA8X3TVMST1n3CJeAdGk1RdRCHii7N2h"),
      token("USDC", "USDC", "rcEGREd8NmkKRE8GE424sksyt1tJVFZwu"),
      token("USDT", "USDT", "rcvxE9PS9YBwxtGg1qNeewV6ZB3wGubZq"),
      token("SOLO", "SOLO", "rsoLo2S1kiGeCcn6hCUXVrCpGMWLrRrLZz"),
      token("CORE", "CORE", "rcoreNywaoz2ZCQ8Lg2EbSLnGuRBmun6D"),
      token("CSC", "CSC", "rCSCManTZ8ME9EoLrSHHYKW8PPwWMgkwr"),
      token("FLR", "FLR", "rcxJwVnftZzXqyH9YheB8TgeiZUhNo1Eu"),
      token("SGB", "SGB", "rctArjqVvTHihekzDeecKo6mkTYTUSBNc"),
      token("XAH", "XAH", "rswh1fvyLqHizBS2awu1vs6QcmwTBd9qiv"),
    ],
    pairs: [
      ("XRP", "RLUSD", 10), ("XRP", "USD", 10), ("XRP", "USD.Bitstamp", 10), ("XRP", "EUR", 10), ("XRP", "BTC", 14),
      ("XRP", "ETH", 12), ("XRP", "USDC", 10), ("XRP", "USDT", 10), ("SOLO", "XRP", 10), ("CORE", "XRP", 10),
      ("CSC", "XRP", 12), ("FLR", "XRP", 10), ("SGB", "XRP", 10), ("XAH", "XRP", 10),
    ])

  private static let testnet = Network(
    nodes: ["wss://s.altnet.rippletest.net:51233/", "wss://testnet.xrpl-labs.com/"],
    tokens: [.xrp, token("RLUSD", "RLUSD", "rQhWct2fv4Vc4KRjRgMrxa8xPN9Zx9iLKV")], pairs: [("XRP", "RLUSD", 10)])

  private static let devnet = Network(nodes: ["wss://s.devnet.rippletest.net:51233/"], tokens: [.xrp], pairs: [])

  private static func token(_ name: String, _ code: String, _ issuer: String) -> Token {
    Token(name: name, currency: Token.code(code) ?? code, issuer: issuer)
  }
}

/// What the configuration makes of a network.
struct Settings {
  let nodes: [String]
  private(set) var pairs: [Pair]

  /// More than anybody watches on one connection.
  private static let mostPairs = 100

  /// - Throws: what is wrong with `domain`, `tokens` or `markets`.
  init(_ config: ConnectorConfig) throws(ConfigFault) {
    let network = try config.choice("domain", "live", Network.all)
    nodes = network.nodes
    let tokens = try Self.tokens(config, network.tokens)
    pairs = network.pairs.compactMap { entry in
      guard let base = tokens.first(where: { $0.name == entry.base }),
        let quote = tokens.first(where: { $0.name == entry.quote }) else { return nil }
      return Pair(base: base, quote: quote, priceDecimals: entry.priceDecimals)
    }
    if let named = try Self.pairs(config, tokens), !named.isEmpty { pairs = named }
  }

  /// The network's tokens, and those that the configuration adds; one of the same name takes the place of another.
  private static func tokens(_ config: ConnectorConfig, _ known: [Token]) throws(ConfigFault) -> [Token] {
    let form = #"a list such as [{"name": "USD.Mine", "currency": "USD", "issuer": "r..."}]; names are unique, "#
      + "a currency has 3 to 20 characters or 40 hexadecimal digits"
    let added = try config.field("tokens", expected: form) { json -> [Token] in
      var list: [Token] = []
      json.elements { json in
        var object = JSONObject(&json)
        let (name, currency, issuer) = (object.string("name"), object.string("currency"), object.string("issuer"))
        let isUsable = !name.isEmpty && name != "XRP" && !name.utf8.contains(UInt8(ascii: "-"))
        guard object.isValid, isUsable, let code = Token.code(currency), Token.isAddress(issuer),
          !list.contains(where: { $0.name == name })
        else { return json.fail() }
        list.append(Token(name: name, currency: code, issuer: issuer))
      }
      return list
    }
    let more = added ?? []
    return known.filter { token in !more.contains { $0.name == token.name } } + more
  }

  private static func pairs(_ config: ConnectorConfig, _ tokens: [Token]) throws(ConfigFault) -> [Pair]? {
    let form = #"a list of at most \#(mostPairs) such as [{"base": "XRP", "quote": "RLUSD", "price_decimals": 10, "#
      + #""quantity_decimals": 6}]: base and quote are names of tokens, decimals are from 0 to 18"#
    return try config.field("markets", expected: form) { json -> [Pair] in
      var list: [Pair] = []
      json.elements { json in
        var object = JSONObject(&json)
        let (base, quote) = (object.string("base"), object.string("quote"))
        let (price, quantity) = (object.integer("price_decimals") ?? 10, object.integer("quantity_decimals") ?? 6)
        guard object.isValid, let base = tokens.first(where: { $0.name == base }),
          let quote = tokens.first(where: { $0.name == quote }), base != quote, (0...18).contains(price),
          (0...18).contains(quantity), list.count < mostPairs,
          !list.contains(where: { $0.base == base && $0.quote == quote }) else { return json.fail() }
        list.append(
          Pair(base: base, quote: quote, priceDecimals: Int32(price), quantityDecimals: Int32(quantity)))
      }
      return list
    }
  }
}

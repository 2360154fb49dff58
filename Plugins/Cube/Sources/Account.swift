import CPatchbay
import ConnectorKit
import Decimals

/// The account: its stream (`trade.proto`), its balances and its fills.
extension CubeSpot {
  func offerAccount() {
    balances(Endpoint(.positions, on: .calls), at: "result", all: { [unowned(unsafe) self] in sums(&$0) })
    var filled = Pages(Endpoint(.fills, on: .calls), at: "result/fills")
    (filled.symbol, filled.since, filled.until, filled.timeForm) = ("marketIds", "startTime", "endTime", .milliseconds)
    fills(filled) { [unowned(unsafe) self] in fill(&$1) }
  }

  // MARK: Requests

  /// What stands before the time in all that is signed. It looks like a host and is none.
  private static let signedName = "cube" + ".xyz"

  /// "Authentication Headers": HMAC-SHA256 over "cube.xyz" and the second, eight bytes with the lowest first.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let second = Seal.seconds
    let bytes = second.bigEndian(width: 8)
    let text = (0..<8).reversed().reduce(SealedText(Self.signedName)) { $0 + SealedText(bytes.slice($1, 1)) }
    request.headers += [
      ("x-api-key", SealedText(.field("api_key"))), ("x-api-timestamp", SealedText(second)),
      ("x-api-signature", SealedText(text.hmac(.sha256, key: Seal.field("secret_key").unhex).base64)),
    ]
  }

  /// Which part of the account is meant stands in the query or in the path.
  public func signParameters(_ call: inout Call, _ account: TradingAccount) {
    let part = Seal.field("subaccount_id")
    if call.endpoint.act.name == PermittedAct.openOrders.name {
      call.set("subaccountId", part)
    } else {
      call.fill(part)
    }
  }

  /// `{"8": {"name": "primary", "inner": [{"amount": "1486310", "assetId": 7, "accountingType": "asset"}]}}`
  private func sums(_ list: inout JSONScanner) -> [BalanceReport] {
    var reports: [BalanceReport] = []
    _ = list.eachEntry { _, json in
      json.member("inner") { inner in
        inner.elements { json in
          var (asset, amount, kind) = (UInt64(0), WideDecimal?.none, "")
          json.members { key, json in
            switch key {
            case "assetId": asset = json.unsigned()
            case "amount": amount = json.optionalWideDecimal()
            case "accountingType": kind = json.words()
            default: return false
            }
            return true
          }
          guard json.isValid, kind.isEmpty || kind == "asset", let known = assets[asset] else { return }
          var report = BalanceReport()
          (report.asset, report.total) = (known.symbol, amount?.scaled(by: -known.decimals))
          reports.append(report)
        }
      }
    }
    return reports
  }

  /// `{"marketId": 100006, "tradeId": 1280532, "orderId": 1, "baseAmount": "10000000", "feeAmount": "4000",
  /// "feeAssetId": 5, "filledAt": 1711093947444675299, "side": "Bid", "isAggressor": true, "price": 19999,
  /// "quantity": 1}`. Price and quantity count lots; amounts are in the assets' smallest units.
  func fill(_ json: inout JSONScanner) -> OrderReport {
    var (report, aggressor) = (OrderReport(), "")
    var (fee, asset) = (Decimal64?.none, UInt64(0))
    report.read(&json, Self.fillNames, vocabulary) { _, key, json in
      switch key {
      case "feeAmount": fee = json.optionalDecimal()
      case "feeAssetId": if !json.skipNull() { asset = json.unsigned() }
      case "isAggressor": aggressor = json.words() == "true" ? "own" : "other"
      case "aggressingSide": if aggressor.isEmpty { aggressor = json.words() } else { json.skip() }
      default: return false
      }
      return true
    }
    switch aggressor {
    case "own": report.isMaker = false
    case "other": report.isMaker = true
    case "Bid", "Ask": report.isMaker = report.side != vocabulary.side(aggressor)
    default: break
    }
    if let known = assets[asset] {
      report.fee = fee?.multiplied(by: Decimal64(mantissa: 1, exponent: -known.decimals))
      report.feeAsset = known.symbol
    }
    return report
  }

  private static let fillNames = FieldTable<OrderField>([
    "marketId": .symbol, "tradeId": .fillID, "orderId": .venue, "side": .side, "price": .fillPrice,
    "quantity": .fillQuantity, "filledAt": .nanoseconds,
  ])

  // MARK: The stream

  /// `Credentials`: access_key_id 1, signature 2, timestamp 3. A key has 36 letters and a signature 44.
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let second = UInt64(max(0, out.now.venue / 1_000_000_000))
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: second >> (8 * UInt64($0))) }
    let text = SealedText(Self.signedName) + SealedText(.bytes(bytes))
    let signature = text.hmac(.sha256, key: Seal.field("secret_key").unhex).base64
    var (number, rest) = ([UInt8](), second)
    repeat {
      number.append(UInt8(truncatingIfNeeded: rest & 127) | (rest > 127 ? 128 : 0))
      rest >>= 7
    } while rest > 0
    return SealedText("\n\u{24}") + SealedText(.field("api_key")) + "\u{12}\u{2C}" + SealedText(signature)
      + SealedText(.bytes([0x18] + number))
  }

  /// Until the account is live `Bootstrap`: done 1, resting 2, position 3. Then `OrderResponse`: new_ack 1, cancel_ack
  /// 2, modify_ack 3, refusals 4 to 6, fill 7, heartbeat 8, position 9.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var (message, isFine) = (ProtobufScanner(frame), true)
    while isFine, let field = message.next() {
      switch (field, account.isLive) {
      case (1, false):
        _ = message.message()
        loggedIn(account, .confirmed)
      case (2, false): isFine = each(message.message()) { resting($0, account) }
      case (3, false): isFine = each(message.message()) { position($0, account) }
      case (1, true): isFine = changed(message.message(), Self.newAck, .open, account)
      case (2, true): isFine = changed(message.message(), Self.cancelAck, .cancelled, account)
      case (3, true): isFine = changed(message.message(), Self.modifyAck, nil, account)
      case (7, true): isFine = execution(message.message(), account)
      case (9, true): isFine = position(message.message(), account)
      default: break
      }
    }
    return message.isValid && isFine ? .ok : .parse
  }

  private func each(_ list: ProtobufScanner, _ read: (ProtobufScanner) -> Bool) -> Bool {
    var list = list
    while let field = list.next() {
      if field == 1, !read(list.message()) { return false }
    }
    return list.isValid
  }

  /// `AssetPosition`: asset_id 2, total 3, available 4, which are 256 bits in words of 64, the lowest first.
  private func position(_ data: ProtobufScanner, _ account: TradingAccount) -> Bool {
    var (message, asset) = (data, UInt64(0))
    var (total, free): ([UInt64], [UInt64]) = ([], [])
    while let field = message.next() {
      switch field {
      case 2: asset = message.unsigned()
      case 3: total = Self.words(message.message())
      case 4: free = Self.words(message.message())
      default: break
      }
    }
    guard message.isValid, total.count == 4 else { return false }
    guard let known = assets[asset] else { return true }
    guard let sum = Self.amount(total, known), let available = Self.amount(free, known) else {
      out.log(.warning, "a balance of \(known.symbol) is too large to be reported")
      return true
    }
    var report = BalanceReport()
    (report.asset, report.total, report.free) = (known.symbol, sum, available)
    return publish(balance: report, account)
  }

  private static func words(_ data: ProtobufScanner) -> [UInt64] {
    var (message, words) = (data, [UInt64](repeating: 0, count: 4))
    while let field = message.next() {
      if (1...4).contains(field) { words[Int(field) - 1] = message.unsigned() }
    }
    return message.isValid ? words : []
  }

  /// Of what fits 122 bits, more than there is of anything.
  private static func amount(_ words: [UInt64], _ asset: Asset) -> WideDecimal? {
    // What is not said is nothing.
    guard words.count == 4 else { return .zero }
    guard words[2] == 0, words[3] == 0, words[1] < 1 << 58 else { return nil }
    let (high, low) = UInt64(1_000_000_000_000_000_000).dividingFullWidth(
      (words[1] % 1_000_000_000_000_000_000, words[0]))
    guard words[1] < 1_000_000_000_000_000_000, high <= UInt64(Int64.max) else { return nil }
    return WideDecimal(Decimal64(mantissa: Int64(high), exponent: 18 - asset.decimals))
      + WideDecimal(Decimal64(mantissa: Int64(low), exponent: -asset.decimals))
  }
}

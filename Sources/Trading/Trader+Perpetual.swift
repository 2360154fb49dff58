import CPatchbay
import Decimals
import MarketModel
import Runtime

/// Leverage, modes and funding of perpetuals and futures.
extension Trader {
  /// Sets the leverage of an instrument. Where the answer does not come, the account is asked what it has.
  /// - Parameter completion: called once: `nil`, or why it was not set or cannot be known.
  public func setLeverage(
    _ leverage: Decimal64, account: AccountID, instrument id: InstrumentID,
    completion: @escaping (String?) -> Void = { _ in }
  ) throws(TraderRefusal) {
    guard let life = accounts[account] else { throw .unknownAccount(account) }
    guard let instrument = path.instrument(id) else { throw .unknownInstrument(id) }
    guard path.offers(.leverage) else { throw .unsupported(Verb.leverage.name) }
    if let most = instrument.rules.maxLeverage, leverage > most { throw .leverage(asked: leverage, most: most) }
    if life.leverage[id] == leverage {
      path.accounts.choose(leverage: leverage, account: account, instrument: id)
      return completion(nil)
    }
    var command = CommandDraft(.leverage)
    command.account = account.rawValue
    command.instrument = id.rawValue
    command.value = leverage
    path.send(command, as: path.reserveCommand()) { [weak self] result in
      if result.outcome == .done {
        if life.leverage[id] != leverage { life.put(leverage, of: id) }
        self?.keep(.mode(account: account, symbol: instrument.symbol, leverage: leverage))
      }
      self?.modeCommandEnded(life, result, completion)
    }
  }

  /// Sets how positions are kept; does nothing when the account is known to have that mode.
  /// - Parameter completion: as of `setLeverage`.
  public func setPositionMode(
    _ mode: PositionMode, account: AccountID, completion: @escaping (String?) -> Void = { _ in }
  ) throws(TraderRefusal) {
    guard let life = accounts[account] else { throw .unknownAccount(account) }
    guard path.offers(.positionMode) else { throw .unsupported(Verb.positionMode.name) }
    if life.positionMode == mode { return completion(nil) }
    var command = CommandDraft(.positionMode)
    command.account = account.rawValue
    command.mode = mode.rawValue
    path.send(command, as: path.reserveCommand()) { [weak self] result in
      if result.outcome == .done { life.positionMode = mode }
      self?.modeCommandEnded(life, result, completion)
    }
  }

  /// Sets how an instrument's position is backed, or all positions; does nothing where it is known to be so.
  /// - Parameters:
  ///   - id: `nil` where the venue has one mode for all instruments.
  ///   - completion: as of `setLeverage`.
  public func setMarginMode(
    _ mode: MarginMode, account: AccountID, instrument id: InstrumentID?,
    completion: @escaping (String?) -> Void = { _ in }
  ) throws(TraderRefusal) {
    guard let life = accounts[account] else { throw .unknownAccount(account) }
    let instrument = id.flatMap { path.instrument($0) }
    if let id, instrument == nil { throw .unknownInstrument(id) }
    guard path.offers(.marginMode) else { throw .unsupported(Verb.marginMode.name) }
    if marginMode(of: account, id) == mode { return completion(nil) }
    var command = CommandDraft(.marginMode)
    command.account = account.rawValue
    command.instrument = id?.rawValue ?? 0
    command.mode = mode.rawValue
    path.send(command, as: path.reserveCommand()) { [weak self] result in
      if result.outcome == .done {
        if let id { life.put(mode, of: id) } else { life.put(mode) }
        // That of a whole account the exchange is asked for.
        if let instrument { self?.keep(.mode(account: account, symbol: instrument.symbol, marginMode: mode)) }
      }
      self?.modeCommandEnded(life, result, completion)
    }
  }

  /// - Parameter instrument: `nil`: what was reported of all.
  public func marginMode(of account: AccountID, _ instrument: InstrumentID?) -> MarginMode? {
    accounts[account].flatMap { life in instrument.flatMap { life.marginModes[$0] } ?? life.marginMode }
  }

  /// The modes of an account as far as they are known.
  public func positionMode(of account: AccountID) -> PositionMode? { accounts[account]?.positionMode }
  public func leverage(of account: AccountID, _ instrument: InstrumentID) -> Decimal64? {
    accounts[account]?.leverage[instrument]
  }

  private func modeCommandEnded(_ life: AccountLife, _ result: CommandResult, _ completion: (String?) -> Void) {
    if result.outcome != .done { life.tasks[.modes, default: TaskState()].isWanted = true }
    switch result.outcome {
    case .done: completion(nil)
    case .refused: completion(result.text.isEmpty ? "the venue refused" : result.text)
    case .unknown: completion("no answer; the account's modes are read again: \(result.text)")
    }
    work()
  }

  func modeReported(_ fact: ModeFact) {
    guard let account = accounts[fact.account] else { return }
    if let mode = fact.positionMode { account.positionMode = mode }
    if let mode = MarginMode(rawValue: fact.marginMode) {
      if let instrument = fact.instrument {
        if path.instrument(instrument) != nil { account.put(mode, of: instrument) }
      } else {
        account.put(mode)
      }
    }
    if let leverage = fact.leverage, leverage.isPositive, let instrument = fact.instrument,
      path.instrument(instrument) != nil
    {
      account.put(leverage, of: instrument)
    }
  }

  // MARK: Funding

  /// The first answer only shows what was paid before. As long as nothing was ever paid, everything since the start is
  /// asked for: a payment may have come right after the last question.
  func fundingSince(_ account: AccountLife) -> Int64 {
    let since = account.fundingMark?.time ?? startedAt.earliest(path.times)
    return max(0, since.subtractingSaturated(policy.historyOverlap))
  }

  func fundingAnswered(_ account: AccountLife) { account.isFundingBaseSet = true }

  func paid(_ payment: FundingPayment) {
    guard let account = accounts[payment.account] else { return }
    let symbol = path.instrument(payment.instrument)?.symbol ?? "\(payment.instrument.rawValue)"
    let id = "\(symbol)/\(payment.id)"
    if let mark = account.fundingMark, mark.covers(payment.time, id) { return }
    let isBase = payment.command != nil && !account.isFundingBaseSet
    account.fundingMark = account.fundingMark ?? FundingMark(time: payment.time)
    account.fundingMark?.add(payment.time, id)
    keep(.funding(payment, symbol: symbol))
    guard !isBase else { return }
    noteFunding(payment)
    emit(.funding(payment))
  }
}

import Catalog
import Decimals

/// Compares what a request signs on secp256k1 with what its act lets it sign. Each signed digest is followed back to
/// what it was made of, down to the words of structures, and these are compared with the request that carries the
/// signature: with its parameters, which a trade act compares with the command; with the account's public fields and
/// its key's address; with constants. So what is signed is what was commanded, by whatever operations it was put
/// together.
///
/// It sees no secret: what depends on one is not followed, and so is refused. One belongs to one guard, on its lane.
struct SignatureJudge {
  /// What the exchange calls an instrument in what is signed.
  struct OwnName {
    var symbol: [UInt8]
    var word: [UInt8]
  }

  struct Mismatch: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  /// As first signed.
  private var names: [OwnName] = []

  /// Whether every signature is over something that one of the rules describes. Gives the names that were used for the
  /// first time, for `learn`.
  /// - Parameters:
  ///   - request: its shape; what is read of it must not depend on a secret.
  ///   - url: nil for a frame.
  func judge(
    _ request: EvaluatedRequest, _ url: SendURL?, _ rules: [SigningForm], _ account: SealAccount?
  ) -> Result<[OwnName], Mismatch> {
    guard let trace = request.trace else { return .success([]) }
    var reader = Reader(request: request, trace: trace, url: url, account: account, known: names)
    for digest in trace.signed {
      var reason = "nothing of it was made here"
      let isOne = rules.contains { rule in
        let before = reader.new
        guard let fault = reader.fault(of: digest, rule) else { return true }
        (reason, reader.new) = (fault, before)
        return false
      }
      guard isOne else { return .failure(Mismatch(reason)) }
    }
    return .success(reader.new)
  }

  mutating func learn(_ new: [OwnName]) { names += new }
}

/// Follows one digest after the other.
private struct Reader {
  let request: EvaluatedRequest
  let trace: SigningTrace
  let url: SendURL?
  let account: SealAccount?
  let known: [SignatureJudge.OwnName]
  var new: [SignatureJudge.OwnName] = []

  mutating func fault(of digest: [UInt8], _ rule: SigningForm) -> String? {
    guard let message = trace.message(of: digest) else { return "it signs what depends on a secret, or no Keccak-256" }
    switch rule {
    case .message(let place):
      guard let text = value(at: place) else { return "nothing stands at \(place)" }
      let prefix = Array("\u{19}Ethereum Signed Message:\n\(text.count)".utf8)
      return message == prefix + text ? nil : "the message is not what stands at \(place)"
    case .structure(let form):
      guard message.count == 66, message.starts(with: [0x19, 0x01]) else { return "it is no structure of EIP-712" }
      guard isPermitted(message[2..<34], form) else { return "it is of another domain, or for another host" }
      guard let body = trace.message(of: Array(message[34...])), body.count == 32 * (form.words.count + 1),
        body.starts(with: form.typeHash)
      else { return "it is of another type" }
      return fault(of: body[32...], form.words, "")
    }
  }

  private func isPermitted(_ separator: ArraySlice<UInt8>, _ form: SigningForm.StructureForm) -> Bool {
    form.domains.contains { domain in
      guard separator.elementsEqual(domain.separator) else { return false }
      guard let host = domain.host else { return true }
      return url?.isPermitted(by: [host]) == true
    }
  }

  // MARK: Words

  private mutating func fault(
    of words: ArraySlice<UInt8>, _ rules: [SignedStructure.Word], _ path: String
  ) -> String? {
    for (index, rule) in rules.enumerated() {
      let word = Array(words[(words.startIndex + 32 * index)..<(words.startIndex + 32 * (index + 1))])
      if let fault = fault(of: word, rule, "\(path)\(index + 1)") { return fault }
    }
    return nil
  }

  private mutating func fault(of word: [UInt8], _ rule: SignedStructure.Word, _ path: String) -> String? {
    switch rule {
    case .constant(let bytes): return word == bytes ? nil : "word \(path) is not the constant"
    case .signer:
      let address = account?.signingKey.flatMap { ChainAddress.evm.text(of: $0) }
      return address.flatMap { Self.word($0, scale: 0) } == word ? nil : "word \(path) is not the key's address"
    case .field(let name):
      guard let field = account?.fields[name], !field.isSecret else { return "there is no public field \(name)" }
      return Self.word(field.bytes, scale: 0) == word ? nil : "word \(path) is not the field \(name)"
    case .place(let place, let scale):
      let own = value(at: place).flatMap { Self.word($0, scale: scale) }
      return own == word ? nil : "word \(path) is not what stands at \(place)"
    case .choice(let place, let table):
      let own = value(at: place).flatMap { table[String(decoding: $0, as: UTF8.self)] }
      return own == word ? nil : "word \(path) does not say what stands at \(place)"
    case .text(let place):
      let own = value(at: place).map { Keccak256.digest($0) }
      return own == word ? nil : "word \(path) is not the text at \(place)"
    case .ownName(let place):
      guard let symbol = value(at: place), !symbol.isEmpty else { return "nothing stands at \(place)" }
      return isOwn(word, symbol) ? nil : "word \(path) is another instrument than stands at \(place)"
    case .digest(let inner):
      guard let message = trace.message(of: word), message.count == 32 * inner.count else {
        return "word \(path) is no digest of \(inner.count) words"
      }
      return fault(of: message[...], inner, path + ".")
    }
  }

  private mutating func isOwn(_ word: [UInt8], _ symbol: [UInt8]) -> Bool {
    for name in known + new {
      let (isName, isSymbol) = (name.word == word, name.symbol == symbol)
      if isName || isSymbol { return isName && isSymbol }
    }
    new.append(SignatureJudge.OwnName(symbol: symbol, word: word))
    return true
  }

  /// An address of 20 bytes behind `0x`, or a plain number times ten to a power, which must be whole; in 32 bytes.
  private static func word(_ text: [UInt8], scale: Int) -> [UInt8]? {
    if text.starts(with: Array("0x".utf8)) {
      guard scale == 0, text.count == 42, let bytes = Encoding.unhex(text) else { return nil }
      return [UInt8](repeating: 0, count: 12) + bytes
    }
    let sides = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard sides.count <= 2, let whole = sides.first, !whole.isEmpty, text.count <= 80 else { return nil }
    let fraction = sides.count == 2 ? Array(sides[1]) : []
    guard fraction.count <= scale, sides.count == 1 || !fraction.isEmpty else { return nil }
    let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: scale - fraction.count)
    return Encoding.bigEndian(decimal: whole + fraction + zeros, width: 32)
  }

  // MARK: Places

  /// The one text or number at a place; nil where there is none, or more than one.
  private func value(at place: RequestPlace) -> [UInt8]? {
    switch place.kind {
    case .header:
      let found = request.headers.filter { $0.name.lowercased() == place.name }
      return found.count == 1 ? found[0].value : nil
    case .query:
      guard let start = request.url.firstIndex(of: UInt8(ascii: "?")) else { return nil }
      return Self.parameter(place.name, in: request.url[(start + 1)...])
    case .form: return Self.parameter(place.name, in: request.body[...])
    case .json:
      var finder = ValueFinder(request.body)
      let found = finder.find(place.pointer)
      // An escape would be read as something else.
      guard finder.isWhole(), found.count == 1, !request.body[found[0]].contains(UInt8(ascii: "\\")) else { return nil }
      return Array(request.body[found[0]])
    case .name, .path, .any: return nil
    }
  }

  private static func parameter(_ name: String, in text: ArraySlice<UInt8>) -> [UInt8]? {
    let found = text.split(separator: UInt8(ascii: "&")).filter { pair in
      pair.prefix { $0 != UInt8(ascii: "=") }.elementsEqual(name.utf8)
    }
    guard found.count == 1, let mark = found[0].firstIndex(of: UInt8(ascii: "=")) else { return nil }
    let value = Array(found[0][(mark + 1)...])
    return value.contains(UInt8(ascii: "%")) || value.contains(UInt8(ascii: "+")) ? nil : value
  }
}

extension FieldReader {
  /// `signs` of an act: `[{"message": "header:X-Time"}, {"structure": "Order(...)", "domain": {...}, "words": [...]}]`.
  func signingRules() -> [SigningRule] {
    elements().compactMap { element in
      if let message = element.optional("message") {
        element.allow(only: ["message"])
        return message.signedPlace().map { .message($0) }
      }
      if element.optional("transaction") != nil { return element.signedTransaction().map { .transaction($0) } }
      element.allow(only: ["structure", "domain", "words"])
      let type = element.required("structure")?.string("a type such as Order(address owner,uint256 amount)") {
        $0.hasSuffix(")") && $0.contains("(")
      }
      let domain = element.required("domain")?.signedDomain()
      let words = element.required("words")?.signedWords(depth: 0) ?? []
      guard let type, let domain else { return nil }
      let members = type.prefix { $0 != ")" }.split(separator: ",").count
      guard members == words.count else {
        element.report(.value, "the type has \(members) members, and there are \(words.count) words")
        return nil
      }
      return .structure(SignedStructure(domain: domain, type: type, words: words))
    }
  }

  private func signedDomain() -> SignedStructure.Domain {
    allow(only: ["name", "version", "chain", "contract"])
    var domain = SignedStructure.Domain(
      name: optional("name")?.string(), version: optional("version")?.string(), contract: nil)
    if let contract = optional("contract") {
      let text = contract.string("an address of 40 hexadecimal digits behind 0x") {
        SignedStructure.Word.bytes(of: $0)?.count == 20
      }
      domain.contract = text.flatMap { SignedStructure.Word.bytes(of: $0) }
    }
    guard let chain = optional("chain") else { return domain }
    guard chain.value.object != nil else {
      if let id = chain.int(in: 1...Int.max) { domain.chains = [.init(host: nil, id: UInt64(id))] }
      return domain
    }
    for (host, member) in chain.members() {
      if !NameForm.isHost(host) { member.report(.value, "\"\(host)\" is no host such as api.example.com:443") }
      if let id = member.int(in: 1...Int.max) { domain.chains.append(.init(host: host, id: UInt64(id))) }
    }
    return domain
  }

  private func signedWords(depth: Int) -> [SignedStructure.Word] { elements().compactMap { $0.signedWord(depth) } }

  private func signedWord(_ depth: Int) -> SignedStructure.Word? {
    if let text = value.string { return signedWord(text) }
    if let inner = optional("digest") {
      allow(only: ["digest"])
      guard depth < 4 else {
        report(.value, "digests stand in one another more than 4 deep")
        return nil
      }
      return .digest(inner.signedWords(depth: depth + 1))
    }
    if let name = optional("own_name") {
      allow(only: ["own_name"])
      return name.signedPlace().map { .ownName($0) }
    }
    if let text = optional("text") {
      allow(only: ["text"])
      return text.signedPlace().map { .text($0) }
    }
    allow(only: ["at", "scale", "words"])
    guard let place = required("at")?.signedPlace() else { return nil }
    guard let table = optional("words") else {
      return .place(place, scale: optional("scale")?.int(in: 0...38) ?? 0)
    }
    var words: [String: [UInt8]] = [:]
    for (word, member) in table.members() {
      let text = member.string("a whole number, or bytes behind 0x") { SignedStructure.Word.constant(of: $0) != nil }
      words[word] = text.flatMap { SignedStructure.Word.constant(of: $0) }
    }
    return .choice(place, words)
  }

  private func signedWord(_ text: String) -> SignedStructure.Word? {
    if text == "key" { return .signer }
    if text.hasPrefix("field:") { return .field(String(text.dropFirst(6))) }
    guard text.hasPrefix("=") else { return signedPlace().map { .place($0, scale: 0) } }
    guard let bytes = SignedStructure.Word.constant(of: text.dropFirst()) else {
      report(.value, "\"\(text)\" is no whole number, nor bytes behind 0x")
      return nil
    }
    return .constant(bytes)
  }

  /// Where a text or number of the request stands: signed words are compared with it.
  private func signedPlace() -> RequestPlace? {
    guard let text = string() else { return nil }
    if let place = RequestPlace(text), [.header, .query, .form, .json].contains(place.kind) { return place }
    report(
      .value, "\"\(text)\" is no place of a signed value",
      remedy: "Places are header:NAME, query:NAME, form:NAME and json:/POINTER; else key, field:NAME or =0")
    return nil
  }
}

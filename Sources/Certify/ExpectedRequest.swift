import Decimals
import JSONTree

/// The fields that a request must have, and how strictly; `compare` of a vector file, or an alternative of a manifest.
struct ExpectedRequest: Sendable {
  var method: String?
  var fields: [(name: String, value: String)]
  var signatures: [String]
  var times: [String]
  var ignored: [String]
  var optional: [String]
  var lenient: [String]
  /// More fields that the request may have, and optional ones that may be chosen otherwise.
  var extra: [String] = []

  private static func names(_ value: JSONValue?) -> [String] { (value?.array ?? []).compactMap(\.string) }

  private static func fields(_ value: JSONValue?) -> [(name: String, value: String)] {
    (value?.object ?? []).map { ($0.key, $0.value.scalar ?? "null") }
  }

  init(vector: JSONValue) {
    let compare = vector["compare"]
    method = vector["request"]?["method"]?.string
    fields = Self.fields(compare?["fields"])
    signatures = Self.names(compare?["signature_fields"])
    times = Self.names(compare?["time_fields"])
    ignored = Self.names(compare?["ignore"])
    optional = Self.names(compare?["optional"])
    lenient = Self.names(compare?["lenient"])
  }

  init(alternative value: JSONValue) {
    method = value["method"]?.string
    fields = Self.fields(value["fields"])
    signatures = Self.names(value["signatures"])
    times = Self.names(value["time"])
    ignored = Self.names(value["ignore"])
    optional = Self.names(value["optional"])
    lenient = ["header:Content-Type"]
  }

  private func isIn(_ list: [String], _ name: String) -> Bool { list.contains { FlatRequest.isSame($0, name) } }

  /// Everything in which a request differs; signatures are left to their rule, times must be the clock's.
  func differences(from request: FlatRequest, clock: Int64) -> [Failure] {
    var failures: [Failure] = []
    if let method, method != request.method {
      failures.append(Failure(name: "method", expected: method, got: request.method))
    }
    for (name, value) in fields {
      let got = request[name]
      if isIn(signatures, name) || isIn(ignored, name) { continue }
      if got == nil, isIn(optional, name) || isIn(lenient, name) { continue }
      if isIn(times, name), let got, ExpectedRequest.isTime(got, clock: clock) { continue }
      if isIn(lenient, name), let got, sameMedia(got, value) { continue }
      if let got, isSame(got, value) { continue }
      if got != nil, isIn(optional, name), isExtra(name) { continue }
      failures.append(Failure(name: name, expected: value, got: got ?? "nothing"))
    }
    for (name, value) in request.fields where !isKnown(name) {
      failures.append(Failure(name: name, expected: "nothing", got: value))
    }
    return failures
  }

  private func isKnown(_ name: String) -> Bool {
    fields.contains { FlatRequest.isSame($0.name, name) } || isIn(ignored, name) || isIn(optional, name)
      || isIn(signatures, name) || isIn(times, name) || isExtra(name)
      || ["header:content-type", "header:accept", "header:user-agent"].contains(name.lowercased())
  }

  private func isExtra(_ name: String) -> Bool { extra.contains { Pattern($0).matches(name) } }

  private func sameMedia(_ left: String, _ right: String) -> Bool {
    func type(_ text: String) -> Substring { text.lowercased().split(separator: ";").first ?? "" }
    return type(left) == type(right)
  }

  private func isSame(_ left: String, _ right: String) -> Bool {
    if left == right { return true }
    guard let a = Decimal64(left), let b = Decimal64(right) else { return false }
    // An exponent is no plain decimal, whatever its value.
    return a == b && !left.contains { $0 == "e" || $0 == "E" }
  }

  /// Whether a text reports the clock's time within a minute, in any unit or as an ISO date.
  static func isTime(_ text: String, clock: Int64) -> Bool {
    if let number = Decimal64(text) {
      return [1_000_000_000, 1_000_000, 1000, 1].contains { (unit: Int64) in
        guard let nanoseconds = number.times(unit) else { return false }
        return abs(nanoseconds - clock) <= 60_000_000_000
      }
    }
    return text.hasPrefix(isoDay(clock))
  }

  /// `2023-11-14` of a time.
  private static func isoDay(_ nanoseconds: Int64) -> String {
    let day = nanoseconds / 86_400_000_000_000 + 719_468
    let era = day / 146_097, dayOfEra = day % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    func pad(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return "\(year)-\(pad(month))-\(pad(dayOfYear - (153 * shifted + 2) / 5 + 1))"
  }
}

extension Decimal64 {
  /// The product as nanoseconds, its fraction cut; nil when it does not fit.
  fileprivate func times(_ unit: Int64) -> Int64? {
    var mantissa = mantissa
    var exponent = exponent
    // Digits below a nanosecond do not matter.
    while exponent < -9 {
      mantissa /= 10
      exponent += 1
    }
    let (product, overflow) = mantissa.multipliedReportingOverflow(by: unit)
    if overflow { return nil }
    if exponent >= 0 { return Decimal64(mantissa: product, exponent: exponent).mantissa(at: 0) }
    return powerOfTen(-exponent).map { product / $0 }
  }
}

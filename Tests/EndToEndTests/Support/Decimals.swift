import Decimals
import JSONTree
import Testing

/// A decimal that a command printed; two are equal by value, however many zeros end them.
func decimal(_ value: JSONValue?) throws -> Decimal64 {
  let text = try #require(value?.string)
  return try #require(Decimal64(text))
}

/// One side of a book as a command printed it: prices and quantities.
func levels(_ value: JSONValue?) throws -> [[Decimal64]] {
  try #require(value?.array).map { try #require($0.array).map { try decimal($0) } }
}

/// One side of a book as a test writes it.
func levels(_ texts: [[String]]) throws -> [[Decimal64]] {
  try texts.map { try $0.map { try #require(Decimal64($0)) } }
}

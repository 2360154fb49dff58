extension String {
  /// With a capital at its beginning, as remedies are written.
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

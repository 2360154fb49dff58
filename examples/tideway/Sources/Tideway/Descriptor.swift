extension TidewaySpot {
  /// What the library says of its connector; `manifest.json` states the same.
  public static let descriptor: StaticString = """
    {"id": "tideway", "name": "Tideway", "version": "1.0.0", "kind": "spot",
     "hosts": ["api.tideway.example:443", "feed.tideway.example:443"],
     "extensions": [], "credentials": [], "config": [{"name": "pairs", "type": "array"}],
     "verbs": ["clock", "instruments", "subscribe", "unsubscribe", "resync"],
     "channels": ["book", "trades"], "order_types": [], "domains": ["live"]}
    """
}

extension HarbourSpot {
  /// What the library says of its connector; `manifest.json` states the same.
  public static let descriptor: StaticString = """
    {"id": "harbour", "name": "Harbour", "version": "1.0.0", "kind": "spot",
     "hosts": ["api.harbour.example:443", "feed.harbour.example:443"],
     "extensions": [], "credentials": [], "config": [],
     "verbs": ["clock", "instruments", "subscribe", "unsubscribe", "resync"],
     "channels": ["book", "trades"], "order_types": [], "domains": ["live"]}
    """
}

extension SandbarSpot {
  /// What the library says of its connector; `manifest.json` states the same.
  public static let descriptor: StaticString = """
    {"id": "sandbar", "name": "Sandbar", "version": "0.1.0", "kind": "spot",
     "hosts": ["api.sandbar.example:443", "feed.sandbar.example:443"],
     "extensions": [], "credentials": [], "config": [],
     "verbs": ["clock", "instruments", "subscribe", "unsubscribe", "resync"],
     "channels": ["book", "trades"], "order_types": [], "domains": ["live"]}
    """
}

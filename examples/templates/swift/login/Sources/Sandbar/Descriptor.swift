extension SandbarSpot {
  /// What the library says of its connector; `manifest.json` states the same.
  public static let descriptor: StaticString = """
    {"id": "sandbar", "name": "Sandbar", "version": "0.1.0", "kind": "spot",
     "hosts": ["api.sandbar.example:443", "feed.sandbar.example:443"],
     "extensions": [], "credentials": [
       {"name": "api_key", "secret": false, "required": true},
       {"name": "secret_key", "secret": true, "required": true}],
     "config": [],
     "verbs": ["clock", "instruments", "subscribe", "unsubscribe", "resync", "place", "cancel", "cancel_many", "order",
       "open_orders", "balances"],
     "channels": ["book", "trades"], "order_types": ["limit", "market"],
     "client_order_id": {"length": 32, "pattern": "^[A-Za-z0-9_-]{1,32}$"}, "domains": ["live"]}
    """
}

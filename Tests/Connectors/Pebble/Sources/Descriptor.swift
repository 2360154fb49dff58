extension Pebble {
  public static let descriptor: StaticString = """
    {"id": "pebble", "name": "Pebble", "version": "1.0.0", "kind": "spot",
     "hosts": ["api.pebble.test:443", "stream.pebble.test:443"], "extensions": [],
     "credentials": [
      {"name": "api_key", "secret": false, "required": true}, {"name": "secret_key", "secret": true, "required": true}],
     "config": [{"name": "fault", "type": "string", "default": ""}],
     "verbs": ["clock", "instruments", "subscribe", "unsubscribe", "resync", "tickers", "balances", "place", "cancel",
      "cancel_many"],
     "channels": ["book", "trades"], "order_types": ["limit", "market"],
     "client_order_id": {"length": 36, "pattern": "[a-z0-9-]+"}, "domains": ["main"]}
    """
}

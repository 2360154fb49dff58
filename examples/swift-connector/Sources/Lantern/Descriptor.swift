/// What the library says about its connector; see `descriptor_json` in patchbay.h. `manifest.json` states the same.
extension LanternSpot {
  public static let descriptor: StaticString = """
    {"id": "lantern", "name": "Lantern", "version": "1.0.0", "kind": "spot", "hosts": [], "extensions": [],
     "credentials": [],
     "config": [
      {"name": "seed", "type": "integer", "default": 1},
      {"name": "flicker_ms", "type": "integer", "default": 250}],
     "verbs": ["clock", "instruments", "subscribe", "unsubscribe", "resync", "tickers"],
     "channels": ["book", "ticker"],
     "order_types": [],
     "domains": []}
    """
}

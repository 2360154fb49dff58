/// A connector in C that describes its instruments, answers what it is asked, and does what a test wants besides.
enum HostileLibrary {
  /// Records with texts and lists behind them, up to 16 KiB.
  static let helpers = #"""
    static _Alignas(8) unsigned char r[16384];
    static uint32_t used;
    static uint64_t turn;
    static void begin(size_t head) { memset(r, 0, sizeof r); used = (uint32_t)head; }
    static pb_ref raw(const void *bytes, size_t size) {
      pb_ref ref = {used, (uint32_t)size};
      memcpy(r + used, bytes, size);
      used += (uint32_t)size;
      return ref;
    }
    static pb_ref text(const char *words) { return raw(words, strlen(words)); }
    static pb_ref number(const char *words) {
      char text[64];
      return raw(text, (size_t)snprintf(text, sizeof text, "%s%llu", words, (unsigned long long)++turn));
    }
    static pb_list list(const void *items, uint32_t count, size_t size) {
      used = (used + 7u) & ~7u;
      pb_list list = {used, count};
      memcpy(r + used, items, count * size);
      used += (uint32_t)(count * size);
      return list;
    }
    static pb_status emit(uint16_t kind, const void *fact, size_t head) {
      memcpy(r, fact, head);
      pb_rec *rec = (pb_rec *)r;
      *rec = (pb_rec){(used + 7u) & ~7u, kind, (uint16_t)head, the_seq};
      return the_host->emit(the_host, rec);
    }
    #define EMIT(kind, fact) emit(kind, &(fact), sizeof (fact))
    static pb_dec dec(int64_t mantissa, int32_t exponent) { return (pb_dec){mantissa, exponent, PB_DEC_EXACT}; }
    static void log_line(const char *words) {
      pb_out_log f = {.level = PB_LOG_WARNING};
      begin(sizeof f); f.text = number(words); EMIT(PB_OUT_LOG, f);
    }
    static void timer(pb_id id, int64_t after) {
      pb_out_timer f = {.timer = id, .after_ns = after};
      begin(sizeof f); EMIT(PB_OUT_TIMER, f);
    }
    static void request(const char *url) {
      pb_out_request f = {.request = ++turn, .method = PB_METHOD_GET};
      begin(sizeof f);
      pb_part part = {.literal = text(url)};
      f.url = list(&part, 1, sizeof part);
      EMIT(PB_OUT_REQUEST, f);
    }
    static void open_stream(pb_id stream, const char *url) {
      pb_out_open f = {.stream = stream};
      begin(sizeof f);
      pb_part part = {.literal = text(url)};
      f.url = list(&part, 1, sizeof part);
      EMIT(PB_OUT_OPEN, f);
    }
    static void instrument(pb_id id, const char *symbol, const char *base) {
      pb_instrument f = {.instrument = id, .kind = PB_KIND_SPOT, .state = PB_INSTRUMENT_TRADING, .price_exp = -2,
        .quantity_exp = -3, .tick = dec(1, -2), .lot = dec(1, -3), .multiplier = dec(1, 0),
        .order_types = 1 << PB_TYPE_LIMIT, .time_in_force = 1 << PB_TIF_GTC};
      begin(sizeof f);
      f.symbol = symbol ? text(symbol) : number("S"); f.base = base ? text(base) : number("B"); f.quote = text("B");
      EMIT(PB_EV_INSTRUMENT, f);
    }
    static void state(pb_id instrument, pb_id account, uint32_t channel, uint32_t state, int64_t retry) {
      pb_state f = {.instrument = instrument, .account = account, .channel = channel, .state = state,
        .retry_after_ns = retry};
      begin(sizeof f); f.text = text("why"); EMIT(PB_EV_STATE, f);
    }
    static void book(pb_id instrument, int64_t bid, int64_t ask) {
      pb_book f = {.instrument = instrument, .first_seq = ++turn, .last_seq = turn, .snapshot = 1};
      begin(sizeof f);
      pb_level bids[1] = {{bid, 5}}, asks[1] = {{ask, 5}};
      f.bids = list(bids, 1, sizeof *bids); f.asks = list(asks, 1, sizeof *asks);
      EMIT(PB_EV_BOOK, f);
    }
    static void complete(pb_id command, pb_id account, uint32_t what) {
      pb_complete f = {.command = command, .account = account, .what = what};
      begin(sizeof f); EMIT(PB_EV_COMPLETE, f);
    }
    static void done(pb_id command) {
      pb_reply f = {.command = command, .outcome = PB_OUTCOME_DONE};
      begin(sizeof f); EMIT(PB_EV_REPLY, f);
    }
    """#

  /// What `deliver` does when the test's own statements have not returned.
  static let deliver = #"""
    if (input->rec.kind == PB_IN_ACCOUNT) {
      state(0, ((const pb_in_account *)input)->account, PB_CHANNEL_PRIVATE, PB_STATE_LIVE, 0);
      return PB_OK;
    }
    if (input->rec.kind != PB_IN_COMMAND) return PB_OK;
    const pb_in_command *command = (const pb_in_command *)input;
    switch (command->verb) {
    case PB_CMD_INSTRUMENTS:
      instrument(1, "AB", "A");
      complete(command->command, 0, PB_EV_INSTRUMENT);
      break;
    case PB_CMD_SUBSCRIBE:
      state(command->instrument, 0, command->channel, PB_STATE_LIVE, 0);
      book(command->instrument, 100, 101);
      break;
    case PB_CMD_BALANCES: complete(command->command, command->account, PB_EV_BALANCE); break;
    case PB_CMD_OPEN_ORDERS: complete(command->command, command->account, PB_EV_ORDER); break;
    }
    done(command->command);
    return PB_OK;
    """#

  /// The library whose `deliver` begins with statements of the test's own.
  static func with(_ statements: String, helpers more: String = "", hosts: String = "[]") -> CLibrary {
    var library = CLibrary()
    library.helpers = helpers + "\n" + more
    library.descriptor = CLibrary.descriptor(hosts: hosts)
    library.deliverBody = statements + "\n" + deliver
    return library
  }
}

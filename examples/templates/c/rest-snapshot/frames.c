/* The public stream: how it is asked, and what its frames say. "Feed", "Books", "Trades". */
#include "exchange.h"

static const pbk_channel CHANNELS[] = {{PB_CHANNEL_BOOK, "book"}, {PB_CHANNEL_TRADES, "trades"}};

/* "Feed" */
static void write_topics(pbk_buf *text, const pbk_topic_name *topics, uint32_t count, bool is_unsubscribe, pb_id id) {
  pbk_buf_text(text, is_unsubscribe ? "{\"op\":\"unsubscribe\",\"id\":\"" : "{\"op\":\"subscribe\",\"id\":\"");
  pbk_buf_number(text, id);
  pbk_buf_text(text, "\",\"topics\":[");
  for (uint32_t index = 0; index < count; index++) {
    pbk_buf_text(text, index > 0 ? ",\"" : "\"");
    pbk_buf_text(text, topics[index].channel);
    pbk_buf_text(text, ".");
    pbk_buf_text(text, topics[index].symbol);
    pbk_buf_text(text, "\"");
  }
  pbk_buf_text(text, "]}");
}

/* "Books": asked for when the subscription stands; updates wait for it. */
static void ask_book(pbk_request *request, const pbk_market *market) {
  request->method = PB_METHOD_GET;
  pbk_write(&request->url, REST "/v1/book?symbol=");
  pbk_literal(&request->url, market->symbol, market->symbol_len);
  pbk_charge(request, REQUESTS, 1);
}

pbk_plan sandbar_plan(void) {
  return (pbk_plan){
    .url = FEED, .channels = CHANNELS, .channel_count = 2, .write = write_topics, .topics_per_message = 20,
    /* "Books": an update spans numbers, and the next one begins behind it. */
    .rule = PBK_SPAN, .ask = ask_book, .message_charge = {.bucket = MESSAGES, .weight = 1}};
}

/* "Books": a reply or a frame. Levels go from the text into the record: nothing else may be emitted until the book is
 * out. */
static bool read_book(sandbar *self, const pbk_market *market, pb_span text, pbk_message *message) {
  bool has_bids = false, has_asks = false;
  pbk_json json = pbk_json_of(text);
  pbk_text key;
  pbk_begin_book(&self->out);
  pbk_enter_object(&json);
  while (pbk_next_key(&json, &key)) {
    if (pbk_is(key, "bids")) {
      message->bids = pbk_levels(&self->out, &json, market->price_exp, market->quantity_exp);
      has_bids = true;
    } else if (pbk_is(key, "asks")) {
      message->asks = pbk_levels(&self->out, &json, market->price_exp, market->quantity_exp);
      has_asks = true;
    } else if (pbk_is(key, "first")) {
      message->first = pbk_unsigned(&json);
    } else if (pbk_is(key, "last") || pbk_is(key, "seq")) {
      message->last = pbk_unsigned(&json);
    } else if (pbk_is(key, "time")) {
      message->venue_ns = pbk_milliseconds(&json);
    } else {
      pbk_skip(&json);
    }
  }
  message->frame = text;
  return pbk_is_complete(&json) && has_bids && has_asks && message->last > 0;
}

static bool book(sandbar *self, pbk_market *market, pb_span frame) {
  pbk_message message = {0};
  if (!read_book(self, market, frame, &message) || message.first == 0) return false;
  pbk_book_message(&self->feed, &self->out, market, &message);
  return true;
}

/* The book that was asked for, and behind it the updates that waited. */
pb_status sandbar_feed_reply(sandbar *self, const pb_in_reply *reply, pb_span body) {
  pbk_market *market = pbk_answered(&self->feed, reply->request);
  if (!market) return PB_E_STATE;
  pbk_message message = {0};
  bool is_fine = reply->outcome == PB_REPLIED && reply->status / 100 == 2;
  if (!is_fine || !read_book(self, market, body, &message)) {
    pbk_no_snapshot(&self->feed, &self->out, market, 0);
    return is_fine ? PB_E_PARSE : PB_OK;
  }
  pbk_snapshot(&self->feed, &self->out, market, &message, false);
  pbk_buf frame = {0};
  while (pbk_next_waiting(market, &frame)) {
    pb_span waiting = {.ptr = frame.ptr, .len = frame.len};
    if (!book(self, market, waiting)) pbk_misread(&self->feed, &self->out, market, PB_CHANNEL_BOOK);
    pbk_buf_free(&frame);
  }
  return PB_OK;
}

/* "Trades", each by itself: one that cannot be read spoils no other. */
static bool trades(sandbar *self, pbk_market *market, pbk_json data) {
  bool is_read = true;
  pbk_enter_array(&data);
  while (pbk_next_element(&data)) {
    pbk_json entry = pbk_entry(&data);
    pb_trade fact = {.instrument = pbk_market_id(market)};
    pbk_text key, id = {0};
    pbk_enter_object(&entry);
    while (pbk_next_key(&entry, &key)) {
      if (pbk_is(key, "id")) id = pbk_scalar(&entry);
      else if (pbk_is(key, "price")) fact.price = pbk_fixed(&entry, market->price_exp);
      else if (pbk_is(key, "size")) fact.quantity = pbk_fixed(&entry, market->quantity_exp);
      else if (pbk_is(key, "time")) fact.venue_ns = pbk_milliseconds(&entry);
      else if (pbk_is(key, "side")) {
        pbk_text side = pbk_string(&entry);
        fact.side = pbk_is(side, "buy") ? PB_SIDE_BUY : pbk_is(side, "sell") ? PB_SIDE_SELL : PB_SIDE_NONE;
      } else pbk_skip(&entry);
    }
    bool is_whole = !entry.failed && fact.price > 0 && fact.quantity > 0 && fact.side != PB_SIDE_NONE;
    if (is_whole) pbk_trade(&self->out, &fact, id);
    is_read = is_read && is_whole;
  }
  return is_read && !data.failed;
}

static uint64_t number_of(pbk_text text) {
  pb_dec number;
  int64_t value = 0;
  return pbk_parse(text.ptr, text.len, &number) && pbk_at(number, 0, &value) && value > 0 ? (uint64_t)value : 0;
}

/* Data have a topic, answers the id of what they answer. */
pb_status sandbar_frame(sandbar *self, pb_id stream, pb_span frame) {
  pbk_text key, topic = {0}, id = {0}, code = {0}, words = {0};
  pbk_json json = pbk_json_of(frame), list = {0};
  bool is_refused = false, has_list = false;
  pbk_enter_object(&json);
  while (pbk_next_key(&json, &key)) {
    if (pbk_is(key, "topic")) topic = pbk_string(&json);
    else if (pbk_is(key, "id")) id = pbk_scalar(&json);
    else if (pbk_is(key, "ok")) is_refused = !pbk_is(pbk_scalar(&json), "true");
    else if (pbk_is(key, "code")) code = pbk_scalar(&json);
    else if (pbk_is(key, "text")) words = pbk_scalar(&json);
    else if (pbk_is(key, "trades")) {
      list = pbk_entry(&json);
      has_list = true;
    } else pbk_skip(&json);
  }
  if (!pbk_is_complete(&json)) {
    /* It is not known what it was about: everything on the stream may be missing something. */
    pbk_misread_stream(&self->feed, &self->out, stream);
    return PB_E_PARSE;
  }
  if (topic.len == 0) {
    if (id.len == 0) return PB_E_UNSUPPORTED;
    uint32_t error = pbk_is(code, "no_such_market") ? PB_ERR_UNKNOWN_INSTRUMENT : PB_ERR_OTHER;
    pbk_acknowledged(&self->feed, &self->out, number_of(id), is_refused ? error : 0, words);
    return PB_OK;
  }
  pbk_text channel, symbol;
  pbk_market *market = pbk_split(topic, '.', &channel, &symbol) ? pbk_market_named(&self->feed.markets, symbol) : NULL;
  if (!market) return PB_E_UNSUPPORTED;
  bool is_book = pbk_is(channel, "book");
  if (!is_book && !pbk_is(channel, "trades")) return PB_E_UNSUPPORTED;
  uint32_t carried = is_book ? PB_CHANNEL_BOOK : PB_CHANNEL_TRADES;
  if (!(market->wanted & carried)) return PB_OK;
  bool is_read = false;
  if (is_book) is_read = book(self, market, frame);
  else if (has_list) is_read = !pbk_is_wanted(&self->feed, &self->out, market, carried) || trades(self, market, list);
  if (is_read) return PB_OK;
  pbk_misread(&self->feed, &self->out, market, carried);
  return PB_E_PARSE;
}

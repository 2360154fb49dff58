/* Tests of the kit, with a host of their own. `make test` runs them under the address and undefined sanitizers. */
#include <patchbay_kit.h>
#include <stdio.h>

static int failures;
#define EXPECT(condition)                                                  \
  do {                                                                     \
    if (!(condition)) {                                                    \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);      \
      failures++;                                                          \
    }                                                                      \
  } while (0)

/* ---- A host that keeps what was emitted */

enum { MOST_SEEN = 256 };
static struct {
  uint16_t kind;
  uint32_t size;
  uint64_t words[512];
} seen[MOST_SEEN];
static size_t seen_count;

static pb_status keep(const pb_host *host, const pb_rec *record) {
  (void)host;
  if (seen_count == MOST_SEEN) return PB_OK;
  seen[seen_count].kind = record->kind;
  seen[seen_count].size = record->size;
  if (record->size <= sizeof seen[0].words) memcpy(seen[seen_count].words, record, record->size);
  seen_count++;
  return PB_OK;
}
static const pb_host HOST = {.size = sizeof HOST, .emit = keep};

/** How many records of a kind were emitted since the last time that everything was forgotten. */
static size_t count(uint16_t kind) {
  size_t found = 0;
  for (size_t index = 0; index < seen_count; index++) found += seen[index].kind == kind;
  return found;
}
/** The last record of a kind. */
static const void *latest(uint16_t kind) {
  for (size_t index = seen_count; index-- > 0;) {
    if (seen[index].kind == kind) return seen[index].words;
  }
  return NULL;
}

static pb_span span(const char *text) { return (pb_span){(const uint8_t *)text, strlen(text)}; }
/** A copy on the heap, so that a read behind its end is noticed. */
static pbk_json json_of(const char *text, uint8_t **copy) {
  size_t length = strlen(text);
  *copy = (uint8_t *)malloc(length ? length : 1);
  memcpy(*copy, text, length);
  return pbk_json_of((pb_span){*copy, length});
}

/* ---- Numbers */

static bool fixed_is(const char *text, int32_t exponent, int64_t wanted, bool is_there) {
  uint8_t *copy;
  pbk_json json = json_of(text, &copy);
  int64_t value = pbk_fixed(&json, exponent);
  bool is_right = pbk_is_complete(&json) == is_there && value == (is_there ? wanted : value);
  free(copy);
  return is_right;
}

static bool prints_as_written(const char *text) {
  pb_dec number;
  char printed[PBK_DEC_TEXT];
  return pbk_parse((const uint8_t *)text, strlen(text), &number) && pbk_print(number, printed) == strlen(text) &&
         strcmp(printed, text) == 0;
}

static void numbers(void) {
  EXPECT(fixed_is("\"65086.18\"", -2, 6508618, true) && fixed_is("65086.180", -2, 6508618, true));
  EXPECT(fixed_is("-1.5e1", 0, -15, true) && fixed_is("\"007\"", 0, 7, true) && fixed_is("0", -8, 0, true));
  EXPECT(fixed_is("123456789012345678", -1, 1234567890123456780, true));
  EXPECT(fixed_is("9223372036854775807", 0, INT64_MAX, true));
  const char *wrong[] = {"007", "9223372036854775808", "1234567890123456789e1", "\"1", "1\"", "\"\"", "\"-\"", ".5",
                         "5.", "1..2", "null", "--1", "", "1e99999999999", "0.0000000001"};
  for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++) EXPECT(fixed_is(wrong[index], 0, 0, false));
  EXPECT(fixed_is("1", INT32_MIN, 0, false) && fixed_is("1", INT32_MAX, 0, false));
  const char *written[] = {"0.00000001", "12.5", "-0.3", "1000", "0", "9223372036854775807"};
  for (size_t index = 0; index < sizeof written / sizeof *written; index++) EXPECT(prints_as_written(written[index]));
  char text[PBK_DEC_TEXT];
  EXPECT(pbk_print((pb_dec){INT64_MIN, INT32_MAX, 1}, text) == 84);
  EXPECT(pbk_print((pb_dec){INT64_MIN, INT32_MIN, 1}, text) < 80);
  pb_dec rounded;
  const char *down = "-1.00000000000000000001";
  EXPECT(pbk_parse((const uint8_t *)down, strlen(down), &rounded) && rounded.state == PB_DEC_ROUNDED);
  EXPECT(rounded.mantissa == -1000000000000000001 && rounded.exponent == -18);
  EXPECT(pbk_parse((const uint8_t *)"100000000000000000000000", 24, &rounded) && rounded.state == PB_DEC_EXACT);
  EXPECT(rounded.mantissa == 1 && rounded.exponent == 23);
}

/** Numbers of every length, quoted and bare: what is read fast is what is read slowly. */
static void lengths(void) {
  const char *digits = "1029384756019283", *forms[] = {"\"%.*s%s%.*s\",[1,2,3]     ", "%.*s%s%.*s,[1,2,3]      ",
                                                       "%.*s%s%.*s"};
  for (int whole = 1; whole <= 10; whole++) {
    for (int places = 0; places <= 10; places++) {
      for (int form = 0; form < 3; form++) {
        char text[64], number[32];
        snprintf(number, sizeof number, "%.*s%s%.*s", whole, digits, places ? "." : "", places, digits + 3);
        snprintf(text, sizeof text, forms[form], whole, digits, places ? "." : "", places, digits + 3);
        for (int32_t exponent = -11; exponent <= 1; exponent++) {
          uint8_t *copy;
          pb_dec slow;
          int64_t wanted = 0;
          pbk_json json = json_of(text, &copy);
          int64_t value = pbk_fixed(&json, exponent);
          bool fits = pbk_parse((const uint8_t *)number, strlen(number), &slow) && pbk_at(slow, exponent, &wanted);
          EXPECT(json.failed != fits && (!fits || value == wanted));
          free(copy);
        }
      }
    }
  }
}

/* ---- JSON */

static bool is_json(const char *text) {
  uint8_t *copy;
  pbk_json json = json_of(text, &copy);
  pbk_skip(&json);
  bool is = pbk_is_complete(&json);
  free(copy);
  return is;
}

static void texts(void) {
  const char *wrong[] = {"", "{", "[1", "[1,]", "{\"a\":1,}", "{\"a\"}", "[1 2]", "\"\\x\"", "\"a\nb\"", "01", "1.",
                         "-", "nul", "[,]", "{1:2}", "[1]]", "\"\\u12g4\"", "tru", "{\"a\":}", "[}", "{]", "+1",
                         "\0011"};
  for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++) EXPECT(!is_json(wrong[index]));
  const char *right[] = {"[]", "{}", "1e999", "-0.0", "[[],{}]", "\"\\ud800\"", " null ", "[1,{\"a\":[true,false]}]"};
  for (size_t index = 0; index < sizeof right / sizeof *right; index++) EXPECT(is_json(right[index]));
  char deep[131] = {0};
  memset(deep, '[', 65);
  memset(deep + 65, ']', 65);
  EXPECT(!is_json(deep) && !is_json(deep + 130) && is_json("[[[[[[]]]]]]"));
  pbk_json time = pbk_json_of(span("\"2023-10-06T17:35:55.440295Z\""));
  EXPECT(pbk_timestamp(&time) == 1696613755440295000);
  EXPECT(pbk_rfc3339(pbk_text_of("2024-02-29T12:00:00Z")) == 1709208000000000000);
  EXPECT(pbk_rfc3339(pbk_text_of("2023-10-06T17:35:55.Z")) < 0 && pbk_rfc3339(pbk_text_of("")) < 0);
  pbk_json late = pbk_json_of(span("99999999999999999"));
  EXPECT(pbk_milliseconds(&late) == 0 && late.failed);
  pbk_json found = pbk_json_of(span("{\"result\":{\"other\":[{}],\"list\":[7]}}"));
  EXPECT(pbk_find(&found, "result/list") && pbk_peek(&found) == '[');
  pbk_json empty = pbk_json_of(span("[\"\",null,\"2\"]"));
  uint32_t states = 0;
  pbk_enter_array(&empty);
  while (pbk_next_element(&empty)) states = states * 10 + pbk_optional(&empty).state;
  EXPECT(states == 1 && !empty.failed);
}

/** Every text cut and changed at every place is read to its end, and nothing behind it. */
static void any_bytes(void) {
  const char *text = "{\"a\":[[\"65086.18\",\"0.5\"],[1e5,-2]],\"t\":\"2023-10-06T17:35:55.4Z\","
                     "\"s\":\"\\u00e9\",\"n\":null}";
  pbk_out out = {.host = &HOST};
  for (size_t place = 0; place < strlen(text); place++) {
    for (int byte = 0; byte < 256; byte++) {
      uint8_t *copy;
      pbk_text key;
      pbk_json json = json_of(text, &copy);
      copy[place] = (uint8_t)byte;
      if (byte & 1) json.end = copy + place + 1;
      pbk_enter_object(&json);
      while (pbk_next_key(&json, &key)) {
        pbk_json ahead = json;
        pbk_begin_book(&out);
        if (pbk_peek(&json) == '[') pbk_levels(&out, &ahead, -8, -8);
        else pbk_timestamp(&ahead), ahead = json, pbk_peer_text(&out, pbk_scalar(&ahead));
        pbk_skip(&json);
      }
      free(copy);
    }
  }
  pbk_buf_free(&out.block);
}

/* ---- Records and seals */

static void records(void) {
  pbk_out out = {.host = &HOST, .seq = 9};
  pbk_json json = pbk_json_of(span("\"a\\n\\\"\\u00e9\\ud83d\\ude00\\ud800x\\u0000\""));
  seen_count = 0;
  pbk_reply(&out, 5, PB_OUTCOME_REFUSED, PB_ERR_OTHER, 0, (pbk_text){0}, pbk_string(&json));
  const pb_reply *reply = latest(PB_EV_REPLY);
  const char *wanted = "a\n\"\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbdx";
  EXPECT(reply && reply->command == 5 && reply->rec.seq == 9 && reply->rec.size % 8 == 0);
  EXPECT(reply->text.length == strlen(wanted) && reply->code.offset == 0);
  EXPECT(memcmp((const char *)reply + reply->text.offset, wanted, strlen(wanted)) == 0);
  const uint8_t raw[] = {'"', 0xFF, 0xC3, '"'};
  json = pbk_json_of((pb_span){raw, sizeof raw});
  pbk_reply(&out, 5, PB_OUTCOME_REFUSED, PB_ERR_OTHER, 0, (pbk_text){0}, pbk_string(&json));
  reply = latest(PB_EV_REPLY);
  EXPECT(reply->text.length == 6);

  pbk_request request = {.method = PB_METHOD_POST, .permission = "place"};
  pbk_write(&request.url, "https://x/");
  pbk_sealed *sign = pbk_header(&request, "X-SIGN");
  pbk_seal(sign);
  pbk_op(sign, PB_OP_TIME_MS, 0, 0);
  pbk_op_bytes(sign, PB_OP_FIELD, "secret_key");
  pbk_op(sign, PB_OP_HMAC_SHA256, 0, 0);
  pbk_send(&out, 7, &request);
  const pb_out_request *sent = latest(PB_OUT_REQUEST);
  const pb_header *header = (const void *)((const char *)sent + sent->headers.offset);
  const pb_part *part = (const void *)((const char *)sent + header->value.offset);
  const pb_op *ops = (const void *)((const char *)sent + part->ops.offset);
  EXPECT(sent->headers.count == 1 && header->value.count == 1 && part->ops.count == 3 && part->literal.length == 0);
  EXPECT(ops[1].code == PB_OP_FIELD && memcmp((const char *)sent + ops[1].bytes.offset, "secret_key", 10) == 0);

  seen_count = 0;
  pbk_begin_book(&out);
  for (uint32_t index = 0; index < PB_MAX_RECORD / 16; index++) pbk_level(&out, &(pb_list){0}, 1, 1);
  pbk_book(&out, &(pb_book){0});
  EXPECT(seen_count == 0 && out.overflown);
  pbk_done(&out, 1);
  EXPECT(seen_count == 1 && !out.block.failed);
  pbk_buf_free(&out.block);
}

/* ---- Books */

static bool judged(pbk_rule rule, uint64_t snapshot, bool is_in_band, const uint64_t (*updates)[3],
                   const char *wanted) {
  pbk_sync sync = {.rule = rule};
  char verdicts[9] = {0};
  if (pbk_update(&sync, 1, 1, 0) != PBK_QUEUE) return false;
  pbk_sync_snapshot(&sync, snapshot, is_in_band);
  for (size_t index = 0; index < strlen(wanted); index++) {
    verdicts[index] = "ADQG"[pbk_update(&sync, updates[index][0], updates[index][1], updates[index][2])];
  }
  return strcmp(verdicts, wanted) == 0;
}

static void books(void) {
  const uint64_t span_updates[][3] = {{5, 9, 0}, {9, 12, 0}, {13, 15, 0}, {17, 18, 0}, {19, 19, 0}};
  EXPECT(judged(PBK_SPAN, 10, false, span_updates, "DAAGQ"));
  EXPECT(judged(PBK_SPAN, 10, false, (const uint64_t[][3]){{12, 13, 0}}, "G"));
  EXPECT(judged(PBK_SPAN, UINT64_MAX, true, (const uint64_t[][3]){{0, 0, 0}}, "G"));
  EXPECT(judged(PBK_SPAN_WITH_PREVIOUS, 10, false, (const uint64_t[][3]){{1, 8, 0}, {9, 12, 8}, {13, 14, 12}}, "DAA"));
  EXPECT(judged(PBK_PREVIOUS, 10, true, (const uint64_t[][3]){{0, 12, 10}, {0, 12, 12}, {0, 14, 13}}, "AAG"));
  EXPECT(judged(PBK_PREVIOUS, 10, false, (const uint64_t[][3]){{0, 9, 8}, {0, 11, 9}}, "DA"));
  EXPECT(judged(PBK_INCREMENT, 10, true, (const uint64_t[][3]){{0, 11, 0}, {0, 11, 0}, {0, 13, 0}}, "ADG"));
  EXPECT(judged(PBK_RISING, 10, false, (const uint64_t[][3]){{0, 9, 0}, {0, 12, 0}, {0, 11, 0}}, "DAG"));
  EXPECT(judged(PBK_UNNUMBERED, 0, true, (const uint64_t[][3]){{0, 0, 0}, {7, 7, 7}}, "AA"));
  pbk_pace pace = {0};
  int64_t waits = 0;
  for (int index = 0; index < 5; index++) waits = waits * 10 + pbk_pace_lost(&pace, 0) / 250000000;
  EXPECT(waits == 0 * 10000 + 1248);
  for (int index = 0; index < 99; index++) EXPECT(pbk_pace_lost(&pace, 0) <= PBK_PACE_MOST_NS);
  EXPECT(pbk_pace_lost(&pace, PBK_PACE_FORGOTTEN_NS + PBK_PACE_MOST_NS) == 0);
}

/* ---- The feed */

static const pbk_channel CHANNELS[] = {{PB_CHANNEL_BOOK, "book"}, {PB_CHANNEL_TRADES, "trades"}};

static void write_topics(pbk_buf *text, const pbk_topic_name *topics, uint32_t topic_count, bool is_un, pb_id id) {
  (void)id;
  pbk_buf_text(text, is_un ? "-" : "+");
  for (uint32_t index = 0; index < topic_count; index++) {
    pbk_buf_text(text, topics[index].channel);
    pbk_buf_text(text, topics[index].symbol);
  }
}

static void ask_book(pbk_request *request, const pbk_market *market) { pbk_write(&request->url, market->symbol); }

/** The frame sent last is this one. */
static bool said(const char *text) {
  const pb_out_request *sent = latest(PB_OUT_REQUEST);
  if (!sent || sent->body.count != 1) return false;
  const pb_part *part = (const void *)((const char *)sent + sent->body.offset);
  const char *frame = (const char *)sent + part->literal.offset;
  return part->literal.length == strlen(text) && memcmp(frame, text, strlen(text)) == 0;
}
static pb_id latest_request(void) { return ((const pb_out_request *)latest(PB_OUT_REQUEST))->request; }

static void sent(pbk_feed *feed, pbk_out *out, pb_id request) {
  pb_in_reply reply = {.request = request, .outcome = PB_SENT};
  EXPECT(pbk_feed_sent(feed, out, &reply));
}

static void book(pbk_feed *feed, pbk_out *out, bool is_snapshot, uint64_t last) {
  pbk_message message = {.is_snapshot = is_snapshot, .last = last, .frame = span("frame")};
  pbk_begin_book(out);
  pbk_book_message(feed, out, pbk_market_at(&feed->markets, 0), &message);
}

/** A market with its book subscribed to, and the stream open; the command is 1. */
static pb_id subscribed(pbk_feed *feed, pbk_out *out, uint32_t channels) {
  seen_count = 0;
  pbk_market *market = pbk_feed_list(feed, out, pbk_text_of("AB"), -2, -3);
  pb_in_command command = {.command = 1, .verb = PB_CMD_SUBSCRIBE, .channel = channels, .instrument = 1};
  EXPECT(market && pbk_feed_command(feed, out, &command) && count(PB_OUT_OPEN) == 1);
  pb_id stream = ((const pb_out_open *)latest(PB_OUT_OPEN))->stream;
  EXPECT(pbk_feed_opened(feed, out, stream) && !pbk_feed_opened(feed, out, 999));
  return stream;
}

/** The book comes on the stream: a loss makes the kit give the subscription up and take it anew. */
static void feed_by_stream(void) {
  pbk_out out = {.host = &HOST};
  pbk_feed feed = {.plan = {.url = "wss://x", .channels = CHANNELS, .channel_count = 2, .write = write_topics,
                            .rule = PBK_INCREMENT}};
  pb_id stream = subscribed(&feed, &out, PB_CHANNEL_BOOK | PB_CHANNEL_TRADES);
  EXPECT(count(PB_OUT_REQUEST) == 2 && said("+tradesAB"));
  pb_id trades = latest_request(), first = trades - 1;
  sent(&feed, &out, first);
  sent(&feed, &out, trades);
  EXPECT(pbk_acknowledged(&feed, &out, first, 0, (pbk_text){0}) && count(PB_EV_REPLY) == 0);
  EXPECT(pbk_acknowledged(&feed, &out, trades, 0, (pbk_text){0}) && count(PB_EV_REPLY) == 1);
  book(&feed, &out, true, 7);
  book(&feed, &out, false, 8);
  EXPECT(count(PB_EV_BOOK) == 2 && count(PB_EV_GAP) == 0);
  book(&feed, &out, false, 10);
  EXPECT(count(PB_EV_BOOK) == 2 && count(PB_EV_GAP) == 1 && said("-bookAB"));
  book(&feed, &out, true, 11); /* still of the old subscription */
  EXPECT(count(PB_EV_BOOK) == 2);
  sent(&feed, &out, latest_request());
  EXPECT(pbk_acknowledged(&feed, &out, latest_request(), 0, (pbk_text){0}) && said("+bookAB"));
  sent(&feed, &out, latest_request());
  book(&feed, &out, true, 12);
  EXPECT(count(PB_EV_BOOK) == 3);
  EXPECT(pbk_follows(&feed, &out, stream, 4) && pbk_follows(&feed, &out, stream, 5));
  EXPECT(!pbk_follows(&feed, &out, stream, 5) && count(PB_EV_GAP) == 1);
  EXPECT(pbk_feed_closed(&feed, &out, stream, "cut") && count(PB_EV_GAP) == 2 && count(PB_OUT_OPEN) == 2);
  EXPECT(pbk_feed_list(&feed, &out, pbk_text_of("AB"), -3, -3)->number == 1 && feed.markets.used == 1);
  EXPECT(!pbk_is_exhausted(&out, &feed));
  pbk_feed_free(&feed);
  pbk_buf_free(&out.block);
}

/** The book comes by request: updates wait for it. A refused subscription refuses its command, once. */
static void feed_by_request(void) {
  pbk_out out = {.host = &HOST};
  pbk_feed feed = {.plan = {.url = "wss://x", .channels = CHANNELS, .channel_count = 2, .write = write_topics,
                            .rule = PBK_INCREMENT, .ask = ask_book}};
  subscribed(&feed, &out, PB_CHANNEL_BOOK);
  pb_id topics = latest_request();
  sent(&feed, &out, topics);
  pb_id asked = latest_request();
  EXPECT(asked != topics);
  book(&feed, &out, false, 8);
  book(&feed, &out, false, 9);
  EXPECT(count(PB_EV_BOOK) == 0);
  pbk_market *market = pbk_answered(&feed, asked);
  EXPECT(market && !pbk_answered(&feed, asked));
  pbk_message message = {.last = 8};
  pbk_begin_book(&out);
  pbk_snapshot(&feed, &out, market, &message, false);
  pbk_buf frame;
  uint64_t last = 8;
  while (pbk_next_waiting(market, &frame)) {
    EXPECT(frame.len == 5 && memcmp(frame.ptr, "frame", 5) == 0);
    book(&feed, &out, false, last++);
    pbk_buf_free(&frame);
  }
  EXPECT(last == 10 && count(PB_EV_BOOK) == 2 && market->sync.last == 9);
  pb_in_command command = {.command = 2, .verb = PB_CMD_SUBSCRIBE, .channel = PB_CHANNEL_TRADES, .instrument = 1};
  EXPECT(pbk_feed_command(&feed, &out, &command));
  pb_id refused = latest_request();
  sent(&feed, &out, refused);
  seen_count = 0;
  EXPECT(pbk_acknowledged(&feed, &out, refused, PB_ERR_OTHER, pbk_text_of("no")));
  EXPECT(count(PB_EV_REPLY) == 1 && count(PB_EV_STATE) == 1);
  EXPECT(!pbk_acknowledged(&feed, &out, refused, 0, (pbk_text){0}));
  pbk_feed_free(&feed);
  pbk_buf_free(&out.block);
}

/* ---- Orders and accounts */

static void sums(void) {
  pbk_sum one = pbk_sum_parse(pbk_text_of("100000000000.000000000000000001"));
  pb_dec left = pbk_sum_dec(pbk_sum_add(one, pbk_sum_parse(pbk_text_of("0.000000000000000001")), true));
  EXPECT(left.mantissa == 1 && left.exponent == 11 && left.state == PB_DEC_EXACT);
  pb_dec cut = pbk_sum_dec(pbk_sum_parse(pbk_text_of("-12345678901234567890.1")));
  EXPECT(cut.mantissa == -1234567890123456790 && cut.exponent == 1 && cut.state == PB_DEC_ROUNDED);
  EXPECT(pbk_sum_dec(pbk_sum_parse(pbk_text_of("0E-7"))).state == PB_DEC_EXACT);
  pbk_sum huge = pbk_sum_parse(pbk_text_of("999999999999999999999999999999999999999999999999999999999999"));
  EXPECT(pbk_sum_dec(pbk_sum_add(huge, pbk_sum_parse(pbk_text_of("0.1")), false)).state == PB_DEC_ROUNDED);
  const char *const wrong[] = {"", "-", ".", "1.", ".5", "1e", "e5", "x", "1.2.3", "1e65", "1e99999999999"};
  for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
    EXPECT(!pbk_sum_parse(pbk_text_of(wrong[index])).is_there);
  }
  pb_dec third = pbk_quotient(pbk_exact(1, 0), pbk_exact(3, 0), 10);
  EXPECT(third.mantissa == 3333333333 && third.exponent == -10 && third.state == PB_DEC_ROUNDED);
  EXPECT(pbk_quotient(pbk_exact(1, 0), (pb_dec){0}, 10).state == PB_DEC_ABSENT);
  EXPECT(pbk_quotient(pbk_exact(INT64_MAX, 60), pbk_exact(1, 0), 10).state == PB_DEC_ABSENT);
}

static pb_span span_of(const char *text) { return (pb_span){.ptr = (const uint8_t *)text, .len = strlen(text)}; }

/** The first rule decides, none proves nothing of a write, and one doubt makes a whole command unknown. */
static void problems(void) {
  static const pbk_error_rule rules[] = {{"7 8", NULL, PB_ERR_FUNDS, false},
                                         {"9", "symbol", PB_ERR_UNKNOWN_INSTRUMENT, false}};
  const pbk_errors errors = {.code = "code", .text = "msg", .fine = "0", .rules = rules, .count = 2};
  EXPECT(pbk_problem_by(&errors, pbk_text_of("8"), pbk_text_of("")).error == PB_ERR_FUNDS);
  EXPECT(pbk_problem_by(&errors, pbk_text_of("9"), pbk_text_of("bad SYMBOL")).error == PB_ERR_UNKNOWN_INSTRUMENT);
  pbk_problem unknown = pbk_problem_by(&errors, pbk_text_of("9"), pbk_text_of("no"));
  EXPECT(unknown.error == PB_ERR_OTHER && unknown.may_have_happened);
  pb_in_reply reply = {.in.rec.size = sizeof reply, .outcome = PB_REPLIED, .status = 200};
  pbk_problem found;
  EXPECT(pbk_problem_of(&errors, &reply, &reply, span_of("{\"code\":7,\"msg\":\"a\\\"b\"}"), &found));
  EXPECT(found.error == PB_ERR_FUNDS && pbk_is(found.code, "7") && found.text.is_escaped);
  EXPECT(!pbk_problem_of(&errors, &reply, &reply, span_of("{\"code\":0}"), &found));
  reply.status = 503;
  EXPECT(pbk_problem_of(&errors, &reply, &reply, span_of("<html>"), &found) && found.may_have_happened);
  pbk_kept_problem kept = pbk_keep_problem(&found);
  EXPECT(kept.error == PB_ERR_MAINTENANCE && pbk_is(pbk_kept_text(&kept), "HTTP status 503"));
  reply.status = 404;
  EXPECT(pbk_problem_of(&errors, &reply, &reply, span_of(""), &found) && !found.may_have_happened);
  char words[2 * PBK_WORDS];
  memset(words, 'x', sizeof words);
  memcpy(words + PBK_WORDS - 1, "\xC3\xA9", 2);
  found.status = 0;
  found.text = (pbk_text){.ptr = (const uint8_t *)words, .len = sizeof words};
  EXPECT(pbk_keep_problem(&found).text_len == PBK_WORDS - 1);
  pbk_out out = {.host = &HOST};
  pbk_tally tally = {.command = 3, .total = 2, .missing = 2};
  seen_count = 0;
  EXPECT(!pbk_tally_end(&tally, NULL, true));
  kept.may_have_happened = true;
  EXPECT(pbk_tally_end(&tally, &kept, true) && tally.has_unknown);
  pbk_tally_answer(&out, &tally);
  EXPECT(count(PB_EV_REPLY) == 1 && ((pb_reply *)(void *)seen[0].words)->outcome == PB_OUTCOME_UNKNOWN);
  pbk_buf_free(&out.block);
}

static void orders(void) {
  const pbk_offer offer = {.types = 1 << PB_TYPE_LIMIT | 1 << PB_TYPE_MARKET | 1 << PB_TYPE_STOP_LIMIT,
                           .forces = 1 << PB_TIF_GTC | 1 << PB_TIF_IOC, .flags = PB_ORDER_POST_ONLY};
  const pbk_wish limit = {.side = PB_SIDE_BUY, .type = PB_TYPE_LIMIT, .price = pbk_exact(100, 0),
                          .quantity = pbk_exact(1, 0), .client = pbk_word_of(pbk_text_of("a"))};
  uint32_t error = 0;
  EXPECT(!pbk_offer_check(&offer, &limit, &error));
  pbk_wish other = limit;
  other.type = PB_TYPE_TAKE_LIMIT;
  EXPECT(pbk_offer_check(&offer, &other, &error) && error == PB_ERR_UNSUPPORTED);
  other.type = UINT32_MAX;
  EXPECT(pbk_offer_check(&offer, &other, &error) && error == PB_ERR_UNSUPPORTED);
  other.type = PB_TYPE_STOP_LIMIT;
  EXPECT(pbk_offer_check(&offer, &other, &error) && error == PB_ERR_INVALID_ORDER);
  other = limit;
  other.quantity = pbk_exact(0, 0);
  EXPECT(pbk_offer_check(&offer, &other, &error) && error == PB_ERR_INVALID_ORDER);
  char id[PBK_ID + 2];
  memset(id, 'x', sizeof id);
  id[PBK_ID + 1] = 0;
  EXPECT(pbk_word_of(pbk_text_of(id)).len == 0);
  pbk_waiting waiting = {0};
  pbk_waiting_note(&waiting, pbk_text_of("a"), true);
  EXPECT(pbk_waiting_owns(&waiting, &limit));
  pbk_waiting_note(&waiting, pbk_text_of("a"), false);
  EXPECT(!pbk_waiting_owns(&waiting, &limit) && PBK_COUNT(waiting.ids, pbk_waiting_id) == 1);
  for (int number = 0; number < 3000; number++) {
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    pbk_waiting_note(&waiting, pbk_text_of(text), true);
  }
  EXPECT(PBK_COUNT(waiting.ids, pbk_waiting_id) == PBK_MOST_WAITING);
  pbk_buf_free(&waiting.ids);
  pbk_call call = {.is_json = true};
  pbk_set_str(&call, "a", "x\"\x01");
  pbk_set_dec(&call, "b", (pb_dec){.mantissa = 1500, .exponent = -3, .state = PB_DEC_EXACT});
  pbk_set_dec(&call, "c", (pb_dec){0});
  EXPECT(strcmp(pbk_buf_string(&call.text), "\"a\":\"x\\\"\\u0001\",\"b\":\"1.5\"") == 0);
  pbk_call_free(&call);
}

static void walks(void) {
  const pbk_list_plan plan = {.act = "fills", .path = "/fills", .fixed = {"category", "spot"}, .symbol = "symbol",
                              .size = "limit", .since = "from", .until = "to", .cursor = "cursor", .full = 2,
                              .span_ns = 100000000};
  pbk_walk walk = {.wish = {.since_ns = 150000000}, .lists = &plan, .list_count = 1};
  pbk_call call;
  pbk_walk_begin(&walk, 300000000);
  pbk_walk_call(&walk, pbk_text_of("A"), &call);
  EXPECT(strcmp(pbk_buf_string(&call.text), "symbol=A&category=spot&limit=2&from=200") == 0);
  pbk_call_free(&call);
  EXPECT(pbk_walk_take(&walk, 250000000) == PBK_TAKE_REPORT && pbk_walk_take(&walk, 140000000) == PBK_TAKE_PAST);
  EXPECT(pbk_walk_page(&walk, 2, 0, false, pbk_text_of("x="), 300000000));
  pbk_walk_call(&walk, (pbk_text){0}, &call);
  EXPECT(strcmp(pbk_buf_string(&call.text), "category=spot&limit=2&from=200&cursor=x%3D") == 0);
  pbk_call_free(&call);
  /* The same word again leads nowhere, so that the part before is asked for. */
  EXPECT(pbk_walk_page(&walk, 2, 0, false, pbk_text_of("x="), 300000000) && walk.start == 150000000);
  EXPECT(pbk_walk_take(&walk, 200000000) == PBK_TAKE_LEAVE);
  EXPECT(!pbk_walk_page(&walk, 0, 0, false, (pbk_text){0}, 300000000) && walk.is_partial);
}

static void say_login(pbk_sealed *text, pb_id id) {
  (void)id;
  pbk_write(text, "login");
}
static void say_channel(pbk_sealed *text, const char *channel, pb_id id) {
  (void)id;
  pbk_write(text, channel);
}

/** A stream is opened when the instruments are known, let in, live, lost, refused, and opened again after a pause. */
static void accounts_live(void) {
  static const char *const channels[] = {"orders", "wallet"};
  pbk_out out = {.host = &HOST, .mono_ns = PBK_SECOND};
  pbk_feed feed = {0};
  pbk_accounts accounts = {.plan = {.url = "wss://x", .login_act = "login", .channels = channels, .channel_count = 2,
                                    .login = say_login, .subscribe = say_channel}};
  pb_in_account told = {.account = 5, .present = 1};
  seen_count = 0;
  pbk_accounts_told(&accounts, &feed, &out, &told);
  EXPECT(count(PB_OUT_OPEN) == 0);
  pbk_accounts_begin(&accounts, &feed, &out);
  pbk_account *account = pbk_account_named(&accounts, 5);
  EXPECT(count(PB_OUT_OPEN) == 1 && account && account->stream);
  EXPECT(pbk_accounts_opened(&accounts, &feed, &out, account->stream) && count(PB_OUT_REQUEST) == 1);
  EXPECT(pbk_accounts_sent(&accounts, latest_request()) && !pbk_accounts_sent(&accounts, 99));
  pbk_logged_in(&accounts, &feed, &out, account, NULL);
  pbk_logged_in(&accounts, &feed, &out, account, NULL);
  EXPECT(count(PB_OUT_REQUEST) == 3);
  pbk_private_acknowledged(&accounts, &out, account, NULL);
  EXPECT(!account->is_live);
  pbk_private_acknowledged(&accounts, &out, account, NULL);
  EXPECT(account->is_live);
  pb_id stream = account->stream;
  EXPECT(pbk_accounts_closed(&accounts, &feed, &out, stream, "cut") && !account->is_live);
  EXPECT(count(PB_OUT_OPEN) == 2 && account->stream != stream);
  pbk_problem refused = pbk_problem_new(PB_ERR_AUTH, "no");
  EXPECT(pbk_accounts_opened(&accounts, &feed, &out, account->stream));
  pbk_logged_in(&accounts, &feed, &out, account, &refused);
  EXPECT(account->is_closing && count(PB_OUT_CLOSE) == 1);
  EXPECT(pbk_accounts_closed(&accounts, &feed, &out, account->stream, "closed"));
  /* One success that did not last, and a refusal that only a person can change. */
  EXPECT(count(PB_OUT_OPEN) == 2 && account->timer && pbk_pause_left(&account->pause, out.mono_ns) == 120 * PBK_SECOND);
  out.mono_ns += 120 * PBK_SECOND;
  EXPECT(pbk_accounts_timer(&accounts, &feed, &out, account->timer) && count(PB_OUT_OPEN) == 3);
  told.present = 0;
  pbk_accounts_told(&accounts, &feed, &out, &told);
  EXPECT(!pbk_account_named(&accounts, 5) && count(PB_OUT_CLOSE) == 2);
  pbk_accounts_free(&accounts);
  pbk_feed_free(&feed);
  pbk_buf_free(&out.block);
}

int main(void) {
  sums();
  problems();
  orders();
  walks();
  accounts_live();
  numbers();
  lengths();
  texts();
  any_bytes();
  records();
  books();
  feed_by_stream();
  feed_by_request();
  if (failures == 0) printf("all tests passed\n");
  return failures != 0;
}

/* Sandbar's spot market: what the host delivers, and requests. Frames are read in frames.c, answers in markets.c. */
#include "exchange.h"

static const pbk_limit LIMITS[] = {
  {.bucket = REQUESTS, .name = "requests", .scope = PB_SCOPE_ADDRESS, .capacity = 10, .interval_ns = 1000000000},
  {.bucket = MESSAGES, .name = "messages", .scope = PB_SCOPE_STREAM, .capacity = 5, .interval_ns = 1000000000},
};

/* What the library says of its connector; manifest.json states the same. */
static const char DESCRIPTOR[] =
  "{\"id\": \"sandbar\", \"name\": \"Sandbar\", \"version\": \"0.1.0\", \"kind\": \"spot\","
  " \"hosts\": [\"api.sandbar.example:443\", \"feed.sandbar.example:443\"], \"extensions\": [], \"credentials\": [],"
  " \"config\": [], \"verbs\": [\"clock\", \"instruments\", \"subscribe\", \"unsubscribe\", \"resync\"],"
  " \"channels\": [\"book\", \"trades\"], \"order_types\": [], \"domains\": [\"live\"]}";

static pb_status ask(sandbar *self, asked what, const char *url, pb_id command) {
  question one = {.request = pbk_new_id(&self->feed), .command = command, .what = what};
  pbk_request request = {.method = PB_METHOD_GET, .command = command, .deadline_ns = 10000000000};
  pbk_write(&request.url, url);
  pbk_charge(&request, REQUESTS, 1);
  pbk_buf_bytes(&self->questions, &one, sizeof one);
  pbk_send(&self->out, one.request, &request);
  return PB_OK;
}

static pb_status replied(sandbar *self, const pb_input *input, pb_span body) {
  PBK_READ(pb_in_reply, reply, input);
  question one = {0};
  for (size_t index = 0; index < PBK_COUNT(self->questions, question); index++) {
    if (PBK_AT(self->questions, question, index)->request != reply.request) continue;
    one = *PBK_AT(self->questions, question, index);
    pbk_buf_remove(&self->questions, index, sizeof one);
    break;
  }
  if (one.request == 0) return sandbar_feed_reply(self, &reply, body);
  if (sandbar_is_refused(self, input, &reply, body, one.command)) return PB_OK;
  bool is_read =
    one.what == ASKED_CLOCK ? sandbar_clock(self, reply.request, body) : sandbar_instruments(self, body, one.command);
  if (is_read) {
    pbk_done(&self->out, one.command);
    return PB_OK;
  }
  pbk_reply(&self->out, one.command, PB_OUTCOME_REFUSED, PB_ERR_OTHER, 0, (pbk_text){0},
            pbk_text_of("the exchange's answer cannot be read"));
  return PB_E_PARSE;
}

/* ---- Inputs ---- */

static pb_status command(sandbar *self, const pb_in_command *command) {
  if (pbk_feed_command(&self->feed, &self->out, command)) return PB_OK;
  switch (command->verb) {
    case PB_CMD_CLOCK: return ask(self, ASKED_CLOCK, REST TIME_PATH, command->command);
    case PB_CMD_INSTRUMENTS: return ask(self, ASKED_MARKETS, REST MARKETS_PATH, command->command);
    default: return PB_E_UNSUPPORTED;
  }
}

static pb_status of_stream(sandbar *self, const pb_input *input, pb_span payload) {
  PBK_READ(pb_in_stream, stream, input);
  if (!pbk_feed_owns(&self->feed, stream.stream)) return PB_E_STATE;
  if (stream.in.rec.kind == PB_IN_FRAME) return sandbar_frame(self, stream.stream, payload);
  if (stream.in.rec.kind == PB_IN_OPENED) {
    pbk_feed_opened(&self->feed, &self->out, stream.stream);
    return PB_OK;
  }
  pbk_text words = pbk_part_of(input, stream.reason);
  pbk_buf reason = {0};
  pbk_buf_bytes(&reason, words.ptr, words.len);
  pbk_feed_closed(&self->feed, &self->out, stream.stream, pbk_buf_string(&reason));
  pbk_buf_free(&reason);
  return PB_OK;
}

static pb_status deliver(sandbar *self, const pb_input *input, pb_span payload) {
  PBK_READ(pb_rec, rec, input);
  switch (rec.kind) {
    case PB_IN_START: pbk_limits(&self->out, LIMITS, 2); return PB_OK;
    case PB_IN_STOP:
    case PB_IN_ACCOUNT: return PB_OK;
    case PB_IN_OPENED:
    case PB_IN_FRAME:
    case PB_IN_CLOSED: return of_stream(self, input, payload);
    case PB_IN_REPLY: return replied(self, input, payload);
    case PB_IN_SENT: {
      PBK_READ(pb_in_reply, reply, input);
      (void)pbk_feed_sent(&self->feed, &self->out, &reply);
      return PB_OK;
    }
    case PB_IN_TIMER: {
      PBK_READ(pb_in_timer, timer, input);
      return pbk_feed_timer(&self->feed, &self->out, timer.timer) ? PB_OK : PB_E_STATE;
    }
    case PB_IN_COMMAND: {
      PBK_READ(pb_in_command, wanted, input);
      return command(self, &wanted);
    }
    default: return PB_E_UNSUPPORTED; /* an input of a newer host */
  }
}

static pb_status make(sandbar *self, pb_span config) {
  (void)config;
  self->feed.plan = sandbar_plan();
  return PB_OK;
}

static void end(sandbar *self) { pbk_buf_free(&self->questions); }

PBK_CONNECTOR(sandbar, DESCRIPTOR, make, deliver, end)

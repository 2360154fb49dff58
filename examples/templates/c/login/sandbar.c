/* Sandbar's spot market: what the host delivers, and requests. Frames are read in frames.c, answers in markets.c;
 * orders are written in orders.c, the account and its stream are in account.c. */
#include "exchange.h"

static const pbk_limit LIMITS[] = {
  {.bucket = REQUESTS, .name = "requests", .scope = PB_SCOPE_ADDRESS, .capacity = 10, .interval_ns = 1000000000},
  {.bucket = MESSAGES, .name = "messages", .scope = PB_SCOPE_STREAM, .capacity = 5, .interval_ns = 1000000000},
};

/* What the library says of its connector; manifest.json states the same. */
static const char DESCRIPTOR[] =
  "{\"id\": \"sandbar\", \"name\": \"Sandbar\", \"version\": \"0.1.0\", \"kind\": \"spot\","
  " \"hosts\": [\"api.sandbar.example:443\", \"feed.sandbar.example:443\"], \"extensions\": [], \"credentials\": ["
  "{\"name\": \"api_key\", \"secret\": false, \"required\": true},"
  " {\"name\": \"secret_key\", \"secret\": true, \"required\": true}],"
  " \"config\": [], \"verbs\": [\"clock\", \"instruments\", \"subscribe\", \"unsubscribe\", \"resync\", \"place\","
  " \"cancel\", \"cancel_many\", \"order\", \"open_orders\", \"balances\"],"
  " \"channels\": [\"book\", \"trades\"], \"order_types\": [\"limit\", \"market\"],"
  " \"client_order_id\": {\"length\": 32, \"pattern\": \"^[A-Za-z0-9_-]{1,32}$\"}, \"domains\": [\"live\"]}";

static pb_status ask(sandbar *self, asked what, const char *url, pb_id command) {
  question one = {.request = pbk_new_id(&self->feed), .what = what, .wish = {.command = command}};
  pbk_request request = {.method = PB_METHOD_GET, .command = command, .deadline_ns = 10000000000};
  pbk_write(&request.url, url);
  pbk_charge(&request, REQUESTS, 1);
  pbk_buf_bytes(&self->questions, &one, sizeof one);
  pbk_send(&self->out, one.request, &request);
  return PB_OK;
}

/* The answer to a question; false when it cannot be read. */
static bool is_read(sandbar *self, pb_span body, const question *one) {
  switch (one->what) {
    case ASKED_CLOCK: return sandbar_clock(self, one->request, body);
    case ASKED_OPEN_ORDERS: return sandbar_open_orders(self, body, &one->wish);
    case ASKED_BALANCES: return sandbar_balances(self, body, &one->wish);
    default: break;
  }
  if (!sandbar_instruments(self, body, one->wish.command)) return false;
  /* Private streams have waited for the list: their reports name instruments. */
  pbk_accounts_begin(&self->accounts, &self->feed, &self->out);
  return true;
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
  if (one.what == ASKED_WRITE || one.what == ASKED_FIND) {
    pbk_problem fault;
    const pbk_problem *why = pbk_problem_of(&SANDBAR_ERRORS, input, &reply, body, &fault) ? &fault : NULL;
    return one.what == ASKED_WRITE ? sandbar_written(self, body, why, &one.wish)
                                   : sandbar_found(self, body, why, &one.wish);
  }
  if (sandbar_is_refused(self, input, &reply, body, one.wish.command)) return PB_OK;
  if (is_read(self, body, &one)) {
    pbk_done(&self->out, one.wish.command);
    return PB_OK;
  }
  pbk_reply(&self->out, one.wish.command, PB_OUTCOME_REFUSED, PB_ERR_OTHER, 0, (pbk_text){0},
            pbk_text_of("the exchange's answer cannot be read"));
  return PB_E_PARSE;
}

/* ---- Inputs ---- */

/* A command of an account. */
static pb_status private_command(sandbar *self, const pb_input *input, const pb_in_command *command) {
  bool is_each = command->verb == PB_CMD_PLACE || command->verb == PB_CMD_CANCEL ||
                 command->verb == PB_CMD_CANCEL_MANY || command->verb == PB_CMD_ORDER;
  bool is_list = command->verb == PB_CMD_OPEN_ORDERS || command->verb == PB_CMD_BALANCES;
  if (!is_each && !is_list) return PB_E_UNSUPPORTED;
  if (!pbk_account_named(&self->accounts, command->account)) {
    pbk_refuse(&self->out, command->command, PB_ERR_AUTH, "there is no such account");
  } else if (is_each) {
    sandbar_each(self, input);
  } else {
    pbk_wish wish = pbk_wish_of(input);
    sandbar_list(self, &wish, command->verb == PB_CMD_BALANCES ? ASKED_BALANCES : ASKED_OPEN_ORDERS);
  }
  return PB_OK;
}

static pb_status command(sandbar *self, const pb_input *input) {
  PBK_READ(pb_in_command, command, input);
  if (pbk_feed_command(&self->feed, &self->out, &command)) return PB_OK;
  switch (command.verb) {
    case PB_CMD_CLOCK: return ask(self, ASKED_CLOCK, REST TIME_PATH, command.command);
    case PB_CMD_INSTRUMENTS: return ask(self, ASKED_MARKETS, REST MARKETS_PATH, command.command);
    default: return private_command(self, input, &command);
  }
}

static pb_status framed(sandbar *self, pb_id stream, pb_span payload) {
  if (pbk_feed_owns(&self->feed, stream)) return sandbar_frame(self, stream, payload);
  pbk_account *account = pbk_account_on(&self->accounts, stream);
  if (!account) return PB_E_STATE;
  /* What still comes on one that is being closed is of no use. */
  return account->is_closing ? PB_OK : sandbar_private_frame(self, account, payload);
}

static pb_status of_stream(sandbar *self, const pb_input *input, pb_span payload) {
  PBK_READ(pb_in_stream, stream, input);
  if (stream.in.rec.kind == PB_IN_FRAME) return framed(self, stream.stream, payload);
  if (stream.in.rec.kind == PB_IN_OPENED) {
    bool is_own = pbk_feed_opened(&self->feed, &self->out, stream.stream) ||
                  pbk_accounts_opened(&self->accounts, &self->feed, &self->out, stream.stream);
    return is_own ? PB_OK : PB_E_STATE;
  }
  pbk_text words = pbk_part_of(input, stream.reason);
  pbk_buf reason = {0};
  pbk_buf_bytes(&reason, words.ptr, words.len);
  const char *text = pbk_buf_string(&reason);
  bool is_own = pbk_feed_closed(&self->feed, &self->out, stream.stream, text) ||
                pbk_accounts_closed(&self->accounts, &self->feed, &self->out, stream.stream, text);
  pbk_buf_free(&reason);
  return is_own ? PB_OK : PB_E_STATE;
}

static pb_status deliver(sandbar *self, const pb_input *input, pb_span payload) {
  PBK_READ(pb_rec, rec, input);
  switch (rec.kind) {
    case PB_IN_START: pbk_limits(&self->out, LIMITS, 2); return PB_OK;
    case PB_IN_STOP: return PB_OK;
    case PB_IN_ACCOUNT: {
      PBK_READ(pb_in_account, account, input);
      pbk_accounts_told(&self->accounts, &self->feed, &self->out, &account);
      return PB_OK;
    }
    case PB_IN_OPENED:
    case PB_IN_FRAME:
    case PB_IN_CLOSED: return of_stream(self, input, payload);
    case PB_IN_REPLY: return replied(self, input, payload);
    case PB_IN_SENT: {
      PBK_READ(pb_in_reply, reply, input);
      if (!pbk_feed_sent(&self->feed, &self->out, &reply)) (void)pbk_accounts_sent(&self->accounts, reply.request);
      return PB_OK;
    }
    case PB_IN_TIMER: {
      PBK_READ(pb_in_timer, timer, input);
      bool is_own = pbk_feed_timer(&self->feed, &self->out, timer.timer) ||
                    pbk_accounts_timer(&self->accounts, &self->feed, &self->out, timer.timer);
      return is_own ? PB_OK : PB_E_STATE;
    }
    case PB_IN_COMMAND: return command(self, input);
    default: return PB_E_UNSUPPORTED; /* an input of a newer host */
  }
}

static pb_status make(sandbar *self, pb_span config) {
  (void)config;
  self->feed.plan = sandbar_plan();
  self->accounts.plan = SANDBAR_PRIVATE;
  return PB_OK;
}

static void end(sandbar *self) {
  pbk_accounts_free(&self->accounts);
  pbk_buf_free(&self->questions);
  pbk_buf_free(&self->tallies);
}

PBK_CONNECTOR(sandbar, DESCRIPTOR, make, deliver, end)

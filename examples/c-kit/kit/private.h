/* Private streams: opened for each account, logged in, subscribed, watched, and opened again after pauses that grow
 * with every refusal. */
#pragma once
#include "faults.h"
#include "feed_use.h"

/** How an exchange's private stream works: a signed frame logs in, then each channel is subscribed to by a frame of its
 * own, and each is answered. Acts are the manifest's. */
typedef struct pbk_private_plan {
  const char *url, *stream_act, *login_act, *subscribe_act;
  const char *const *channels;
  uint32_t channel_count;
  void (*login)(pbk_sealed *text, pb_id id);
  void (*subscribe)(pbk_sealed *text, const char *channel, pb_id id);
  const char *ping, *ping_act; /* null where pings of the WebSocket protocol suffice */
  int64_t ping_every_ns, idle_ns, answer_ns; /* an answer that does not come for so long is lost; 0 = ten seconds */
  pb_charge open_charge;
} pbk_private_plan;

/** How long an exchange is left alone after a refusal: longer each time, and from the start much longer where only a
 * person can change the answer. */
typedef struct pbk_pause {
  uint32_t failures;
  int64_t not_before, since; /* since: when what holds succeeded, 0 = nothing does */
} pbk_pause;

static const int64_t PBK_SECOND = 1000000000;

static inline int64_t pbk_later(int64_t now, int64_t after) {
  int64_t sum;
  return __builtin_add_overflow(now, after, &sum) ? INT64_MAX : sum;
}
static inline int64_t pbk_pause_left(const pbk_pause *pause, int64_t now) {
  return pause->not_before > now ? pause->not_before - now : 0;
}
static inline int64_t pbk_pause_failed(pbk_pause *pause, uint32_t error, int64_t least, int64_t now) {
  bool is_final = error == PB_ERR_AUTH || error == PB_ERR_UNSUPPORTED;
  int64_t first = is_final ? 60 * PBK_SECOND : PBK_SECOND, longest = is_final ? 900 * PBK_SECOND : 300 * PBK_SECOND;
  int64_t length = pause->failures > 20 ? longest : first << pause->failures;
  if (length > longest) length = longest;
  if (length < least) length = least;
  if (pause->failures < 1000) pause->failures++;
  pause->since = 0;
  int64_t end = pbk_later(now, length);
  if (end > pause->not_before) pause->not_before = end;
  return pbk_pause_left(pause, now);
}
/** What had succeeded is over: when it did not last, that is one more failure, the first of which costs nothing. */
static inline void pbk_pause_ended(pbk_pause *pause, int64_t now) {
  int64_t since = pause->since;
  if (since == 0) return;
  pause->since = 0;
  if (now - since >= 60 * PBK_SECOND) pause->failures = 0;
  else if (pause->failures == 0) pause->failures = 1;
  else (void)pbk_pause_failed(pause, PB_ERR_TRANSIENT, 0, now);
}

/** An account that orders are placed for, and its stream. */
typedef struct pbk_account {
  pb_id id, stream; /* stream 0 = none */
  bool is_live, is_logged_in, is_closing;
  uint32_t missing; /* channels whose subscription is not answered */
  pbk_pause pause;
  pb_id timer, ping_timer;
} pbk_account;

enum { PBK_PRIVATE_OPEN = 1, PBK_PRIVATE_ANSWER, PBK_PRIVATE_PING };
typedef struct pbk_private_due {
  pb_id timer, subject; /* an account or a stream */
  uint32_t kind;
} pbk_private_due;

/** The accounts of a connector, which hands them what the host delivers; what is not theirs is given back (`false`).
 * `pbk_accounts_free` ends them. */
typedef struct pbk_accounts {
  pbk_private_plan plan;
  pbk_buf all;    /* of pbk_account */
  pbk_buf timers; /* of pbk_private_due */
  pbk_buf frames; /* of pb_id, on the way */
  bool has_instruments; /* reports name instruments, so their list comes first */
} pbk_accounts;

static inline void pbk_accounts_free(pbk_accounts *accounts) {
  pbk_buf_free(&accounts->all);
  pbk_buf_free(&accounts->timers);
  pbk_buf_free(&accounts->frames);
}

static inline pbk_account *pbk_account_named(const pbk_accounts *accounts, pb_id id) {
  for (size_t index = 0; index < PBK_COUNT(accounts->all, pbk_account); index++) {
    pbk_account *account = PBK_AT(accounts->all, pbk_account, index);
    if (account->id == id) return account;
  }
  return NULL;
}
/** The account of a stream; null where the stream is none of these. */
static inline pbk_account *pbk_account_on(const pbk_accounts *accounts, pb_id stream) {
  for (size_t index = 0; stream && index < PBK_COUNT(accounts->all, pbk_account); index++) {
    pbk_account *account = PBK_AT(accounts->all, pbk_account, index);
    if (account->stream == stream) return account;
  }
  return NULL;
}

static inline pb_id pbk_private_after(pbk_accounts *accounts, pbk_feed *feed, pbk_out *out, int64_t after_ns,
                                      uint32_t kind, pb_id subject) {
  pbk_private_due due = {.timer = pbk_new_id(feed), .subject = subject, .kind = kind};
  pbk_buf_bytes(&accounts->timers, &due, sizeof due);
  pbk_timer(out, due.timer, after_ns < 1 ? 1 : after_ns);
  return due.timer;
}
static inline void pbk_private_cancel(pbk_accounts *accounts, pbk_out *out, pb_id *timer) {
  for (size_t index = 0; *timer && index < PBK_COUNT(accounts->timers, pbk_private_due); index++) {
    if (PBK_AT(accounts->timers, pbk_private_due, index)->timer != *timer) continue;
    pbk_buf_remove(&accounts->timers, index, sizeof(pbk_private_due));
    pbk_timer(out, *timer, 0);
    break;
  }
  *timer = 0;
}

static inline void pbk_private_open(pbk_accounts *accounts, pbk_feed *feed, pbk_out *out, pbk_account *account) {
  if (account->stream || account->timer || !accounts->has_instruments) return;
  int64_t pause = pbk_pause_left(&account->pause, out->mono_ns);
  if (pause > 0) {
    account->timer = pbk_private_after(accounts, feed, out, pause, PBK_PRIVATE_OPEN, account->id);
    return;
  }
  pbk_account_state(out, account->id, PB_STATE_PENDING, 0, 0, NULL);
  account->stream = pbk_new_id(feed);
  pbk_request request = {.account = account->id, .deadline_ns = accounts->plan.idle_ns,
                         .permission = accounts->plan.stream_act};
  pbk_write(&request.url, accounts->plan.url);
  if (accounts->plan.open_charge.weight) {
    pbk_charge(&request, accounts->plan.open_charge.bucket, accounts->plan.open_charge.weight);
  }
  pbk_open(out, account->stream, &request);
}

/** PB_IN_ACCOUNT. */
static inline void pbk_accounts_told(pbk_accounts *accounts, pbk_feed *feed, pbk_out *out, const pb_in_account *told) {
  pbk_account *known = pbk_account_named(accounts, told->account);
  if (told->present && !known) {
    pbk_account account = {.id = told->account};
    pbk_buf_bytes(&accounts->all, &account, sizeof account);
    known = pbk_account_named(accounts, told->account);
    if (known) pbk_private_open(accounts, feed, out, known);
  } else if (!told->present && known) {
    pbk_private_cancel(accounts, out, &known->timer);
    pbk_private_cancel(accounts, out, &known->ping_timer);
    if (known->stream) pbk_close(out, known->stream, "the account is gone");
    pbk_buf_remove(&accounts->all, (size_t)(known - PBK_AT(accounts->all, pbk_account, 0)), sizeof *known);
    pbk_account_state(out, told->account, PB_STATE_ENDED, 0, 0, NULL);
  }
}

/** The list of instruments is there. */
static inline void pbk_accounts_begin(pbk_accounts *accounts, pbk_feed *feed, pbk_out *out) {
  accounts->has_instruments = true;
  for (size_t index = 0; index < PBK_COUNT(accounts->all, pbk_account); index++) {
    pbk_private_open(accounts, feed, out, PBK_AT(accounts->all, pbk_account, index));
  }
}

/** Says something on an account's stream; an answer is waited for. */
static inline void pbk_private_say(pbk_accounts *accounts, pbk_feed *feed, pbk_out *out, pbk_account *account, pb_id id,
                                   pbk_request *frame, const char *act) {
  int64_t answer_ns = accounts->plan.answer_ns ? accounts->plan.answer_ns : 10 * PBK_SECOND;
  frame->account = account->id;
  frame->stream = account->stream;
  frame->permission = act;
  pbk_buf_bytes(&accounts->frames, &id, sizeof id);
  pbk_send(out, id, frame);
  pbk_private_cancel(accounts, out, &account->timer);
  account->timer = pbk_private_after(accounts, feed, out, answer_ns, PBK_PRIVATE_ANSWER, account->stream);
}

static inline bool pbk_accounts_opened(pbk_accounts *accounts, pbk_feed *feed, pbk_out *out, pb_id stream) {
  pbk_account *account = pbk_account_on(accounts, stream);
  if (!account || account->is_closing) return account != NULL;
  if (accounts->plan.ping) {
    account->ping_timer =
      pbk_private_after(accounts, feed, out, accounts->plan.ping_every_ns, PBK_PRIVATE_PING, stream);
  }
  pbk_request frame = {0};
  pb_id id = pbk_new_id(feed);
  accounts->plan.login(&frame.body, id);
  pbk_private_say(accounts, feed, out, account, id, &frame, accounts->plan.login_act);
  return true;
}

/** What became of a frame. One that was not sent is not answered either. */
static inline bool pbk_accounts_sent(pbk_accounts *accounts, pb_id request) {
  for (size_t index = 0; index < PBK_COUNT(accounts->frames, pb_id); index++) {
    if (*PBK_AT(accounts->frames, pb_id, index) != request) continue;
    pbk_buf_remove(&accounts->frames, index, sizeof request);
    return true;
  }
  return false;
}

static inline void pbk_private_close(pbk_accounts *accounts, pbk_out *out, pbk_account *account, const char *reason) {
  pbk_private_cancel(accounts, out, &account->timer);
  pbk_private_cancel(accounts, out, &account->ping_timer);
  if (account->is_live) pbk_pause_ended(&account->pause, out->mono_ns);
  account->is_live = false;
  account->is_closing = true;
  pbk_close(out, account->stream, reason);
}

/** The exchange does not let the account in: the stream is given up for now. */
static inline void pbk_private_refuse(pbk_accounts *accounts, pbk_out *out, pbk_account *account,
                                      const pbk_problem *fault, const char *what) {
  pbk_kept_problem kept = pbk_keep_problem(fault);
  (void)pbk_pause_failed(&account->pause, fault->error, fault->retry_after_ns, out->mono_ns);
  pbk_buf words = {0};
  pbk_buf_text(&words, what);
  pbk_buf_text(&words, ": ");
  if (kept.code_len) {
    pbk_buf_bytes(&words, kept.code, kept.code_len);
    pbk_buf_text(&words, " ");
  }
  pbk_buf_bytes(&words, kept.text, kept.text_len);
  pb_state fact = {.account = account->id, .channel = PB_CHANNEL_PRIVATE, .state = PB_STATE_DOWN,
                   .error = fault->error, .retry_after_ns = fault->retry_after_ns};
  pbk_text text = {.ptr = words.ptr, .len = words.len, .is_escaped = kept.is_text_escaped};
  pbk_begin(out, sizeof fact);
  fact.text = pbk_peer_text(out, text);
  pbk_emit(out, PB_EV_STATE, &fact, sizeof fact);
  if (words.failed) out->block.failed = true;
  pbk_buf_free(&words);
  pbk_warn(out, "the account is not let in on its private stream; it is tried again later");
  pbk_private_close(accounts, out, account, "the account is not let in");
}

/** The exchange answered the login; null = it lets the account in. */
static inline void pbk_logged_in(pbk_accounts *accounts, pbk_feed *feed, pbk_out *out, pbk_account *account,
                                 const pbk_problem *fault) {
  if (!account->stream || account->is_closing || account->is_logged_in) return;
  if (fault) {
    pbk_private_refuse(accounts, out, account, fault, "login");
    return;
  }
  account->is_logged_in = true;
  account->missing = accounts->plan.channel_count;
  for (uint32_t index = 0; index < accounts->plan.channel_count; index++) {
    pbk_request frame = {0};
    pb_id id = pbk_new_id(feed);
    accounts->plan.subscribe(&frame.body, accounts->plan.channels[index], id);
    pbk_private_say(accounts, feed, out, account, id, &frame, accounts->plan.subscribe_act);
  }
}

/** The exchange answered the subscription to a channel; null = it is taken. */
static inline void pbk_private_acknowledged(pbk_accounts *accounts, pbk_out *out, pbk_account *account,
                                            const pbk_problem *fault) {
  if (!account->stream || account->is_closing || account->missing == 0) return;
  if (fault) {
    pbk_private_refuse(accounts, out, account, fault, "channel");
    return;
  }
  if (--account->missing > 0 || account->is_live) return;
  pbk_private_cancel(accounts, out, &account->timer);
  account->is_live = true;
  account->pause.since = out->mono_ns ? out->mono_ns : 1;
  pbk_account_state(out, account->id, PB_STATE_LIVE, 0, 0, NULL);
}

/** Opens the stream anew: a message could not be read, which may have been a report, or none came. */
static inline void pbk_private_restart(pbk_accounts *accounts, pbk_out *out, pbk_account *account, uint32_t error,
                                       const char *reason) {
  if (!account->stream || account->is_closing) return;
  if (!account->is_live) (void)pbk_pause_failed(&account->pause, error, 0, out->mono_ns);
  pbk_warn(out, reason);
  pbk_account_state(out, account->id, PB_STATE_DOWN, error, 0, reason);
  pbk_private_close(accounts, out, account, reason);
}

static inline bool pbk_accounts_closed(pbk_accounts *accounts, pbk_feed *feed, pbk_out *out, pb_id stream,
                                       const char *reason) {
  pbk_account *account = pbk_account_on(accounts, stream);
  if (!account) return false;
  pbk_private_cancel(accounts, out, &account->timer);
  pbk_private_cancel(accounts, out, &account->ping_timer);
  if (account->is_live) pbk_pause_ended(&account->pause, out->mono_ns);
  /* Why we ended it has been said, and says more than its end. */
  if (!account->is_closing) pbk_account_state(out, account->id, PB_STATE_DOWN, PB_ERR_TRANSIENT, 0, reason);
  account->stream = 0;
  account->is_live = account->is_logged_in = account->is_closing = false;
  account->missing = 0;
  pbk_private_open(accounts, feed, out, account);
  return true;
}

static inline bool pbk_accounts_timer(pbk_accounts *accounts, pbk_feed *feed, pbk_out *out, pb_id timer) {
  pbk_private_due due = {0};
  for (size_t index = 0; index < PBK_COUNT(accounts->timers, pbk_private_due); index++) {
    if (PBK_AT(accounts->timers, pbk_private_due, index)->timer != timer) continue;
    due = *PBK_AT(accounts->timers, pbk_private_due, index);
    pbk_buf_remove(&accounts->timers, index, sizeof due);
    break;
  }
  if (!due.timer) return false;
  pbk_account *account =
    due.kind == PBK_PRIVATE_OPEN ? pbk_account_named(accounts, due.subject) : pbk_account_on(accounts, due.subject);
  if (!account) return true;
  if (due.kind == PBK_PRIVATE_PING) {
    pb_id id = pbk_new_id(feed);
    pbk_request frame = {.stream = account->stream, .permission = accounts->plan.ping_act};
    pbk_write(&frame.body, accounts->plan.ping);
    pbk_buf_bytes(&accounts->frames, &id, sizeof id);
    pbk_send(out, id, &frame);
    account->ping_timer =
      pbk_private_after(accounts, feed, out, accounts->plan.ping_every_ns, PBK_PRIVATE_PING, account->stream);
    return true;
  }
  account->timer = 0;
  if (due.kind == PBK_PRIVATE_OPEN) {
    pbk_private_open(accounts, feed, out, account);
  } else if (!account->is_live) {
    pbk_private_restart(accounts, out, account, PB_ERR_TRANSIENT, "the private stream was not answered");
  }
  return true;
}

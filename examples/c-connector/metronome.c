/* Metronome: a complete Patchbay connector in plain C11, from patchbay.h alone.
 *
 * The exchange is made up and needs no network. It has one spot instrument, TIC-TOC, whose price swings like a
 * pendulum, one tick a beat; a beat takes 200 ms. Each beat is one trade that takes the best level of one side. Because
 * the book is a function of the beat alone, everything here can be predicted, and tests do so.
 *
 * Read from the end: the library's table, then deliver(), then what it calls. */
#include "patchbay.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ==== The exchange ================================================================================================ */

enum {
  INSTRUMENT = 1,
  BEAT_TIMER = 1,
  DEPTH = 5,        /* levels per side */
  AMPLITUDE = 8,    /* ticks to either side of the middle */
  MIDDLE = 10000,   /* 100.00 at PRICE_EXP */
  PRICE_EXP = -2,   /* tick 0.01 */
  QUANTITY_EXP = -3 /* lot 0.001 */
};
static const int64_t BEAT_NS = 200000000;
static const uint32_t CHANNELS = PB_CHANNEL_BOOK | PB_CHANNEL_TRADES;

/* The middle of the book at a beat: up AMPLITUDE ticks, down twice as many, up again. */
static int64_t middle(uint64_t beat) {
  int64_t phase = (int64_t)(beat % (4 * AMPLITUDE));
  if (phase <= AMPLITUDE) return MIDDLE + phase;
  if (phase <= 3 * AMPLITUDE) return MIDDLE + 2 * AMPLITUDE - phase;
  return MIDDLE - 4 * AMPLITUDE + phase;
}

/* The quantity of the level at a price: 1.000 to 1.600. */
static int64_t quantity_at(int64_t price) { return 1000 + price % 7 * 100; }

/* ==== The instance ================================================================================================ */

typedef struct metronome {
  const pb_host *host;
  uint64_t seq;        /* of the input being delivered: every output carries it */
  int64_t now_ns;      /* the venue's time of that input: the only time there is */
  uint64_t beat;       /* beats so far; also the book's sequence, from 1 */
  uint32_t subscribed; /* PB_CHANNEL_ bits */
  uint32_t used;       /* bytes of the record being written */
  alignas(8) uint8_t record[1024];
} metronome;

/* ==== Writing a record ============================================================================================
 * A record is one block: the fixed part (its struct), then the variable parts, which the struct names by offset. So:
 * begin() makes room for the struct, text() and levels() append parts and answer where they are, emit() puts the filled
 * struct in front. The block is larger than the largest record here, the snapshot of 2 * DEPTH levels. */

static void begin(metronome *m, size_t head) {
  memset(m->record, 0, sizeof m->record); /* bytes between and behind the parts must be zero */
  m->used = (uint32_t)head;
}

static pb_ref text(metronome *m, const char *string) {
  pb_ref ref = {0, (uint32_t)strlen(string)};
  if (ref.length == 0) return ref; /* an empty part has offset 0 */
  ref.offset = m->used;
  memcpy(m->record + m->used, string, ref.length);
  m->used += ref.length;
  return ref;
}

static pb_list levels(metronome *m, const pb_level *level, uint32_t count) {
  pb_list list = {0, count};
  if (count == 0) return list;
  m->used = (m->used + 7u) & ~7u; /* an array starts at a multiple of 8 */
  list.offset = m->used;
  memcpy(m->record + m->used, level, count * sizeof *level);
  m->used += count * (uint32_t)sizeof *level;
  return list;
}

/* Every fact's struct begins with its pb_rec, which is filled in here. */
static void emit(metronome *m, uint16_t kind, const void *fact, size_t head) {
  memcpy(m->record, fact, head);
  pb_rec *rec = (pb_rec *)(void *)m->record;
  rec->size = (m->used + 7u) & ~7u;
  rec->kind = kind;
  rec->head = (uint16_t)head;
  rec->seq = m->seq;
  /* The answer speaks of malformed records only, which would be a mistake of this file; the host counts them. */
  (void)m->host->emit(m->host, rec);
}

static pb_dec decimal(int64_t mantissa, int32_t exponent) { return (pb_dec){mantissa, exponent, PB_DEC_EXACT}; }

/* ==== Facts ======================================================================================================= */

static void report_instrument(metronome *m) {
  pb_instrument fact = {
      .instrument = INSTRUMENT,
      .kind = PB_KIND_SPOT,
      .state = PB_INSTRUMENT_TRADING,
      .price_exp = PRICE_EXP,
      .quantity_exp = QUANTITY_EXP,
      .tick = decimal(1, PRICE_EXP),
      .lot = decimal(1, QUANTITY_EXP),
      .multiplier = decimal(1, 0),
  };
  begin(m, sizeof fact);
  fact.symbol = text(m, "TICTOC");
  fact.base = text(m, "TIC");
  fact.quote = text(m, "TOC");
  emit(m, PB_EV_INSTRUMENT, &fact, sizeof fact);
}

static void report_state(metronome *m, uint32_t channels, uint32_t state) {
  pb_state fact = {.instrument = INSTRUMENT, .channel = channels, .state = state};
  begin(m, sizeof fact);
  emit(m, PB_EV_STATE, &fact, sizeof fact);
}

static void report_book(metronome *m, int snapshot, const pb_level *bids, const pb_level *asks, uint32_t count) {
  pb_book fact = {
      .instrument = INSTRUMENT,
      .venue_ns = m->now_ns,
      .first_seq = m->beat + 1,
      .last_seq = m->beat + 1,
      .snapshot = snapshot ? 1 : 0,
      .depth = DEPTH,
  };
  begin(m, sizeof fact);
  fact.bids = levels(m, bids, count);
  fact.asks = levels(m, asks, count);
  emit(m, PB_EV_BOOK, &fact, sizeof fact);
}

/* The book of this beat: DEPTH levels a tick apart on each side, the best ones one tick from the middle. */
static void report_snapshot(metronome *m) {
  pb_level bids[DEPTH], asks[DEPTH];
  int64_t mid = middle(m->beat);
  for (int64_t i = 0; i < DEPTH; i++) {
    bids[i] = (pb_level){mid - 1 - i, quantity_at(mid - 1 - i)};
    asks[i] = (pb_level){mid + 1 + i, quantity_at(mid + 1 + i)};
  }
  report_book(m, 1, bids, asks, DEPTH);
}

static void report_trade(metronome *m, int64_t price, uint32_t taker) {
  char id[24];
  snprintf(id, sizeof id, "%llu", (unsigned long long)m->beat);
  pb_trade fact = {
      .instrument = INSTRUMENT,
      .venue_ns = m->now_ns,
      .price = price,
      .quantity = quantity_at(price),
      .side = taker,
  };
  begin(m, sizeof fact);
  fact.trade = text(m, id);
  emit(m, PB_EV_TRADE, &fact, sizeof fact);
}

static void report_clock(metronome *m) {
  pb_clock fact = {.venue_ns = m->now_ns}; /* no request was needed: request stays 0 */
  begin(m, sizeof fact);
  emit(m, PB_EV_CLOCK, &fact, sizeof fact);
}

static void report_complete(metronome *m, pb_id command, uint32_t what) {
  pb_complete fact = {.command = command, .what = what};
  begin(m, sizeof fact);
  emit(m, PB_EV_COMPLETE, &fact, sizeof fact);
}

static void report_gap(metronome *m, uint32_t reason) {
  pb_gap fact = {.instrument = INSTRUMENT, .venue_ns = m->now_ns, .reason = reason};
  begin(m, sizeof fact);
  emit(m, PB_EV_GAP, &fact, sizeof fact);
}

static void set_timer(metronome *m, int64_t after_ns) {
  pb_out_timer fact = {.timer = BEAT_TIMER, .after_ns = after_ns};
  begin(m, sizeof fact);
  emit(m, PB_OUT_TIMER, &fact, sizeof fact);
}

/* The one answer to a command, after all facts that belong to it. */
static pb_status answer(metronome *m, pb_id command, uint32_t error, const char *why) {
  pb_reply fact = {
      .command = command,
      .outcome = error == 0 ? PB_OUTCOME_DONE : PB_OUTCOME_REFUSED,
      .error = error,
  };
  begin(m, sizeof fact);
  fact.text = text(m, why);
  emit(m, PB_EV_REPLY, &fact, sizeof fact);
  return PB_OK;
}

/* ==== Inputs ====================================================================================================== */

/* A beat: the pendulum takes the best level of the side it swings to. That side gets a new far level; on the other side
 * the far level goes and a new best one comes. */
static void beat(metronome *m) {
  int64_t before = middle(m->beat++);
  int64_t step = middle(m->beat) - before; /* 1 or -1 */
  int64_t taken = before + step, behind = before - step * DEPTH;
  int64_t fresh = before + step * (DEPTH + 1), best = before;
  const pb_level ahead_side[2] = {{taken, 0}, {fresh, quantity_at(fresh)}};
  const pb_level behind_side[2] = {{behind, 0}, {best, quantity_at(best)}};
  if (m->subscribed & PB_CHANNEL_TRADES) report_trade(m, taken, step > 0 ? PB_SIDE_BUY : PB_SIDE_SELL);
  if (m->subscribed & PB_CHANNEL_BOOK)
    report_book(m, 0, step > 0 ? behind_side : ahead_side, step > 0 ? ahead_side : behind_side, 2);
}

static pb_status timer(metronome *m, pb_id id) {
  if (id != BEAT_TIMER || m->subscribed == 0) return PB_E_STATE;
  beat(m);
  set_timer(m, BEAT_NS);
  return PB_OK;
}

static pb_status subscribe(metronome *m, const pb_in_command *command) {
  if (command->instrument != INSTRUMENT)
    return answer(m, command->command, PB_ERR_UNKNOWN_INSTRUMENT, "the one instrument is TIC-TOC");
  if (command->channel == 0 || (command->channel & ~CHANNELS) != 0)
    return answer(m, command->command, PB_ERR_UNSUPPORTED, "there are books and trades, nothing else");
  uint32_t fresh = command->channel & ~m->subscribed;
  if (m->subscribed == 0) set_timer(m, BEAT_NS);
  m->subscribed |= fresh;
  if (fresh != 0) report_state(m, fresh, PB_STATE_LIVE);
  if (fresh & PB_CHANNEL_BOOK) report_snapshot(m);
  return answer(m, command->command, 0, "");
}

static pb_status unsubscribe(metronome *m, const pb_in_command *command) {
  if (command->instrument != INSTRUMENT)
    return answer(m, command->command, PB_ERR_UNKNOWN_INSTRUMENT, "the one instrument is TIC-TOC");
  uint32_t gone = command->channel & m->subscribed;
  m->subscribed &= ~gone;
  if (gone != 0) report_state(m, gone, PB_STATE_ENDED);
  if (gone != 0 && m->subscribed == 0) set_timer(m, 0); /* 0 cancels: nobody listens, the pendulum rests */
  return answer(m, command->command, 0, "");
}

static pb_status resync(metronome *m, const pb_in_command *command) {
  if (command->instrument != INSTRUMENT || !(m->subscribed & PB_CHANNEL_BOOK))
    return answer(m, command->command, PB_ERR_OTHER, "this book is not subscribed");
  report_gap(m, PB_GAP_COMMAND);
  report_snapshot(m);
  return answer(m, command->command, 0, "");
}

static pb_status obey(metronome *m, const pb_in_command *command) {
  switch (command->verb) {
    case PB_CMD_CLOCK:
      report_clock(m);
      return answer(m, command->command, 0, "");
    case PB_CMD_INSTRUMENTS:
      report_instrument(m);
      report_complete(m, command->command, PB_EV_INSTRUMENT);
      return answer(m, command->command, 0, "");
    case PB_CMD_SUBSCRIBE: return subscribe(m, command);
    case PB_CMD_UNSUBSCRIBE: return unsubscribe(m, command);
    case PB_CMD_RESYNC: return resync(m, command);
    default: return PB_E_UNSUPPORTED; /* the host refuses it on our behalf: orders, balances, ... */
  }
}

/* Copies an input's fixed part. An older host's is shorter and a newer host's is longer than ours: what is missing is
 * zero, what is more is not for us. */
static void read_input(const pb_input *input, void *copy, size_t size) {
  memset(copy, 0, size);
  memcpy(copy, input, input->rec.head < size ? input->rec.head : size);
}

static pb_status deliver(void *self, const pb_input *input, pb_span payload) {
  metronome *m = self;
  (void)payload; /* only frames and HTTP replies have one, and this exchange has neither */
  m->seq = input->rec.seq;
  m->now_ns = input->venue_ns;
  switch (input->rec.kind) {
    case PB_IN_START:
    case PB_IN_STOP:
    case PB_IN_ACCOUNT: return PB_OK; /* nothing to prepare, nothing to end, nothing to trade */
    case PB_IN_TIMER: {
      pb_in_timer due;
      read_input(input, &due, sizeof due);
      return timer(m, due.timer);
    }
    case PB_IN_COMMAND: {
      pb_in_command command;
      read_input(input, &command, sizeof command);
      return obey(m, &command);
    }
    case PB_IN_OPENED:
    case PB_IN_FRAME:
    case PB_IN_CLOSED:
    case PB_IN_SENT:
    case PB_IN_REPLY: return PB_E_STATE; /* about streams and requests, and this connector has none */
    default: return PB_E_UNSUPPORTED;    /* an input of a newer host */
  }
}

/* ==== The library ================================================================================================= */

static pb_status create(const pb_host *host, pb_span config_json, void **self) {
  (void)config_json; /* the descriptor names no fields */
  metronome *m = calloc(1, sizeof *m);
  *self = m;
  if (m == NULL) return PB_E_INTERNAL;
  m->host = host;
  return PB_OK;
}

static void destroy(void *self) { free(self); }

static const pb_connector connector = {
    .size = sizeof(pb_connector),
    .revision = PB_ABI_REVISION,
    .descriptor_json =
        "{\"id\": \"metronome\", \"name\": \"Metronome\", \"version\": \"1.0.0\", \"kind\": \"spot\", \"hosts\": [],"
        " \"extensions\": [], \"credentials\": [], \"config\": [],"
        " \"verbs\": [\"clock\", \"instruments\", \"subscribe\", \"unsubscribe\", \"resync\"],"
        " \"channels\": [\"book\", \"trades\"], \"order_types\": [], \"domains\": []}",
    .create = create,
    .deliver = deliver,
    .destroy = destroy,
};

static const pb_connector *const connectors[] = {&connector};

static const pb_entry entry = {
    .magic = PB_MAGIC,
    .revision = PB_ABI_REVISION,
    .size = sizeof(pb_entry),
    .count = 1,
    .connectors = connectors,
};

const pb_entry *patchbay_entry(void) { return &entry; }

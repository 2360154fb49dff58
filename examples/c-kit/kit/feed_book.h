/* The life of books: proved, lost, asked for again with growing pauses. */
#pragma once
#include "feed.h"

/** A message of a book whose levels stand in the record that `pbk_begin_book` began. */
typedef struct pbk_message {
  bool is_snapshot;
  uint64_t first, last, previous; /* 0 where the rule has none */
  int64_t venue_ns;
  pb_list bids, asks;
  pb_span frame; /* the whole message, which may have to wait for its snapshot */
} pbk_message;

static inline int64_t pbk_patience(const pbk_feed *feed) {
  return feed->plan.patience_ns ? feed->plan.patience_ns : INT64_C(10000000000);
}

static inline bool pbk_carries_book(const pbk_feed *feed, pbk_topic topic) {
  return feed->plan.channels[topic.channel].carries & PB_CHANNEL_BOOK;
}

static inline pbk_topic pbk_book_topic(const pbk_feed *feed, const pbk_market *market) {
  pbk_topic topic = {.market = market->number};
  while (topic.channel + 1 < feed->plan.channel_count && !pbk_carries_book(feed, topic)) topic.channel++;
  return topic;
}

static inline void pbk_publish(pbk_out *out, const pbk_market *market, uint32_t what, const pbk_message *message) {
  pb_book fact = {.instrument = pbk_market_id(market), .venue_ns = message->venue_ns,
                  .first_seq = what == PB_BOOK_UPDATE ? message->first : 0, .last_seq = message->last,
                  .snapshot = what, .depth = market->depth, .bids = message->bids, .asks = message->asks};
  pbk_book(out, &fact);
}

static inline void pbk_stop_asking(pbk_feed *feed, pbk_out *out, pbk_market *market) {
  pbk_pending pending;
  if (market->timer) pbk_cancel(feed, out, market->timer);
  if (market->request && pbk_take(feed, market->request, &pending)) pbk_abort(out, market->request);
  market->timer = market->request = 0;
}

static inline void pbk_forget_book(pbk_feed *feed, pbk_out *out, pbk_market *market) {
  pbk_sync_reset(&market->sync);
  pbk_queue_clear(&market->queue);
  market->is_renewing = false;
  pbk_stop_asking(feed, out, market);
}

static inline void pbk_lose_book(pbk_feed *feed, pbk_out *out, pbk_market *market, uint32_t reason) {
  if (market->sync.state != PBK_WAITING) pbk_gap(out, pbk_market_id(market), reason, 0, 0, 0);
  pbk_forget_book(feed, out, market);
}

static inline void pbk_ask_book(pbk_feed *feed, pbk_out *out, pbk_market *market);

/** A subscription has left: its book is due. */
static inline void pbk_await_book(pbk_feed *feed, pbk_out *out, pbk_market *market) {
  if (!(market->wanted & PB_CHANNEL_BOOK) || market->sync.state != PBK_WAITING || market->timer) return;
  if (feed->plan.ask) return pbk_ask_book(feed, out, market);
  market->timer = pbk_after(feed, out, pbk_patience(feed), PBK_DUE_PATIENCE, market->number);
}

static inline void pbk_ask_book(pbk_feed *feed, pbk_out *out, pbk_market *market) {
  if (!(market->wanted & PB_CHANNEL_BOOK) || market->sync.state != PBK_WAITING) return;
  if (feed->plan.ask) {
    if (market->request) return;
    pbk_pending pending = {.id = pbk_new_id(feed), .kind = PBK_SNAPSHOT, .market = market->number};
    pbk_request request = {.method = PB_METHOD_GET};
    feed->plan.ask(&request, market);
    market->request = pending.id;
    pbk_keep(feed, &pending);
    return pbk_send(out, pending.id, &request);
  }
  /* Gives the subscription up and takes it anew: only that brings the book. */
  pbk_topic topic = pbk_book_topic(feed, market);
  pbk_connection *carrier = pbk_carrier(feed, topic);
  if (!carrier || !carrier->is_open || pbk_holds(&carrier->unsent, topic)) return;
  pb_id stream = carrier->stream;
  pbk_topic_add(&carrier->unwanted, topic);
  market->is_renewing = true;
  pbk_await_book(feed, out, market);
  pbk_flush(feed, out, stream);
}

/** The exchange has ended a subscription: a book that is built anew is wanted again. */
static inline void pbk_renewed(pbk_feed *feed, pbk_out *out, pbk_topic topic) {
  pbk_market *market = pbk_market_at(&feed->markets, topic.market);
  pbk_connection *carrier = pbk_carrier(feed, topic);
  if (!market || !pbk_carries_book(feed, topic) || !market->is_renewing || !carrier) return;
  market->is_renewing = false;
  pbk_topic_add(&carrier->unsent, topic);
  pbk_flush(feed, out, carrier->stream);
}

/** Asks for a book again: at once the first time, later when it is lost again and again. */
static inline void pbk_rebuild(pbk_feed *feed, pbk_out *out, pbk_market *market, int64_t least_ns) {
  if (!(market->wanted & PB_CHANNEL_BOOK) || market->timer || market->request || market->is_renewing) return;
  int64_t pause = pbk_pace_lost(&market->pace, out->mono_ns);
  if (pause < least_ns) pause = least_ns;
  if (pause == 0) return pbk_ask_book(feed, out, market);
  market->timer = pbk_after(feed, out, pause, PBK_DUE_ASK, market->number);
}

static inline void pbk_drop_book(pbk_feed *feed, pbk_out *out, pbk_market *market) {
  pbk_lose_book(feed, out, market, PB_GAP_COMMAND);
  market->pace = (pbk_pace){0};
}

/** Keeps an update until the book that was asked for is there. */
static inline void pbk_wait_for_book(pbk_feed *feed, pbk_out *out, pbk_market *market, const pbk_message *message) {
  if (!feed->plan.ask) return; /* a book that comes on the stream comes before what follows it */
  uint64_t joint = pbk_joint(&market->sync, message->first, message->last, message->previous);
  if (market->queue.count == 0) market->first_joint = joint;
  if (pbk_queue_push(&market->queue, message->frame)) return;
  pbk_gap(out, pbk_market_id(market), PB_GAP_OVERFLOW, 0, 0, 0);
  pbk_queue_clear(&market->queue);
  market->first_joint = joint;
  (void)pbk_queue_push(&market->queue, message->frame);
}

/** A whole book whose levels stand in the record. One that is not in band came by request: behind it the connector
 * reads again what `pbk_next_waiting` gives. */
static inline void pbk_snapshot(pbk_feed *feed, pbk_out *out, pbk_market *market, const pbk_message *message,
                                bool is_in_band) {
  if (!(market->wanted & PB_CHANNEL_BOOK)) return;
  /* Of a subscription that is given up nothing would follow; one older than what waits cannot be joined to it. */
  if (is_in_band ? market->is_renewing : market->queue.count > 0 && market->first_joint > message->last) return;
  pbk_sync_snapshot(&market->sync, message->last, is_in_band);
  pbk_publish(out, market, PB_BOOK_SNAPSHOT, message); /* before anything else is reported */
  if (is_in_band) pbk_queue_clear(&market->queue);
  pbk_stop_asking(feed, out, market);
  pbk_is_wanted(feed, out, market, PB_CHANNEL_BOOK);
}

/** A message of a book. Publishes what the rule proves. */
static inline void pbk_book_message(pbk_feed *feed, pbk_out *out, pbk_market *market, const pbk_message *message) {
  if (!(market->wanted & PB_CHANNEL_BOOK)) return;
  if (message->is_snapshot) return pbk_snapshot(feed, out, market, message, true);
  switch (pbk_update(&market->sync, message->first, message->last, message->previous)) {
    case PBK_APPLY: return pbk_publish(out, market, PB_BOOK_UPDATE, message);
    case PBK_DROP: return;
    case PBK_QUEUE: return pbk_wait_for_book(feed, out, market, message);
    case PBK_GAP: break;
  }
  pbk_gap(out, pbk_market_id(market), PB_GAP_SEQUENCE, market->sync.expected, market->sync.got, message->venue_ns);
  pbk_queue_clear(&market->queue);
  pbk_wait_for_book(feed, out, market, message);
  pbk_rebuild(feed, out, market, 0);
}

/** A frame that waited for the book, in a block that the caller frees; `false` where there is none. */
static inline bool pbk_next_waiting(pbk_market *market, pbk_buf *frame) {
  return market->sync.state != PBK_WAITING && pbk_queue_pop(&market->queue, frame);
}

/** The market whose book a reply answers, its request being over; null where it answers none. */
static inline pbk_market *pbk_answered(pbk_feed *feed, pb_id request) {
  pbk_pending pending;
  if (!pbk_take(feed, request, &pending)) return NULL;
  pbk_market *market = pbk_market_at(&feed->markets, pending.market);
  if (pending.kind == PBK_SNAPSHOT && market) {
    market->request = 0;
    return market;
  }
  pbk_keep(feed, &pending);
  return NULL;
}

/** The reply held no book that could be used: it is asked for later. */
static inline void pbk_no_snapshot(pbk_feed *feed, pbk_out *out, pbk_market *market, int64_t retry_after_ns) {
  if (!(market->wanted & PB_CHANNEL_BOOK)) return;
  pbk_warn(out, "no snapshot came");
  pbk_rebuild(feed, out, market, retry_after_ns > PBK_PACE_FIRST_NS ? retry_after_ns : PBK_PACE_FIRST_NS);
}

/** A message of channels of a market could not be read: a book is lost by that, another channel goes on. */
static inline void pbk_misread(pbk_feed *feed, pbk_out *out, pbk_market *market, uint32_t channels) {
  for (uint32_t channel = 1; channel != 0; channel <<= 1) {
    if (!(channel & channels & market->wanted)) continue;
    if (channel == PB_CHANNEL_BOOK) {
      /* It may have been the snapshot, which is a reason why there is no book. */
      if (market->sync.state == PBK_WAITING) pbk_gap(out, pbk_market_id(market), PB_GAP_MALFORMED, 0, 0, 0);
      pbk_lose_book(feed, out, market, PB_GAP_MALFORMED);
      pbk_rebuild(feed, out, market, 0);
    } else if (market->live & channel) {
      pbk_down(out, market, channel, PB_ERR_OTHER, "a message could not be read; the next one may be");
      pbk_is_wanted(feed, out, market, channel);
    }
  }
}

/** A message could not be read, and may have been about any market of its stream. */
static inline void pbk_misread_stream(pbk_feed *feed, pbk_out *out, pb_id stream) {
  pbk_connection *connection = pbk_connection_of(feed, stream);
  if (!connection) return;
  connection->has_number = false;
  for (size_t index = 0; index < PBK_COUNT(connection->topics, pbk_topic); index++) {
    pbk_topic topic = *PBK_AT(connection->topics, pbk_topic, index);
    pbk_market *market = pbk_market_at(&feed->markets, topic.market);
    uint32_t channels = feed->plan.channels[topic.channel].carries;
    if (!market) continue;
    if (market->sync.state == PBK_WAITING) channels &= ~(uint32_t)PB_CHANNEL_BOOK; /* it is asked for already */
    pbk_misread(feed, out, market, channels);
  }
}

/** Whether a message is to be read, where the exchange counts each connection's messages: not when it came twice. When
 * some are missing, all books of the stream are lost and asked for again. */
static inline bool pbk_follows(pbk_feed *feed, pbk_out *out, pb_id stream, uint64_t number) {
  pbk_connection *connection = pbk_connection_of(feed, stream);
  if (!connection) return true;
  bool had_number = connection->has_number;
  uint64_t last = connection->number;
  connection->has_number = true;
  connection->number = number;
  if (!had_number || last + 1 == number) return true;
  if (last == number) return false;
  for (size_t index = 0; index < PBK_COUNT(connection->topics, pbk_topic); index++) {
    pbk_topic topic = *PBK_AT(connection->topics, pbk_topic, index);
    pbk_market *market = pbk_market_at(&feed->markets, topic.market);
    if (!market || !pbk_carries_book(feed, topic) || market->sync.state == PBK_WAITING) continue;
    pbk_gap(out, pbk_market_id(market), PB_GAP_SEQUENCE, last + 1, number, 0);
    pbk_forget_book(feed, out, market);
    pbk_rebuild(feed, out, market, 0);
  }
  return true;
}

/* Public streams: topics are put on connections, asked for in messages, asked for again when an answer does not come or
 * a connection is cut. The life of their books is in feed_book.h, what the connector calls in feed_use.h. */
#pragma once
#include "input.h"
#include "market.h"
#include "request.h"

/** One of the exchange's channels and the contract's that it carries (PB_CHANNEL_ bits). */
typedef struct pbk_channel {
  uint32_t carries;
  const char *name;
} pbk_channel;

/** A topic as a message names it: one of the exchange's channels for one market. */
typedef struct pbk_topic_name {
  const char *channel;
  const char *symbol;
  uint32_t depth; /* levels of the book that are wanted */
} pbk_topic_name;

enum { PBK_MOST_TOPICS = 64 /* in a message */ };

/** How an exchange's public streams work. Zero is the usual where a comment says so. */
typedef struct pbk_plan {
  const char *url;
  const pbk_channel *channels;
  uint32_t channel_count;
  /** Writes the message that asks for topics or gives them up; the id is for exchanges that repeat it. */
  void (*write)(pbk_buf *text, const pbk_topic_name *topics, uint32_t count, bool is_unsubscribe, pb_id id);
  uint32_t (*levels)(uint32_t wanted); /* to subscribe to for so many that are wanted; null = as many */
  pbk_rule rule;
  /** Writes the request for a book; null = a subscription brings it. */
  void (*ask)(pbk_request *request, const pbk_market *market);
  uint32_t topics_per_connection; /* 0 = 100 */
  uint32_t topics_per_message;    /* 0 = 10 */
  bool is_silent;                 /* subscriptions are not answered: a channel is live when its data comes */
  const char *greeting;           /* said on each connection when it stands, or null */
  const char *ping;               /* said every so often, or null */
  int64_t ping_every_ns, idle_ns;
  int64_t answer_ns, patience_ns; /* an answer, a book, that does not come for so long is lost; 0 = 10 s */
  pb_charge open_charge, message_charge;
} pbk_plan;

typedef struct pbk_topic {
  uint32_t market, channel; /* number; place in the plan */
} pbk_topic;

typedef struct pbk_connection {
  pb_id stream, ping_timer;
  bool is_open, has_number;
  uint64_t number; /* of the last message, where connections count them */
  pbk_buf topics, unsent, unwanted;
} pbk_connection;

typedef struct pbk_pending {
  pb_id id, stream, timer;
  enum { PBK_TOPICS, PBK_SAID, PBK_SNAPSHOT } kind;
  bool is_unsubscribe;
  uint32_t market;
  pbk_buf topics;
} pbk_pending;

typedef struct pbk_due {
  pb_id timer, subject; /* a request, a stream, or a market's number */
  enum { PBK_DUE_ANSWER, PBK_DUE_FLUSH, PBK_DUE_PING, PBK_DUE_PATIENCE, PBK_DUE_ASK } kind;
} pbk_due;

/** A command that waits for a channel of a market: it is done when it waits for none. */
typedef struct pbk_wait {
  pb_id command;
  uint32_t market, channel;
} pbk_wait;

typedef struct pbk_feed {
  pbk_plan plan;
  pbk_markets markets;
  pbk_buf connections, pending, timers, waits;
  pb_id last_id;
} pbk_feed;

/** An id for a request, stream or timer of the connector's own: none is given twice. */
static inline pb_id pbk_new_id(pbk_feed *feed) { return ++feed->last_id; }

static inline bool pbk_holds(const pbk_buf *topics, pbk_topic topic) {
  for (size_t index = 0; index < PBK_COUNT(*topics, pbk_topic); index++) {
    pbk_topic *one = PBK_AT(*topics, pbk_topic, index);
    if (one->market == topic.market && one->channel == topic.channel) return true;
  }
  return false;
}
static inline void pbk_topic_add(pbk_buf *topics, pbk_topic topic) {
  if (!pbk_holds(topics, topic)) pbk_buf_bytes(topics, &topic, sizeof topic);
}
static inline void pbk_topic_remove(pbk_buf *topics, pbk_topic topic) {
  for (size_t index = PBK_COUNT(*topics, pbk_topic); index-- > 0;) {
    pbk_topic *one = PBK_AT(*topics, pbk_topic, index);
    if (one->market == topic.market && one->channel == topic.channel) pbk_buf_remove(topics, index, sizeof topic);
  }
}

static inline pbk_connection *pbk_connection_of(const pbk_feed *feed, pb_id stream) {
  for (size_t index = 0; index < PBK_COUNT(feed->connections, pbk_connection); index++) {
    pbk_connection *one = PBK_AT(feed->connections, pbk_connection, index);
    if (one->stream == stream) return one;
  }
  return NULL;
}
/** The connection that carries a topic. */
static inline pbk_connection *pbk_carrier(const pbk_feed *feed, pbk_topic topic) {
  for (size_t index = 0; index < PBK_COUNT(feed->connections, pbk_connection); index++) {
    pbk_connection *one = PBK_AT(feed->connections, pbk_connection, index);
    if (pbk_holds(&one->topics, topic)) return one;
  }
  return NULL;
}

/** Takes what is pending under an id out; `false` where nothing is. Its topics are the caller's to free. */
static inline bool pbk_take(pbk_feed *feed, pb_id id, pbk_pending *pending) {
  for (size_t index = 0; index < PBK_COUNT(feed->pending, pbk_pending); index++) {
    if (PBK_AT(feed->pending, pbk_pending, index)->id != id) continue;
    *pending = *PBK_AT(feed->pending, pbk_pending, index);
    pbk_buf_remove(&feed->pending, index, sizeof *pending);
    return true;
  }
  return false;
}
static inline void pbk_keep(pbk_feed *feed, const pbk_pending *pending) {
  pbk_buf_bytes(&feed->pending, pending, sizeof *pending);
}

static inline pb_id pbk_after(pbk_feed *feed, pbk_out *out, int64_t after_ns, int kind, pb_id subject) {
  pbk_due due = {.timer = pbk_new_id(feed), .subject = subject};
  due.kind = kind;
  pbk_buf_bytes(&feed->timers, &due, sizeof due);
  pbk_timer(out, due.timer, after_ns > 0 ? after_ns : 1);
  return due.timer;
}
static inline void pbk_cancel(pbk_feed *feed, pbk_out *out, pb_id timer) {
  for (size_t index = 0; index < PBK_COUNT(feed->timers, pbk_due); index++) {
    if (PBK_AT(feed->timers, pbk_due, index)->timer != timer) continue;
    pbk_buf_remove(&feed->timers, index, sizeof(pbk_due));
    pbk_timer(out, timer, 0);
    return;
  }
}

/** Says something on a stream of which no answer is awaited. */
static inline void pbk_say(pbk_feed *feed, pbk_out *out, pb_id stream, const char *text) {
  pbk_pending pending = {.id = pbk_new_id(feed), .kind = PBK_SAID, .stream = stream};
  pbk_request frame = {.stream = stream};
  pbk_write(&frame.body, text);
  if (feed->plan.message_charge.weight) pbk_charge(&frame, feed->plan.message_charge.bucket, 1);
  pbk_keep(feed, &pending);
  pbk_send(out, pending.id, &frame);
}

/** Sends one message about topics of one channel. */
static inline void pbk_send_topics(pbk_feed *feed, pbk_out *out, pb_id stream, pbk_buf topics, bool is_unsubscribe) {
  pbk_topic_name names[PBK_MOST_TOPICS];
  uint32_t count = 0;
  for (size_t index = 0; index < PBK_COUNT(topics, pbk_topic) && count < PBK_MOST_TOPICS; index++) {
    pbk_topic *topic = PBK_AT(topics, pbk_topic, index);
    const pbk_market *market = pbk_market_at(&feed->markets, topic->market);
    const char *channel = feed->plan.channels[topic->channel].name;
    if (market) names[count++] = (pbk_topic_name){channel, market->symbol, market->depth};
  }
  pbk_pending pending = {.id = pbk_new_id(feed), .kind = PBK_TOPICS, .stream = stream,
                         .is_unsubscribe = is_unsubscribe, .topics = topics};
  pbk_buf text = {0};
  feed->plan.write(&text, names, count, is_unsubscribe, pending.id);
  pbk_request frame = {.stream = stream};
  pbk_write(&frame.body, pbk_buf_string(&text));
  pbk_buf_free(&text);
  if (feed->plan.message_charge.weight) pbk_charge(&frame, feed->plan.message_charge.bucket, 1);
  pbk_keep(feed, &pending);
  pbk_send(out, pending.id, &frame);
}

/** Says what is to be said on a stream. What is given up goes first: it may have been wanted again since. */
static inline void pbk_flush(pbk_feed *feed, pbk_out *out, pb_id stream) {
  uint32_t most = feed->plan.topics_per_message ? feed->plan.topics_per_message : 10;
  if (most > PBK_MOST_TOPICS) most = PBK_MOST_TOPICS;
  for (;;) {
    pbk_connection *connection = pbk_connection_of(feed, stream);
    if (!connection || !connection->is_open) return;
    bool is_unsubscribe = connection->unwanted.len > 0;
    pbk_buf *waiting = is_unsubscribe ? &connection->unwanted : &connection->unsent;
    if (waiting->len == 0) return;
    uint32_t channel = PBK_AT(*waiting, pbk_topic, 0)->channel;
    pbk_buf topics = {0};
    for (size_t index = 0; index < PBK_COUNT(*waiting, pbk_topic) && PBK_COUNT(topics, pbk_topic) < most;) {
      pbk_topic topic = *PBK_AT(*waiting, pbk_topic, index);
      if (topic.channel != channel) {
        index++;
        continue;
      }
      pbk_buf_bytes(&topics, &topic, sizeof topic);
      pbk_buf_remove(waiting, index, sizeof topic);
    }
    if (topics.failed) return pbk_buf_free(&topics);
    pbk_send_topics(feed, out, stream, topics, is_unsubscribe);
  }
}
static inline void pbk_flush_all(pbk_feed *feed, pbk_out *out) {
  for (size_t index = 0; index < PBK_COUNT(feed->connections, pbk_connection); index++) {
    pbk_flush(feed, out, PBK_AT(feed->connections, pbk_connection, index)->stream);
  }
}

/** Opens a connection for topics, which become its own. */
static inline void pbk_connect(pbk_feed *feed, pbk_out *out, pbk_buf topics) {
  pbk_connection connection = {.stream = pbk_new_id(feed), .topics = topics};
  pbk_buf_bytes(&connection.unsent, topics.ptr, topics.len);
  pbk_buf_bytes(&feed->connections, &connection, sizeof connection);
  pbk_request stream = {.deadline_ns = feed->plan.idle_ns};
  pbk_write(&stream.url, feed->plan.url);
  if (feed->plan.open_charge.weight) pbk_charge(&stream, feed->plan.open_charge.bucket, 1);
  pbk_open(out, connection.stream, &stream);
}

/** Puts a topic on the first connection with room, or opens one. */
static inline void pbk_put(pbk_feed *feed, pbk_out *out, pbk_topic topic) {
  uint32_t most = feed->plan.topics_per_connection ? feed->plan.topics_per_connection : 100;
  if (pbk_carrier(feed, topic)) return;
  for (size_t index = 0; index < PBK_COUNT(feed->connections, pbk_connection); index++) {
    pbk_connection *one = PBK_AT(feed->connections, pbk_connection, index);
    if (PBK_COUNT(one->topics, pbk_topic) >= most) continue;
    pbk_topic_add(&one->topics, topic);
    pbk_topic_add(&one->unsent, topic);
    return;
  }
  pbk_buf topics = {0};
  pbk_topic_add(&topics, topic);
  pbk_connect(feed, out, topics);
}

/** Whether a command waits for something. */
static inline bool pbk_waits(const pbk_feed *feed, pb_id command) {
  for (size_t index = 0; index < PBK_COUNT(feed->waits, pbk_wait); index++) {
    if (PBK_AT(feed->waits, pbk_wait, index)->command == command) return true;
  }
  return false;
}

/** The commands that wait for a channel of a market no longer do: they are done when they wait for no other, or are
 * refused, once each. */
static inline void pbk_release(pbk_feed *feed, pbk_out *out, uint32_t market, uint32_t channel, uint32_t error,
                               pbk_text why) {
  for (size_t index = 0; index < PBK_COUNT(feed->waits, pbk_wait);) {
    pbk_wait wait = *PBK_AT(feed->waits, pbk_wait, index);
    if (wait.market != market || wait.channel != channel) {
      index++;
      continue;
    }
    pbk_buf_remove(&feed->waits, index, sizeof wait);
    if (error == 0) {
      if (!pbk_waits(feed, wait.command)) pbk_done(out, wait.command);
      continue;
    }
    for (size_t other = PBK_COUNT(feed->waits, pbk_wait); other-- > 0;) {
      if (PBK_AT(feed->waits, pbk_wait, other)->command == wait.command) {
        pbk_buf_remove(&feed->waits, other, sizeof wait);
      }
    }
    pbk_reply(out, wait.command, PB_OUTCOME_REFUSED, error, 0, (pbk_text){0}, why);
    index = 0;
  }
}

static inline void pbk_down(pbk_out *out, pbk_market *market, uint32_t channel, uint32_t error, const char *why) {
  if (market->live & channel) pbk_state(out, pbk_market_id(market), channel, PB_STATE_DOWN, error, why);
  market->live &= ~channel;
}

/** Whether a channel of a market is wanted; then it is live, since its data or an answer came. `false` for what was
 * under way when the channel was given up. */
static inline bool pbk_is_wanted(pbk_feed *feed, pbk_out *out, pbk_market *market, uint32_t channel) {
  if (market->live & channel) return true;
  if (!(market->wanted & channel)) return false;
  market->live |= channel;
  pbk_state(out, pbk_market_id(market), channel, PB_STATE_LIVE, 0, NULL);
  pbk_release(feed, out, market->number, channel, 0, (pbk_text){0});
  return true;
}

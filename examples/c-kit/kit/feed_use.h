/* What a connector calls: commands, what became of streams and messages, answers, timers. Each gives `false` for what
 * is not the feed's own. */
#pragma once
#include "feed_book.h"

static inline bool pbk_feed_owns(const pbk_feed *feed, pb_id stream) { return pbk_connection_of(feed, stream); }

/** Nothing of the channels is reported any more. */
static inline void pbk_give_up(pbk_feed *feed, pbk_out *out, pbk_market *market, uint32_t channels) {
  uint32_t gone = channels & market->wanted;
  market->wanted &= ~gone;
  market->live &= ~gone;
  for (uint32_t channel = 1; channel != 0; channel <<= 1) {
    if (gone & channel) {
      pbk_release(feed, out, market->number, channel, PB_ERR_OTHER, pbk_text_of("unsubscribed before it was live"));
    }
  }
  if (gone & PB_CHANNEL_BOOK) pbk_drop_book(feed, out, market);
  for (uint32_t channel = 0; channel < feed->plan.channel_count; channel++) {
    pbk_topic topic = {market->number, channel};
    pbk_connection *carrier = pbk_carrier(feed, topic);
    if (!carrier || feed->plan.channels[channel].carries & market->wanted) continue;
    if (!pbk_holds(&carrier->unsent, topic)) pbk_topic_add(&carrier->unwanted, topic);
    pbk_topic_remove(&carrier->unsent, topic);
    pbk_topic_remove(&carrier->topics, topic);
  }
  for (uint32_t channel = 1; channel != 0; channel <<= 1) {
    if (gone & channel) pbk_state(out, pbk_market_id(market), channel, PB_STATE_ENDED, 0, NULL);
  }
  pbk_flush_all(feed, out);
}

/** A market that the exchange lists. One whose exponents changed goes on under another id; what was subscribed to
 * under the old one ends, and the host asks for it anew. Null when there are too many. */
static inline pbk_market *pbk_feed_list(pbk_feed *feed, pbk_out *out, pbk_text symbol, int32_t price_exp,
                                        int32_t quantity_exp) {
  pbk_market *old = pbk_market_named(&feed->markets, symbol);
  uint32_t number = old ? old->number : 0;
  bool is_known = old != NULL;
  pbk_market *market = pbk_market_add(&feed->markets, symbol, price_exp, quantity_exp, feed->plan.rule);
  if (market && is_known && market->number != number) {
    old = pbk_market_at(&feed->markets, number);
    pbk_warn(out, "steps of a market changed; it goes on as another instrument");
    pbk_give_up(feed, out, old, old->wanted);
  }
  return market;
}

static inline void pbk_subscribe(pbk_feed *feed, pbk_out *out, pbk_market *market, const pb_in_command *command) {
  uint32_t offered = 0, is_waiting = 0;
  for (uint32_t index = 0; index < feed->plan.channel_count; index++) offered |= feed->plan.channels[index].carries;
  if (command->channel == 0 || command->channel & ~offered) {
    return pbk_refuse(out, command->command, PB_ERR_UNSUPPORTED, "this channel is not offered");
  }
  uint32_t fresh = command->channel & ~market->wanted;
  for (uint32_t channel = 1; channel != 0; channel <<= 1) {
    if (!(command->channel & channel & ~market->live)) continue;
    pbk_wait wait = {command->command, market->number, channel};
    pbk_buf_bytes(&feed->waits, &wait, sizeof wait);
    is_waiting = 1;
  }
  market->wanted |= fresh;
  if (fresh & PB_CHANNEL_BOOK) market->depth = feed->plan.levels ? feed->plan.levels(command->depth) : command->depth;
  for (uint32_t channel = 0; channel < feed->plan.channel_count; channel++) {
    if (feed->plan.channels[channel].carries & fresh) pbk_put(feed, out, (pbk_topic){market->number, channel});
  }
  if (!is_waiting) pbk_done(out, command->command);
  pbk_flush_all(feed, out);
}

static inline bool pbk_feed_command(pbk_feed *feed, pbk_out *out, const pb_in_command *command) {
  uint32_t verb = command->verb;
  if (verb != PB_CMD_SUBSCRIBE && verb != PB_CMD_UNSUBSCRIBE && verb != PB_CMD_RESYNC) return false;
  pbk_market *market = pbk_market_of(&feed->markets, command->instrument);
  if (!market) {
    pbk_refuse(out, command->command, PB_ERR_UNKNOWN_INSTRUMENT, "there is no such instrument");
  } else if (verb == PB_CMD_SUBSCRIBE) {
    pbk_subscribe(feed, out, market, command);
  } else if (verb == PB_CMD_UNSUBSCRIBE) {
    pbk_give_up(feed, out, market, command->channel);
    pbk_done(out, command->command);
  } else if (!(market->wanted & PB_CHANNEL_BOOK)) {
    pbk_refuse(out, command->command, PB_ERR_OTHER, "its book is not subscribed");
  } else {
    pbk_lose_book(feed, out, market, PB_GAP_COMMAND);
    pbk_rebuild(feed, out, market, 0);
    pbk_done(out, command->command);
  }
  return true;
}

static inline void pbk_keep_alive(pbk_feed *feed, pbk_out *out, pbk_connection *connection) {
  if (!feed->plan.ping) return;
  connection->ping_timer = pbk_after(feed, out, feed->plan.ping_every_ns, PBK_DUE_PING, connection->stream);
}

static inline bool pbk_feed_opened(pbk_feed *feed, pbk_out *out, pb_id stream) {
  pbk_connection *connection = pbk_connection_of(feed, stream);
  if (!connection) return false;
  connection->is_open = true;
  if (feed->plan.greeting) pbk_say(feed, out, stream, feed->plan.greeting);
  pbk_keep_alive(feed, out, connection);
  pbk_flush(feed, out, stream);
  return true;
}

/** A stream is gone: its books are lost, and everything is asked for again on a new one. The host paces opening. */
static inline bool pbk_feed_closed(pbk_feed *feed, pbk_out *out, pb_id stream, const char *reason) {
  pbk_connection *found = pbk_connection_of(feed, stream);
  if (!found) return false;
  pbk_connection connection = *found;
  pbk_buf_remove(&feed->connections, (size_t)(found - PBK_AT(feed->connections, pbk_connection, 0)), sizeof connection);
  pbk_cancel(feed, out, connection.ping_timer);
  for (size_t index = PBK_COUNT(feed->pending, pbk_pending); index-- > 0;) {
    pbk_pending pending = *PBK_AT(feed->pending, pbk_pending, index);
    if (pending.kind == PBK_SNAPSHOT || pending.stream != stream) continue;
    pbk_cancel(feed, out, pending.timer);
    pbk_buf_remove(&feed->pending, index, sizeof pending);
    pbk_buf_free(&pending.topics);
  }
  for (size_t index = 0; index < PBK_COUNT(connection.topics, pbk_topic); index++) {
    pbk_topic topic = *PBK_AT(connection.topics, pbk_topic, index);
    pbk_market *market = pbk_market_at(&feed->markets, topic.market);
    if (market && pbk_carries_book(feed, topic)) pbk_lose_book(feed, out, market, PB_GAP_CLOSED);
    for (uint32_t channel = 1; market && channel != 0; channel <<= 1) {
      if (!(channel & feed->plan.channels[topic.channel].carries)) continue;
      pbk_down(out, market, channel, PB_ERR_TRANSIENT, reason);
    }
  }
  pbk_buf_free(&connection.unsent);
  pbk_buf_free(&connection.unwanted);
  if (connection.topics.len) pbk_connect(feed, out, connection.topics);
  else pbk_buf_free(&connection.topics);
  return true;
}

/** What became of a frame. */
static inline bool pbk_feed_sent(pbk_feed *feed, pbk_out *out, const pb_in_reply *reply) {
  pbk_pending pending;
  if (!pbk_take(feed, reply->request, &pending)) return false;
  if (pending.kind == PBK_SNAPSHOT) pbk_keep(feed, &pending);
  if (pending.kind != PBK_TOPICS) return true;
  bool has_left = reply->outcome == PB_SENT;
  for (size_t index = 0; index < PBK_COUNT(pending.topics, pbk_topic); index++) {
    pbk_topic topic = *PBK_AT(pending.topics, pbk_topic, index);
    pbk_market *market = pbk_market_at(&feed->markets, topic.market);
    pbk_connection *connection = pbk_connection_of(feed, pending.stream);
    if (!has_left && connection) {
      pbk_topic_add(pending.is_unsubscribe ? &connection->unwanted : &connection->unsent, topic);
    } else if (has_left && market && pbk_carries_book(feed, topic)) {
      if (!pending.is_unsubscribe) pbk_await_book(feed, out, market);
      else if (feed->plan.is_silent) pbk_renewed(feed, out, topic);
    }
  }
  if (has_left && !feed->plan.is_silent) {
    int64_t answer_ns = feed->plan.answer_ns ? feed->plan.answer_ns : INT64_C(10000000000);
    if (!pending.is_unsubscribe) pending.timer = pbk_after(feed, out, answer_ns, PBK_DUE_ANSWER, pending.id);
    pbk_keep(feed, &pending);
    return true;
  }
  if (!has_left) {
    pbk_warn(out, "a subscription was not sent");
    pbk_after(feed, out, INT64_C(1000000000), PBK_DUE_FLUSH, pending.stream);
  }
  pbk_buf_free(&pending.topics);
  return true;
}

/** The exchange refuses a topic. */
static inline void pbk_reject(pbk_feed *feed, pbk_out *out, pbk_topic topic, uint32_t error, pbk_text why) {
  pbk_market *market = pbk_market_at(&feed->markets, topic.market);
  pbk_connection *carrier = pbk_carrier(feed, topic);
  if (carrier) pbk_topic_remove(&carrier->topics, topic);
  for (uint32_t channel = 1; market && channel != 0; channel <<= 1) {
    if (!(channel & feed->plan.channels[topic.channel].carries & market->wanted)) continue;
    if (channel == PB_CHANNEL_BOOK) pbk_drop_book(feed, out, market);
    market->wanted &= ~channel;
    market->live &= ~channel;
    pbk_state(out, pbk_market_id(market), channel, PB_STATE_REJECTED, error, "the exchange refused it");
    pbk_release(feed, out, topic.market, channel, error, why);
  }
}

/** The exchange answered a message, by the id that it carried: with error 0 it agrees. */
static inline bool pbk_acknowledged(pbk_feed *feed, pbk_out *out, pb_id request, uint32_t error, pbk_text why) {
  pbk_pending pending;
  if (!pbk_take(feed, request, &pending)) return false;
  if (pending.kind != PBK_TOPICS) {
    pbk_keep(feed, &pending);
    return false;
  }
  pbk_cancel(feed, out, pending.timer);
  size_t count = PBK_COUNT(pending.topics, pbk_topic);
  for (size_t index = 0; index < count; index++) {
    pbk_topic topic = *PBK_AT(pending.topics, pbk_topic, index);
    pbk_market *market = pbk_market_at(&feed->markets, topic.market);
    if (pending.is_unsubscribe) {
      pbk_renewed(feed, out, topic);
    } else if (error && count > 1) {
      /* Which of them it was is not said: each is asked for by itself. */
      pbk_buf alone = {0};
      pbk_topic_add(&alone, topic);
      pbk_send_topics(feed, out, pending.stream, alone, false);
    } else if (error) {
      pbk_reject(feed, out, topic, error, why);
    } else {
      for (uint32_t channel = 1; market && channel != 0; channel <<= 1) {
        if (channel & feed->plan.channels[topic.channel].carries) pbk_is_wanted(feed, out, market, channel);
      }
    }
  }
  pbk_buf_free(&pending.topics);
  return true;
}

/** Nothing was heard of a subscription, neither an answer nor data: all of its stream is asked for on a new one. */
static inline void pbk_answer_is_missing(pbk_feed *feed, pbk_out *out, pb_id request) {
  pbk_pending pending;
  bool is_heard = false;
  if (!pbk_take(feed, request, &pending)) return;
  for (size_t index = 0; index < PBK_COUNT(pending.topics, pbk_topic); index++) {
    pbk_topic *topic = PBK_AT(pending.topics, pbk_topic, index);
    const pbk_market *market = pbk_market_at(&feed->markets, topic->market);
    is_heard = is_heard || (market && market->live & feed->plan.channels[topic->channel].carries);
  }
  pbk_buf_free(&pending.topics);
  if (is_heard || !pbk_feed_owns(feed, pending.stream)) return;
  pbk_warn(out, "a subscription was not answered");
  pbk_close(out, pending.stream, "a subscription was not answered");
  pbk_feed_closed(feed, out, pending.stream, "a subscription was not answered");
}

/** A timer is due. */
static inline bool pbk_feed_timer(pbk_feed *feed, pbk_out *out, pb_id timer) {
  pbk_due due = {0};
  for (size_t index = 0; index < PBK_COUNT(feed->timers, pbk_due); index++) {
    if (PBK_AT(feed->timers, pbk_due, index)->timer != timer) continue;
    due = *PBK_AT(feed->timers, pbk_due, index);
    pbk_buf_remove(&feed->timers, index, sizeof due);
    break;
  }
  if (due.timer == 0) return false;
  bool is_of_market = due.kind == PBK_DUE_PATIENCE || due.kind == PBK_DUE_ASK;
  pbk_market *market = is_of_market ? pbk_market_at(&feed->markets, (size_t)due.subject) : NULL;
  pbk_connection *connection = pbk_connection_of(feed, due.subject);
  if (due.kind == PBK_DUE_ANSWER) pbk_answer_is_missing(feed, out, due.subject);
  if (due.kind == PBK_DUE_FLUSH) pbk_flush(feed, out, due.subject);
  if (due.kind == PBK_DUE_PING && connection) {
    pbk_say(feed, out, connection->stream, feed->plan.ping);
    pbk_keep_alive(feed, out, connection);
  }
  if (!market) return true;
  market->timer = 0;
  if (due.kind == PBK_DUE_PATIENCE) {
    market->is_renewing = false;
    if (market->sync.state == PBK_WAITING) pbk_warn(out, "no snapshot came; asking again");
  }
  pbk_ask_book(feed, out, market);
  return true;
}

static inline void pbk_feed_free(pbk_feed *feed) {
  for (size_t index = 0; index < PBK_COUNT(feed->connections, pbk_connection); index++) {
    pbk_connection *one = PBK_AT(feed->connections, pbk_connection, index);
    pbk_buf_free(&one->topics);
    pbk_buf_free(&one->unsent);
    pbk_buf_free(&one->unwanted);
  }
  for (size_t index = 0; index < PBK_COUNT(feed->pending, pbk_pending); index++) {
    pbk_buf_free(&PBK_AT(feed->pending, pbk_pending, index)->topics);
  }
  pbk_buf_free(&feed->connections);
  pbk_buf_free(&feed->pending);
  pbk_buf_free(&feed->timers);
  pbk_buf_free(&feed->waits);
  pbk_markets_free(&feed->markets);
}

/* The kit for connectors in C: everything that is in kit/, and the entry point. C11; see README.md.
 *
 * A connector is a structure of its own and one table of functions:
 *
 *     typedef struct mine { pbk_out out; pbk_feed feed; } mine;        the way out comes first
 *     static pb_status deliver(mine *self, const pb_input *input, pb_span payload) { ... }
 *     PBK_CONNECTOR(mine, DESCRIPTOR, make, deliver, end)
 *
 * `make` fills an instance that is all zero and may refuse its configuration; `end` frees what is in it. */
#pragma once
#include "kit/feed_use.h"
#include "kit/history.h"
#include "kit/private.h"
#include "kit/sums.h"

/** Whether an allocation failed: then nothing that the instance holds can be trusted. */
static inline bool pbk_is_exhausted(const pbk_out *out, const pbk_feed *feed) {
  return out->block.failed || feed->connections.failed || feed->pending.failed || feed->timers.failed ||
         feed->waits.failed || feed->markets.all.failed;
}

/** Exports one connector. The three functions take a `type *`; `make` also gets the configuration's JSON. */
#define PBK_CONNECTOR(type, descriptor, make, deliver_input, end)                                               \
  static void pbk_destroy_##type(void *self) {                                                                  \
    type *one = (type *)self;                                                                                   \
    end(one);                                                                                                   \
    pbk_feed_free(&one->feed);                                                                                  \
    pbk_buf_free(&one->out.block);                                                                              \
    free(one);                                                                                                  \
  }                                                                                                             \
  static pb_status pbk_create_##type(const pb_host *host, pb_span config, void **self) {                        \
    type *made = (type *)calloc(1, sizeof *made);                                                               \
    *self = NULL;                                                                                               \
    if (!made) return PB_E_INTERNAL;                                                                            \
    made->out.host = host;                                                                                      \
    pb_status status = make(made, config);                                                                      \
    if (status == PB_OK) *self = made;                                                                          \
    else pbk_destroy_##type(made);                                                                              \
    return status;                                                                                              \
  }                                                                                                             \
  static pb_status pbk_deliver_##type(void *self, const pb_input *input, pb_span payload) {                     \
    type *one = (type *)self;                                                                                   \
    PBK_READ(pb_input, head, input);                                                                            \
    one->out.seq = head.rec.seq;                                                                                \
    one->out.mono_ns = head.mono_ns;                                                                            \
    one->out.wall_ns = head.wall_ns;                                                                            \
    one->out.venue_ns = head.venue_ns;                                                                          \
    pb_status status = deliver_input(one, input, payload);                                                      \
    return pbk_is_exhausted(&one->out, &one->feed) ? PB_E_INTERNAL : status;                                    \
  }                                                                                                             \
  const pb_entry *patchbay_entry(void) {                                                                        \
    static const pb_connector table = {sizeof table, PB_ABI_REVISION, descriptor, pbk_create_##type,            \
                                       pbk_deliver_##type, pbk_destroy_##type};                                 \
    static const pb_connector *const tables[] = {&table};                                                       \
    static const pb_entry entry = {PB_MAGIC, PB_ABI_REVISION, sizeof entry, 1, tables};                         \
    return &entry;                                                                                              \
  }

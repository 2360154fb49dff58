/* What the files of the connector share. */
#pragma once
#include <patchbay_kit.h>

/** What a request was for. */
enum { ASKED_CLOCK = 1, ASKED_INSTRUMENTS, ASKED_TICKERS };

/** A request under way, and the command that it answers. */
typedef struct question {
  pb_id request, command;
  uint32_t what;
} question;

typedef struct bybit {
  pbk_out out;
  pbk_feed feed;
  pbk_buf questions; /* of question */
} bybit;

/** A frame of a public stream. */
pb_status bybit_frame(bybit *self, pb_id stream, pb_span frame);
/** Reads a ticker's object; `false` when it cannot be read. */
bool bybit_ticker(pbk_json json, const pbk_market *market, int64_t venue_ns, pb_ticker *fact);

/* The exchange as data: addresses, where things stand in its answers, limits. Headings are those of EXCHANGE.md. */
#pragma once
#include <patchbay_kit.h>

#define REST "https://api.sandbar.example"
#define FEED "wss://feed.sandbar.example/v1/feed"
#define TIME_PATH "/v1/time"
#define TIME_AT "time"
#define MARKETS_PATH "/v1/markets"
#define MARKETS_AT "markets"
#define ERROR_CODE_AT "code"
#define ERROR_TEXT_AT "text"

/* "Requests": the orders that are taken. */
static const pbk_offer SANDBAR_OFFER = {.types = 1u << PB_TYPE_LIMIT | 1u << PB_TYPE_MARKET};

/* "Limits" */
enum { REQUESTS = 1, MESSAGES = 2 };

/* What a request was for. */
typedef enum asked { ASKED_CLOCK = 1, ASKED_MARKETS } asked;

/* A request under way, and the command that it answers. */
typedef struct question {
  pb_id request, command;
  asked what;
} question;

typedef struct sandbar {
  pbk_out out;
  pbk_feed feed;
  pbk_buf questions; /* of question */
} sandbar;

/* How the public stream works; frames.c. */
pbk_plan sandbar_plan(void);
/* A frame of the public stream; frames.c. */
pb_status sandbar_frame(sandbar *self, pb_id stream, pb_span frame);
/* The reply to a request of the feed itself, such as for a book; PB_E_STATE where it was none. frames.c. */
pb_status sandbar_feed_reply(sandbar *self, const pb_in_reply *reply, pb_span body);
/* A scanner at a place of a body that as a whole is JSON; markets.c. */
bool sandbar_whole(pb_span body, const char *path, pbk_json *json);
/* Whether a question was refused, which then answers its command; else its answer, false when it cannot be read.
 * markets.c. */
bool sandbar_is_refused(sandbar *self, const pb_input *input, const pb_in_reply *reply, pb_span body, pb_id command);
bool sandbar_clock(sandbar *self, pb_id request, pb_span body);
bool sandbar_instruments(sandbar *self, pb_span body, pb_id command);

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

/* "Orders": what instruments are traded by. */
static const pbk_offer SANDBAR_OFFER = {
  .types = 1u << PB_TYPE_LIMIT | 1u << PB_TYPE_MARKET, .forces = 1u << PB_TIF_GTC, .flags = PB_ORDER_POST_ONLY};

/* "Limits" */
enum { REQUESTS = 1, MESSAGES = 2 };

/* What a request was for: of an order that it was placed or cancelled, or is looked for among those that are open. */
typedef enum asked { ASKED_CLOCK = 1, ASKED_MARKETS, ASKED_WRITE, ASKED_FIND, ASKED_OPEN_ORDERS, ASKED_BALANCES } asked;

/* A request under way, and the command that it answers. */
typedef struct question {
  pb_id request;
  asked what;
  pbk_wish wish; /* of a question of no account, its command alone */
} question;

typedef struct sandbar {
  pbk_out out;
  pbk_feed feed;
  pbk_accounts accounts;
  pbk_buf questions; /* of question */
  pbk_buf tallies;   /* of pbk_tally: commands about orders that have not ended */
} sandbar;

/* "Orders": codes; account.c. */
extern const pbk_errors SANDBAR_ERRORS;
/* "Private stream"; account.c. */
extern const pbk_private_plan SANDBAR_PRIVATE;
pb_status sandbar_private_frame(sandbar *self, pbk_account *account, pb_span frame);
/* An order as the exchange writes it; false when it cannot be read. account.c. */
bool sandbar_order(pbk_json *json, pbk_order_report *order);
bool sandbar_balances(sandbar *self, pb_span body, const pbk_wish *wish);

/* Each order of a command, by a request of its own; orders.c. */
void sandbar_each(sandbar *self, const pb_input *input);
/* A list of an account; orders.c. */
void sandbar_list(sandbar *self, const pbk_wish *wish, asked what);
/* Answers about orders; a null fault is success. orders.c. */
pb_status sandbar_written(sandbar *self, pb_span body, const pbk_problem *fault, const pbk_wish *wish);
pb_status sandbar_found(sandbar *self, pb_span body, const pbk_problem *fault, const pbk_wish *wish);
bool sandbar_open_orders(sandbar *self, pb_span body, const pbk_wish *wish);

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

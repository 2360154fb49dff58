/* What the files of the connector share. */
#pragma once
#include <patchbay_kit.h>

/** What a request was for. */
enum {
  ASKED_CLOCK = 1,
  ASKED_INSTRUMENTS,
  ASKED_TICKERS,
  ASKED_BALANCES,
  ASKED_FEES,
  ASKED_WRITE,   /* orders that were placed, changed or cancelled */
  ASKED_LIVING,  /* an order, among those that live */
  ASKED_ENDED,   /* an order, among those that have ended */
  ASKED_LIST,
};

/** A request under way, and the command that it answers. */
typedef struct question {
  pb_id request, command, account, instrument;
  uint32_t what;
  pbk_buf detail; /* of pbk_wish: the orders; of a list its pbk_walk */
} question;

/** A command of several orders that has not ended, with those that were refused: what is reported of them waits until
 * it is known whether the command is given again. */
typedef struct rejection {
  pbk_wish wish;
  pbk_kept_problem fault;
} rejection;
typedef struct writing {
  pbk_tally tally;
  pbk_buf rejected; /* of rejection */
} writing;

/** Base and quote of a market, by its number. */
typedef struct assets {
  pbk_word base, quote;
} assets;

typedef struct bybit {
  pbk_out out;
  pbk_feed feed;
  pbk_accounts accounts;
  pbk_waiting waiting;
  pbk_buf questions; /* of question */
  pbk_buf writings;  /* of writing */
  pbk_buf assets;    /* of assets */
} bybit;

/** The buckets of its limits, in the order of LIMITS. */
enum { CONNECTIONS = 1, REQUESTS, ORDERS, AMENDS, CANCELS, QUERIES, HISTORIES, EXECUTIONS, WALLETS, FEE_RATES };

extern const pbk_errors BYBIT_ERRORS;
extern const pbk_offer BYBIT_OFFER;
extern const pbk_private_plan BYBIT_PRIVATE;

/** A frame of a public stream, and of an account's. */
pb_status bybit_frame(bybit *self, pb_id stream, pb_span frame);
pb_status bybit_private_frame(bybit *self, pbk_account *account, pb_span frame);
/** Reads a ticker's object; `false` when it cannot be read. */
bool bybit_ticker(pbk_json json, const pbk_market *market, int64_t venue_ns, pb_ticker *fact);
/** A scanner at a place of a body that as a whole is JSON. */
bool bybit_whole(pb_span body, const char *path, pbk_json *json);
/** Signs a call, sends it and ends it; the question then is the instance's. */
void bybit_ask_signed(bybit *self, pbk_call *call, question *asked);

/** Answers that are read; `false` when they cannot be. */
bool bybit_wallet(bybit *self, pb_span body, const question *asked);
bool bybit_fee_rates(bybit *self, pb_span body, const question *asked);
bool bybit_page(bybit *self, pb_span body, const question *asked);
/** Answers about orders; a null fault is success. */
pb_status bybit_written(bybit *self, pb_span body, const pbk_problem *fault, const question *asked);
pb_status bybit_found(bybit *self, pb_span body, const pbk_problem *fault, const question *asked);

/** Commands of an account. */
void bybit_write(bybit *self, const pb_input *input);
void bybit_find(bybit *self, const pb_input *input);
void bybit_list(bybit *self, const pb_input *input);
void bybit_query(bybit *self, const pb_in_command *command, uint32_t what);

/** One order of a command has ended; a null fault is success. */
void bybit_ended(bybit *self, const pbk_wish *wish, const pbk_problem *fault);
/** Names an order in a call; else PB_ERR_ and why not. */
const char *bybit_name(const pbk_wish *wish, const pbk_market *market, pbk_call *call, bool is_part, uint32_t *error);

/** An order, and an execution, as the exchange writes them; `false` for what is none of this product. */
bool bybit_order(bybit *self, pbk_json *json, pbk_order_report *report);
bool bybit_execution(bybit *self, pbk_json *json, pbk_fill_report *report);

/** The exchange's words. */
uint32_t bybit_side(pbk_text word);
uint32_t bybit_force(pbk_text word);
uint32_t bybit_state(pbk_text word);
bool bybit_is_trade(pbk_text word);
void bybit_correct(pbk_problem *fault);

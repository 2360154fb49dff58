/* The exchange's words and codes. Sources: Bybit API v5, "Enums Definitions", "Error Codes". */
#include "bybit.h"

uint32_t bybit_side(pbk_text word) {
  if (pbk_is(word, "Buy") || pbk_is(word, "BUY")) return PB_SIDE_BUY;
  return pbk_is(word, "Sell") || pbk_is(word, "SELL") ? PB_SIDE_SELL : PB_SIDE_NONE;
}

/** Post-only is a time in force of its own. */
uint32_t bybit_force(pbk_text word) {
  if (pbk_is(word, "IOC")) return PB_TIF_IOC;
  if (pbk_is(word, "FOK")) return PB_TIF_FOK;
  return pbk_is(word, "GTC") || pbk_is(word, "PostOnly") || pbk_is(word, "RPI") ? PB_TIF_GTC : 0;
}

uint32_t bybit_state(pbk_text word) {
  static const struct {
    const char *word;
    uint32_t state;
  } states[] = {
    {"New", PB_ORDER_STATE_OPEN}, {"Created", PB_ORDER_STATE_OPEN}, {"Triggered", PB_ORDER_STATE_OPEN},
    {"PartiallyFilled", PB_ORDER_STATE_PARTIAL}, {"Untriggered", PB_ORDER_STATE_UNTRIGGERED},
    {"UnTriggered", PB_ORDER_STATE_UNTRIGGERED}, {"Filled", PB_ORDER_STATE_FILLED},
    {"Cancelled", PB_ORDER_STATE_CANCELLED}, {"PartiallyFilledCanceled", PB_ORDER_STATE_CANCELLED},
    {"Deactivated", PB_ORDER_STATE_CANCELLED}, {"Rejected", PB_ORDER_STATE_REJECTED}};
  for (size_t index = 0; index < sizeof states / sizeof states[0]; index++) {
    if (pbk_is(word, states[index].word)) return states[index].state;
  }
  return 0;
}

/** "execType": what is no trade, such as a settlement, is no fill. */
bool bybit_is_trade(pbk_text word) {
  static const char *const trades[] = {"", "Trade", "AdlTrade", "BustTrade", "BlockTrade", "FutureSpread"};
  for (size_t index = 0; index < sizeof trades / sizeof trades[0]; index++) {
    if (pbk_is(word, trades[index])) return true;
  }
  return false;
}

/** What an order that has ended answers to a cancel stands under unknown orders. Answers on public streams have no
 * code. */
static const pbk_error_rule RULES[] = {
  {"-1 10002", NULL, PB_ERR_CLOCK, false},
  {"-2015 33004 10003 10004 10005 10007 10008 10009 10010 10024 10027 10028 10029 100028 20022 110066 110069 "
   "110123 110125 110132 170209 170219 170224 170241 170348", NULL, PB_ERR_AUTH, false},
  {"429 10006 10018 10429 20003 30035 170005 170222", NULL, PB_ERR_RATE_LIMIT, false},
  {"110001 110008 110010 110019 140001 170139 170142 170143 170190 170213", NULL, PB_ERR_UNKNOWN_ORDER, false},
  {"110004 110006 110007 110012 110014 110044 110045 110051 110052 110053 140006 140007 170033 170131 170207 "
   "170223 170226 176015", NULL, PB_ERR_FUNDS, false},
  {"110074 170121 170221", NULL, PB_ERR_UNKNOWN_INSTRUMENT, false},
  {"110017 110023 110042", NULL, PB_ERR_REDUCE_ONLY, false},
  {"170218", NULL, PB_ERR_POST_ONLY, false},
  {"30208 30209 30228 110003 110009 110013 110015 110020 110021 110022 110032 110034 110036 110038 110040 "
   "110057 110064 110067 110068 110070 110086 110090 110092 110093 110094 110098 110103 110108 110109 110118 "
   "110120 110121 110131 170010 170011 170019 170031 170105 170115 170116 170117 170124 170130 170132 170133 "
   "170134 170136 170137 170140 170144 170145 170148 170151 170157 170159 170192 170193 170194 170195 170196 "
   "170197 170198 170199 170200 170201 170203 170204 170206 170210 170217 170227 170228 170229 170312 170313 "
   "170341 170358 170359 170371 170372 170381 170382 170810", NULL, PB_ERR_INVALID_ORDER, false},
  /* What the exchange itself does not know the end of. */
  {"10000 10016 170001 170007 170032 170146 170147 170191 170212 170234 170310", NULL, PB_ERR_TRANSIENT, true},
  /* The client order id exists already: it may be this very order. */
  {"110072 170141", NULL, PB_ERR_INVALID_ORDER, true},
  {"10001", "symbol", PB_ERR_UNKNOWN_INSTRUMENT, false},
  {"10001", NULL, PB_ERR_INVALID_ORDER, false},
  {"", "auth", PB_ERR_AUTH, false},
  {"", "symbol", PB_ERR_UNKNOWN_INSTRUMENT, false},
  {"", "topic", PB_ERR_UNKNOWN_INSTRUMENT, false},
};

const pbk_errors BYBIT_ERRORS = {
  .code = "retCode", .text = "retMsg", .fine = "0", .rules = RULES, .count = sizeof RULES / sizeof RULES[0]};

/** "Rate Limit Rules: HTTP IP limit": who asks too often is shut out with status 403 for ten minutes at least. */
void bybit_correct(pbk_problem *fault) {
  if (fault->status != 403 && !pbk_is(fault->code, "403")) return;
  fault->error = PB_ERR_RATE_LIMIT;
  if (fault->retry_after_ns < 600 * PBK_SECOND) fault->retry_after_ns = 600 * PBK_SECOND;
}

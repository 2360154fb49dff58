/* Written by `swift run abitool generate` from patchbay.h; do not edit.
 * Proves docs/abi-layout.tsv with the compiler at hand. */
#include "patchbay.h"
#include <stddef.h>

#ifdef __cplusplus
#define PB_PROVE(condition, message) static_assert(condition, message)
#define PB_ALIGNOF(type) alignof(type)
#else
#define PB_PROVE(condition, message) _Static_assert(condition, message)
#define PB_ALIGNOF(type) _Alignof(type)
#endif
#define PB_FIELD(type, field, at, bytes) \
  PB_PROVE(offsetof(type, field) == at, #type "." #field " is not at " #at); \
  PB_PROVE(sizeof(((type *)0)->field) == bytes, #type "." #field " is not " #bytes " bytes")
#define PB_STRUCT(type, bytes, alignment) \
  PB_PROVE(sizeof(type) == bytes, #type " is not " #bytes " bytes"); \
  PB_PROVE(PB_ALIGNOF(type) == alignment, #type " is not aligned to " #alignment)

PB_PROVE(sizeof(void *) == 8, "the contract is for 64-bit machines");

PB_STRUCT(pb_span, 16, 8);
PB_FIELD(pb_span, ptr, 0, 8);
PB_FIELD(pb_span, len, 8, 8);

PB_STRUCT(pb_ref, 8, 4);
PB_FIELD(pb_ref, offset, 0, 4);
PB_FIELD(pb_ref, length, 4, 4);

PB_STRUCT(pb_list, 8, 4);
PB_FIELD(pb_list, offset, 0, 4);
PB_FIELD(pb_list, count, 4, 4);

PB_STRUCT(pb_dec, 16, 8);
PB_FIELD(pb_dec, mantissa, 0, 8);
PB_FIELD(pb_dec, exponent, 8, 4);
PB_FIELD(pb_dec, state, 12, 4);

PB_STRUCT(pb_rec, 16, 8);
PB_FIELD(pb_rec, size, 0, 4);
PB_FIELD(pb_rec, kind, 4, 2);
PB_FIELD(pb_rec, head, 6, 2);
PB_FIELD(pb_rec, seq, 8, 8);

PB_STRUCT(pb_pair, 16, 4);
PB_FIELD(pb_pair, name, 0, 8);
PB_FIELD(pb_pair, value, 8, 8);

PB_STRUCT(pb_level, 16, 8);
PB_FIELD(pb_level, price, 0, 8);
PB_FIELD(pb_level, quantity, 8, 8);

PB_STRUCT(pb_u256, 32, 8);
PB_FIELD(pb_u256, w0, 0, 8);
PB_FIELD(pb_u256, w1, 8, 8);
PB_FIELD(pb_u256, w2, 16, 8);
PB_FIELD(pb_u256, w3, 24, 8);

PB_STRUCT(pb_op, 24, 8);
PB_FIELD(pb_op, code, 0, 2);
PB_FIELD(pb_op, arg, 2, 2);
PB_FIELD(pb_op, arg2, 4, 4);
PB_FIELD(pb_op, offset_ns, 8, 8);
PB_FIELD(pb_op, bytes, 16, 8);

PB_STRUCT(pb_part, 16, 4);
PB_FIELD(pb_part, literal, 0, 8);
PB_FIELD(pb_part, ops, 8, 8);

PB_STRUCT(pb_header, 16, 4);
PB_FIELD(pb_header, name, 0, 8);
PB_FIELD(pb_header, value, 8, 8);

PB_STRUCT(pb_charge, 8, 4);
PB_FIELD(pb_charge, bucket, 0, 4);
PB_FIELD(pb_charge, weight, 4, 4);

PB_STRUCT(pb_capture, 16, 4);
PB_FIELD(pb_capture, path, 0, 8);
PB_FIELD(pb_capture, slot, 8, 4);
PB_FIELD(pb_capture, reserved, 12, 4);

PB_STRUCT(pb_published, 16, 4);
PB_FIELD(pb_published, index, 0, 4);
PB_FIELD(pb_published, reserved, 4, 4);
PB_FIELD(pb_published, value, 8, 8);

PB_STRUCT(pb_input, 40, 8);
PB_FIELD(pb_input, rec, 0, 16);
PB_FIELD(pb_input, mono_ns, 16, 8);
PB_FIELD(pb_input, wall_ns, 24, 8);
PB_FIELD(pb_input, venue_ns, 32, 8);

PB_STRUCT(pb_in_start, 48, 8);
PB_FIELD(pb_in_start, in, 0, 40);
PB_FIELD(pb_in_start, flags, 40, 4);
PB_FIELD(pb_in_start, reserved, 44, 4);

PB_STRUCT(pb_in_stop, 40, 8);
PB_FIELD(pb_in_stop, in, 0, 40);

PB_STRUCT(pb_in_account, 72, 8);
PB_FIELD(pb_in_account, in, 0, 40);
PB_FIELD(pb_in_account, account, 40, 8);
PB_FIELD(pb_in_account, present, 48, 4);
PB_FIELD(pb_in_account, algorithm, 52, 4);
PB_FIELD(pb_in_account, label, 56, 8);
PB_FIELD(pb_in_account, public_fields, 64, 8);

PB_STRUCT(pb_in_stream, 72, 8);
PB_FIELD(pb_in_stream, in, 0, 40);
PB_FIELD(pb_in_stream, stream, 40, 8);
PB_FIELD(pb_in_stream, opcode, 48, 4);
PB_FIELD(pb_in_stream, code, 52, 4);
PB_FIELD(pb_in_stream, reason, 56, 8);
PB_FIELD(pb_in_stream, published, 64, 8);

PB_STRUCT(pb_in_reply, 80, 8);
PB_FIELD(pb_in_reply, in, 0, 40);
PB_FIELD(pb_in_reply, request, 40, 8);
PB_FIELD(pb_in_reply, outcome, 48, 4);
PB_FIELD(pb_in_reply, status, 52, 4);
PB_FIELD(pb_in_reply, reason, 56, 8);
PB_FIELD(pb_in_reply, headers, 64, 8);
PB_FIELD(pb_in_reply, published, 72, 8);

PB_STRUCT(pb_in_timer, 48, 8);
PB_FIELD(pb_in_timer, in, 0, 40);
PB_FIELD(pb_in_timer, timer, 40, 8);

PB_STRUCT(pb_in_command, 264, 8);
PB_FIELD(pb_in_command, in, 0, 40);
PB_FIELD(pb_in_command, command, 40, 8);
PB_FIELD(pb_in_command, account, 48, 8);
PB_FIELD(pb_in_command, instrument, 56, 8);
PB_FIELD(pb_in_command, order, 64, 8);
PB_FIELD(pb_in_command, verb, 72, 4);
PB_FIELD(pb_in_command, channel, 76, 4);
PB_FIELD(pb_in_command, depth, 80, 4);
PB_FIELD(pb_in_command, side, 84, 4);
PB_FIELD(pb_in_command, type, 88, 4);
PB_FIELD(pb_in_command, time_in_force, 92, 4);
PB_FIELD(pb_in_command, flags, 96, 4);
PB_FIELD(pb_in_command, position, 100, 4);
PB_FIELD(pb_in_command, mode, 104, 4);
PB_FIELD(pb_in_command, limit, 108, 4);
PB_FIELD(pb_in_command, price, 112, 16);
PB_FIELD(pb_in_command, quantity, 128, 16);
PB_FIELD(pb_in_command, stop, 144, 16);
PB_FIELD(pb_in_command, value, 160, 16);
PB_FIELD(pb_in_command, since_ns, 176, 8);
PB_FIELD(pb_in_command, until_ns, 184, 8);
PB_FIELD(pb_in_command, symbol, 192, 8);
PB_FIELD(pb_in_command, client_order, 200, 8);
PB_FIELD(pb_in_command, venue_order, 208, 8);
PB_FIELD(pb_in_command, items, 216, 8);
PB_FIELD(pb_in_command, expiry_ns, 224, 8);
PB_FIELD(pb_in_command, carried, 232, 16);
PB_FIELD(pb_in_command, interval_ns, 248, 8);
PB_FIELD(pb_in_command, alike, 256, 4);
PB_FIELD(pb_in_command, reserved, 260, 4);

PB_STRUCT(pb_out_open, 88, 8);
PB_FIELD(pb_out_open, rec, 0, 16);
PB_FIELD(pb_out_open, stream, 16, 8);
PB_FIELD(pb_out_open, account, 24, 8);
PB_FIELD(pb_out_open, command, 32, 8);
PB_FIELD(pb_out_open, url, 40, 8);
PB_FIELD(pb_out_open, headers, 48, 8);
PB_FIELD(pb_out_open, charges, 56, 8);
PB_FIELD(pb_out_open, permission, 64, 8);
PB_FIELD(pb_out_open, idle_ns, 72, 8);
PB_FIELD(pb_out_open, flags, 80, 4);
PB_FIELD(pb_out_open, reserved, 84, 4);

PB_STRUCT(pb_out_close, 40, 8);
PB_FIELD(pb_out_close, rec, 0, 16);
PB_FIELD(pb_out_close, stream, 16, 8);
PB_FIELD(pb_out_close, code, 24, 4);
PB_FIELD(pb_out_close, reserved, 28, 4);
PB_FIELD(pb_out_close, reason, 32, 8);

PB_STRUCT(pb_out_request, 120, 8);
PB_FIELD(pb_out_request, rec, 0, 16);
PB_FIELD(pb_out_request, request, 16, 8);
PB_FIELD(pb_out_request, account, 24, 8);
PB_FIELD(pb_out_request, command, 32, 8);
PB_FIELD(pb_out_request, stream, 40, 8);
PB_FIELD(pb_out_request, method, 48, 4);
PB_FIELD(pb_out_request, opcode, 52, 4);
PB_FIELD(pb_out_request, priority, 56, 4);
PB_FIELD(pb_out_request, flags, 60, 4);
PB_FIELD(pb_out_request, deadline_ns, 64, 8);
PB_FIELD(pb_out_request, permission, 72, 8);
PB_FIELD(pb_out_request, url, 80, 8);
PB_FIELD(pb_out_request, body, 88, 8);
PB_FIELD(pb_out_request, headers, 96, 8);
PB_FIELD(pb_out_request, charges, 104, 8);
PB_FIELD(pb_out_request, captures, 112, 8);

PB_STRUCT(pb_out_abort, 24, 8);
PB_FIELD(pb_out_abort, rec, 0, 16);
PB_FIELD(pb_out_abort, request, 16, 8);

PB_STRUCT(pb_out_timer, 32, 8);
PB_FIELD(pb_out_timer, rec, 0, 16);
PB_FIELD(pb_out_timer, timer, 16, 8);
PB_FIELD(pb_out_timer, after_ns, 24, 8);

PB_STRUCT(pb_out_log, 32, 8);
PB_FIELD(pb_out_log, rec, 0, 16);
PB_FIELD(pb_out_log, level, 16, 4);
PB_FIELD(pb_out_log, reserved, 20, 4);
PB_FIELD(pb_out_log, text, 24, 8);

PB_STRUCT(pb_out_fault, 32, 8);
PB_FIELD(pb_out_fault, rec, 0, 16);
PB_FIELD(pb_out_fault, error, 16, 4);
PB_FIELD(pb_out_fault, reserved, 20, 4);
PB_FIELD(pb_out_fault, text, 24, 8);

PB_STRUCT(pb_state, 64, 8);
PB_FIELD(pb_state, rec, 0, 16);
PB_FIELD(pb_state, instrument, 16, 8);
PB_FIELD(pb_state, account, 24, 8);
PB_FIELD(pb_state, channel, 32, 4);
PB_FIELD(pb_state, state, 36, 4);
PB_FIELD(pb_state, error, 40, 4);
PB_FIELD(pb_state, reserved, 44, 4);
PB_FIELD(pb_state, text, 48, 8);
PB_FIELD(pb_state, retry_after_ns, 56, 8);

PB_STRUCT(pb_limit, 48, 8);
PB_FIELD(pb_limit, bucket, 0, 4);
PB_FIELD(pb_limit, scope, 4, 4);
PB_FIELD(pb_limit, kind, 8, 4);
PB_FIELD(pb_limit, capacity, 12, 4);
PB_FIELD(pb_limit, interval_ns, 16, 8);
PB_FIELD(pb_limit, name, 24, 8);
PB_FIELD(pb_limit, used_header, 32, 8);
PB_FIELD(pb_limit, remaining_header, 40, 8);

PB_STRUCT(pb_limits, 24, 8);
PB_FIELD(pb_limits, rec, 0, 16);
PB_FIELD(pb_limits, limits, 16, 8);

PB_STRUCT(pb_clock, 40, 8);
PB_FIELD(pb_clock, rec, 0, 16);
PB_FIELD(pb_clock, request, 16, 8);
PB_FIELD(pb_clock, venue_ns, 24, 8);
PB_FIELD(pb_clock, resolution_ns, 32, 8);

PB_STRUCT(pb_instrument, 312, 8);
PB_FIELD(pb_instrument, rec, 0, 16);
PB_FIELD(pb_instrument, instrument, 16, 8);
PB_FIELD(pb_instrument, kind, 24, 4);
PB_FIELD(pb_instrument, state, 28, 4);
PB_FIELD(pb_instrument, price_exp, 32, 4);
PB_FIELD(pb_instrument, quantity_exp, 36, 4);
PB_FIELD(pb_instrument, flags, 40, 4);
PB_FIELD(pb_instrument, price_digits, 44, 4);
PB_FIELD(pb_instrument, order_types, 48, 8);
PB_FIELD(pb_instrument, time_in_force, 56, 8);
PB_FIELD(pb_instrument, order_flags, 64, 8);
PB_FIELD(pb_instrument, expiry_ns, 72, 8);
PB_FIELD(pb_instrument, tick, 80, 16);
PB_FIELD(pb_instrument, lot, 96, 16);
PB_FIELD(pb_instrument, min_price, 112, 16);
PB_FIELD(pb_instrument, max_price, 128, 16);
PB_FIELD(pb_instrument, min_quantity, 144, 16);
PB_FIELD(pb_instrument, max_quantity, 160, 16);
PB_FIELD(pb_instrument, min_notional, 176, 16);
PB_FIELD(pb_instrument, max_notional, 192, 16);
PB_FIELD(pb_instrument, multiplier, 208, 16);
PB_FIELD(pb_instrument, max_leverage, 224, 16);
PB_FIELD(pb_instrument, maker_fee, 240, 16);
PB_FIELD(pb_instrument, taker_fee, 256, 16);
PB_FIELD(pb_instrument, symbol, 272, 8);
PB_FIELD(pb_instrument, base, 280, 8);
PB_FIELD(pb_instrument, quote, 288, 8);
PB_FIELD(pb_instrument, settle, 296, 8);
PB_FIELD(pb_instrument, reason, 304, 8);

PB_STRUCT(pb_book, 72, 8);
PB_FIELD(pb_book, rec, 0, 16);
PB_FIELD(pb_book, instrument, 16, 8);
PB_FIELD(pb_book, venue_ns, 24, 8);
PB_FIELD(pb_book, first_seq, 32, 8);
PB_FIELD(pb_book, last_seq, 40, 8);
PB_FIELD(pb_book, snapshot, 48, 4);
PB_FIELD(pb_book, depth, 52, 4);
PB_FIELD(pb_book, bids, 56, 8);
PB_FIELD(pb_book, asks, 64, 8);

PB_STRUCT(pb_gap, 56, 8);
PB_FIELD(pb_gap, rec, 0, 16);
PB_FIELD(pb_gap, instrument, 16, 8);
PB_FIELD(pb_gap, venue_ns, 24, 8);
PB_FIELD(pb_gap, expected_seq, 32, 8);
PB_FIELD(pb_gap, got_seq, 40, 8);
PB_FIELD(pb_gap, reason, 48, 4);
PB_FIELD(pb_gap, reserved, 52, 4);

PB_STRUCT(pb_trade, 64, 8);
PB_FIELD(pb_trade, rec, 0, 16);
PB_FIELD(pb_trade, instrument, 16, 8);
PB_FIELD(pb_trade, venue_ns, 24, 8);
PB_FIELD(pb_trade, price, 32, 8);
PB_FIELD(pb_trade, quantity, 40, 8);
PB_FIELD(pb_trade, side, 48, 4);
PB_FIELD(pb_trade, flags, 52, 4);
PB_FIELD(pb_trade, trade, 56, 8);

PB_STRUCT(pb_ticker, 152, 8);
PB_FIELD(pb_ticker, rec, 0, 16);
PB_FIELD(pb_ticker, instrument, 16, 8);
PB_FIELD(pb_ticker, venue_ns, 24, 8);
PB_FIELD(pb_ticker, seq, 32, 8);
PB_FIELD(pb_ticker, present, 40, 8);
PB_FIELD(pb_ticker, bid_price, 48, 8);
PB_FIELD(pb_ticker, bid_quantity, 56, 8);
PB_FIELD(pb_ticker, ask_price, 64, 8);
PB_FIELD(pb_ticker, ask_quantity, 72, 8);
PB_FIELD(pb_ticker, last_price, 80, 8);
PB_FIELD(pb_ticker, last_quantity, 88, 8);
PB_FIELD(pb_ticker, open_price, 96, 8);
PB_FIELD(pb_ticker, high_price, 104, 8);
PB_FIELD(pb_ticker, low_price, 112, 8);
PB_FIELD(pb_ticker, base_volume, 120, 16);
PB_FIELD(pb_ticker, quote_volume, 136, 16);

PB_STRUCT(pb_order, 224, 8);
PB_FIELD(pb_order, rec, 0, 16);
PB_FIELD(pb_order, account, 16, 8);
PB_FIELD(pb_order, instrument, 24, 8);
PB_FIELD(pb_order, order, 32, 8);
PB_FIELD(pb_order, command, 40, 8);
PB_FIELD(pb_order, venue_ns, 48, 8);
PB_FIELD(pb_order, state, 56, 4);
PB_FIELD(pb_order, side, 60, 4);
PB_FIELD(pb_order, type, 64, 4);
PB_FIELD(pb_order, time_in_force, 68, 4);
PB_FIELD(pb_order, flags, 72, 4);
PB_FIELD(pb_order, position, 76, 4);
PB_FIELD(pb_order, error, 80, 4);
PB_FIELD(pb_order, reserved, 84, 4);
PB_FIELD(pb_order, price, 88, 16);
PB_FIELD(pb_order, quantity, 104, 16);
PB_FIELD(pb_order, filled, 120, 16);
PB_FIELD(pb_order, average, 136, 16);
PB_FIELD(pb_order, stop, 152, 16);
PB_FIELD(pb_order, client_order, 168, 8);
PB_FIELD(pb_order, venue_order, 176, 8);
PB_FIELD(pb_order, reason, 184, 8);
PB_FIELD(pb_order, carried, 192, 16);
PB_FIELD(pb_order, continues, 208, 8);
PB_FIELD(pb_order, expiry_ns, 216, 8);

PB_STRUCT(pb_fill, 168, 8);
PB_FIELD(pb_fill, rec, 0, 16);
PB_FIELD(pb_fill, account, 16, 8);
PB_FIELD(pb_fill, instrument, 24, 8);
PB_FIELD(pb_fill, order, 32, 8);
PB_FIELD(pb_fill, command, 40, 8);
PB_FIELD(pb_fill, venue_ns, 48, 8);
PB_FIELD(pb_fill, side, 56, 4);
PB_FIELD(pb_fill, liquidity, 60, 4);
PB_FIELD(pb_fill, flags, 64, 4);
PB_FIELD(pb_fill, position, 68, 4);
PB_FIELD(pb_fill, price, 72, 16);
PB_FIELD(pb_fill, quantity, 88, 16);
PB_FIELD(pb_fill, fee, 104, 16);
PB_FIELD(pb_fill, realized, 120, 16);
PB_FIELD(pb_fill, trade, 136, 8);
PB_FIELD(pb_fill, client_order, 144, 8);
PB_FIELD(pb_fill, venue_order, 152, 8);
PB_FIELD(pb_fill, fee_asset, 160, 8);

PB_STRUCT(pb_balance, 80, 8);
PB_FIELD(pb_balance, rec, 0, 16);
PB_FIELD(pb_balance, account, 16, 8);
PB_FIELD(pb_balance, command, 24, 8);
PB_FIELD(pb_balance, venue_ns, 32, 8);
PB_FIELD(pb_balance, total, 40, 16);
PB_FIELD(pb_balance, available, 56, 16);
PB_FIELD(pb_balance, asset, 72, 8);

PB_STRUCT(pb_fees, 72, 8);
PB_FIELD(pb_fees, rec, 0, 16);
PB_FIELD(pb_fees, account, 16, 8);
PB_FIELD(pb_fees, instrument, 24, 8);
PB_FIELD(pb_fees, command, 32, 8);
PB_FIELD(pb_fees, maker, 40, 16);
PB_FIELD(pb_fees, taker, 56, 16);

PB_STRUCT(pb_reply, 56, 8);
PB_FIELD(pb_reply, rec, 0, 16);
PB_FIELD(pb_reply, command, 16, 8);
PB_FIELD(pb_reply, outcome, 24, 4);
PB_FIELD(pb_reply, error, 28, 4);
PB_FIELD(pb_reply, retry_after_ns, 32, 8);
PB_FIELD(pb_reply, code, 40, 8);
PB_FIELD(pb_reply, text, 48, 8);

PB_STRUCT(pb_complete, 48, 8);
PB_FIELD(pb_complete, rec, 0, 16);
PB_FIELD(pb_complete, command, 16, 8);
PB_FIELD(pb_complete, account, 24, 8);
PB_FIELD(pb_complete, instrument, 32, 8);
PB_FIELD(pb_complete, what, 40, 4);
PB_FIELD(pb_complete, flags, 44, 4);

PB_STRUCT(pb_candle, 128, 8);
PB_FIELD(pb_candle, rec, 0, 16);
PB_FIELD(pb_candle, instrument, 16, 8);
PB_FIELD(pb_candle, command, 24, 8);
PB_FIELD(pb_candle, open_ns, 32, 8);
PB_FIELD(pb_candle, interval_ns, 40, 8);
PB_FIELD(pb_candle, open, 48, 8);
PB_FIELD(pb_candle, high, 56, 8);
PB_FIELD(pb_candle, low, 64, 8);
PB_FIELD(pb_candle, close, 72, 8);
PB_FIELD(pb_candle, base_volume, 80, 16);
PB_FIELD(pb_candle, quote_volume, 96, 16);
PB_FIELD(pb_candle, trades, 112, 8);
PB_FIELD(pb_candle, flags, 120, 4);
PB_FIELD(pb_candle, reserved, 124, 4);

PB_STRUCT(pb_position, 184, 8);
PB_FIELD(pb_position, rec, 0, 16);
PB_FIELD(pb_position, account, 16, 8);
PB_FIELD(pb_position, instrument, 24, 8);
PB_FIELD(pb_position, command, 32, 8);
PB_FIELD(pb_position, venue_ns, 40, 8);
PB_FIELD(pb_position, position, 48, 4);
PB_FIELD(pb_position, margin_mode, 52, 4);
PB_FIELD(pb_position, quantity, 56, 16);
PB_FIELD(pb_position, entry, 72, 16);
PB_FIELD(pb_position, mark, 88, 16);
PB_FIELD(pb_position, liquidation, 104, 16);
PB_FIELD(pb_position, unrealized, 120, 16);
PB_FIELD(pb_position, realized, 136, 16);
PB_FIELD(pb_position, leverage, 152, 16);
PB_FIELD(pb_position, margin, 168, 16);

PB_STRUCT(pb_funding_rate, 72, 8);
PB_FIELD(pb_funding_rate, rec, 0, 16);
PB_FIELD(pb_funding_rate, instrument, 16, 8);
PB_FIELD(pb_funding_rate, command, 24, 8);
PB_FIELD(pb_funding_rate, venue_ns, 32, 8);
PB_FIELD(pb_funding_rate, next_ns, 40, 8);
PB_FIELD(pb_funding_rate, interval_ns, 48, 8);
PB_FIELD(pb_funding_rate, rate, 56, 16);

PB_STRUCT(pb_funding_payment, 96, 8);
PB_FIELD(pb_funding_payment, rec, 0, 16);
PB_FIELD(pb_funding_payment, account, 16, 8);
PB_FIELD(pb_funding_payment, instrument, 24, 8);
PB_FIELD(pb_funding_payment, command, 32, 8);
PB_FIELD(pb_funding_payment, venue_ns, 40, 8);
PB_FIELD(pb_funding_payment, rate, 48, 16);
PB_FIELD(pb_funding_payment, amount, 64, 16);
PB_FIELD(pb_funding_payment, asset, 80, 8);
PB_FIELD(pb_funding_payment, payment, 88, 8);

PB_STRUCT(pb_mark, 64, 8);
PB_FIELD(pb_mark, rec, 0, 16);
PB_FIELD(pb_mark, instrument, 16, 8);
PB_FIELD(pb_mark, venue_ns, 24, 8);
PB_FIELD(pb_mark, mark, 32, 16);
PB_FIELD(pb_mark, index, 48, 16);

PB_STRUCT(pb_liquidation, 80, 8);
PB_FIELD(pb_liquidation, rec, 0, 16);
PB_FIELD(pb_liquidation, account, 16, 8);
PB_FIELD(pb_liquidation, instrument, 24, 8);
PB_FIELD(pb_liquidation, venue_ns, 32, 8);
PB_FIELD(pb_liquidation, side, 40, 4);
PB_FIELD(pb_liquidation, what, 44, 4);
PB_FIELD(pb_liquidation, price, 48, 16);
PB_FIELD(pb_liquidation, quantity, 64, 16);

PB_STRUCT(pb_mode, 64, 8);
PB_FIELD(pb_mode, rec, 0, 16);
PB_FIELD(pb_mode, account, 16, 8);
PB_FIELD(pb_mode, instrument, 24, 8);
PB_FIELD(pb_mode, command, 32, 8);
PB_FIELD(pb_mode, margin_mode, 40, 4);
PB_FIELD(pb_mode, position_mode, 44, 4);
PB_FIELD(pb_mode, leverage, 48, 16);

PB_STRUCT(pb_pool, 144, 8);
PB_FIELD(pb_pool, rec, 0, 16);
PB_FIELD(pb_pool, instrument, 16, 8);
PB_FIELD(pb_pool, venue_ns, 24, 8);
PB_FIELD(pb_pool, height, 32, 8);
PB_FIELD(pb_pool, base_reserve, 40, 32);
PB_FIELD(pb_pool, quote_reserve, 72, 32);
PB_FIELD(pb_pool, price, 104, 16);
PB_FIELD(pb_pool, fee, 120, 16);
PB_FIELD(pb_pool, base_decimals, 136, 4);
PB_FIELD(pb_pool, quote_decimals, 140, 4);

PB_STRUCT(pb_quote, 192, 8);
PB_FIELD(pb_quote, rec, 0, 16);
PB_FIELD(pb_quote, instrument, 16, 8);
PB_FIELD(pb_quote, command, 24, 8);
PB_FIELD(pb_quote, valid_until_ns, 32, 8);
PB_FIELD(pb_quote, side, 40, 4);
PB_FIELD(pb_quote, reserved, 44, 4);
PB_FIELD(pb_quote, amount_in, 48, 32);
PB_FIELD(pb_quote, amount_out, 80, 32);
PB_FIELD(pb_quote, amount_limit, 112, 32);
PB_FIELD(pb_quote, price, 144, 16);
PB_FIELD(pb_quote, gas, 160, 16);
PB_FIELD(pb_quote, route, 176, 8);
PB_FIELD(pb_quote, base_decimals, 184, 4);
PB_FIELD(pb_quote, quote_decimals, 188, 4);

PB_STRUCT(pb_transaction, 104, 8);
PB_FIELD(pb_transaction, rec, 0, 16);
PB_FIELD(pb_transaction, account, 16, 8);
PB_FIELD(pb_transaction, command, 24, 8);
PB_FIELD(pb_transaction, venue_ns, 32, 8);
PB_FIELD(pb_transaction, height, 40, 8);
PB_FIELD(pb_transaction, state, 48, 4);
PB_FIELD(pb_transaction, error, 52, 4);
PB_FIELD(pb_transaction, gas, 56, 16);
PB_FIELD(pb_transaction, hash, 72, 8);
PB_FIELD(pb_transaction, reason, 80, 8);
PB_FIELD(pb_transaction, order, 88, 8);
PB_FIELD(pb_transaction, nonce, 96, 8);

PB_STRUCT(pb_host, 24, 8);
PB_FIELD(pb_host, size, 0, 4);
PB_FIELD(pb_host, reserved, 4, 4);
PB_FIELD(pb_host, ctx, 8, 8);
PB_FIELD(pb_host, emit, 16, 8);

PB_STRUCT(pb_connector, 40, 8);
PB_FIELD(pb_connector, size, 0, 4);
PB_FIELD(pb_connector, revision, 4, 4);
PB_FIELD(pb_connector, descriptor_json, 8, 8);
PB_FIELD(pb_connector, create, 16, 8);
PB_FIELD(pb_connector, deliver, 24, 8);
PB_FIELD(pb_connector, destroy, 32, 8);

PB_STRUCT(pb_entry, 24, 8);
PB_FIELD(pb_entry, magic, 0, 4);
PB_FIELD(pb_entry, revision, 4, 4);
PB_FIELD(pb_entry, size, 8, 4);
PB_FIELD(pb_entry, count, 12, 4);
PB_FIELD(pb_entry, connectors, 16, 8);

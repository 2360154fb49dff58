/* Why an exchange did not do what was asked: its codes as data, what is proved by an answer, and how a command of
 * several orders ends. */
#pragma once
#include "facts.h"
#include "input.h"

/** Why a request did not do what was asked. Its texts are views that die with the call; see `pbk_fault_code`. */
typedef struct pbk_problem {
  uint32_t error; /* PB_ERR_ */
  uint32_t status; /* where the HTTP status is all that was said, else 0 */
  pbk_text code, text;
  int64_t retry_after_ns;
  bool may_have_happened; /* a write may have been carried out all the same */
} pbk_problem;

static inline pbk_problem pbk_problem_new(uint32_t error, const char *text) {
  return (pbk_problem){.error = error, .text = pbk_text_of(text)};
}

/** What codes mean; the first rule that fits decides. Codes are separated by spaces; a fragment is part of the
 * exchange's words, in lower case, and null fits all. */
typedef struct pbk_error_rule {
  const char *codes, *fragment;
  uint32_t error; /* PB_ERR_ */
  bool may_have_happened;
} pbk_error_rule;

/** Where an exchange says how a request ended, and what its codes mean. The code `fine`, or none, is success. */
typedef struct pbk_errors {
  const char *code, *text, *fine;
  const pbk_error_rule *rules;
  size_t count;
} pbk_errors;

/** Whether words stand in a text, whatever the case of its letters. */
static inline bool pbk_contains(pbk_text text, const char *words) {
  size_t length = strlen(words);
  for (size_t start = 0; start + length <= text.len; start++) {
    size_t same = 0;
    while (same < length) {
      uint8_t byte = text.ptr[start + same];
      if (byte >= 'A' && byte <= 'Z') byte = (uint8_t)(byte + 32);
      if (byte != (uint8_t)words[same]) break;
      same++;
    }
    if (same == length) return true;
  }
  return false;
}

/** Whether a list of codes, separated by spaces, has one. */
static inline bool pbk_lists(const char *codes, pbk_text code) {
  for (const char *at = codes;;) {
    size_t length = strcspn(at, " ");
    if (length == code.len && (length == 0 || memcmp(at, code.ptr, length) == 0)) return true;
    if (at[length] == 0) return false;
    at += length + 1;
  }
}

static inline const pbk_error_rule *pbk_rule_of(const pbk_errors *errors, pbk_text code, pbk_text text) {
  for (size_t index = 0; index < errors->count; index++) {
    const pbk_error_rule *rule = &errors->rules[index];
    if (pbk_lists(rule->codes, code) && (!rule->fragment || pbk_contains(text, rule->fragment))) return rule;
  }
  return NULL;
}

/** What a code and the exchange's words stand for. A code that no rule has proves nothing about a write. */
static inline pbk_problem pbk_problem_by(const pbk_errors *errors, pbk_text code, pbk_text text) {
  const pbk_error_rule *rule = pbk_rule_of(errors, code, text);
  return (pbk_problem){.error = rule ? rule->error : PB_ERR_OTHER, .code = code, .text = text,
                     .may_have_happened = !rule || rule->may_have_happened};
}

/** Code and words of a body that as a whole is JSON. */
static inline void pbk_said(const pbk_errors *errors, pb_span body, pbk_text *code, pbk_text *text) {
  pbk_json json = pbk_json_of(body);
  pbk_text key;
  *code = *text = (pbk_text){0};
  if (pbk_peek(&json) != '{') return;
  pbk_enter_object(&json);
  while (pbk_next_key(&json, &key)) {
    bool is_null = pbk_peek(&json) == 'n';
    if (!is_null && pbk_is(key, errors->code)) *code = pbk_scalar(&json);
    else if (!is_null && pbk_is(key, errors->text)) *text = pbk_scalar(&json);
    else pbk_skip(&json);
  }
  if (!pbk_is_complete(&json)) *code = *text = (pbk_text){0};
}

/** Statuses that are given before a request is carried out (RFC 9110 section 15.5, RFC 6585, RFC 7725). */
static inline bool pbk_is_refusal(uint32_t status) {
  return (status >= 400 && status <= 417 && status != 408 && status != 409 && status != 410) || status == 421 ||
         status == 422 || status == 426 || status == 428 || status == 431 || status == 451;
}

/** The fault of a reply; `false` when the exchange says success. */
static inline bool pbk_problem_of(const pbk_errors *errors, const void *input, const pb_in_reply *reply, pb_span body,
                                pbk_problem *fault) {
  pbk_text code, text;
  pbk_text reason = pbk_part_of(input, reply->reason);
  *fault = (pbk_problem){.error = PB_ERR_TRANSIENT, .text = reason, .may_have_happened = true};
  if (reply->outcome == PB_NOT_SENT) {
    fault->error = PB_ERR_NOT_SENT;
    fault->may_have_happened = false;
  }
  if (reply->outcome != PB_REPLIED) return true;
  pbk_said(errors, body, &code, &text);
  uint32_t status = reply->status;
  if (code.len && !pbk_is(code, errors->fine)) {
    bool is_known = pbk_rule_of(errors, code, text) != NULL;
    *fault = pbk_problem_by(errors, code, text.len ? text : code);
    fault->retry_after_ns = pbk_retry_after(input, reply);
    /* Whatever the code: who asks too often is refused before anything is carried out. */
    if (!is_known && (status == 418 || status == 429)) {
      fault->error = PB_ERR_RATE_LIMIT;
      fault->may_have_happened = false;
    }
    return true;
  }
  if (status / 100 == 2) return false;
  *fault = (pbk_problem){.error = PB_ERR_OTHER, .status = status, .retry_after_ns = pbk_retry_after(input, reply)};
  if (status == 418 || status == 429) fault->error = PB_ERR_RATE_LIMIT;
  else if (status == 401 || status == 403) fault->error = PB_ERR_AUTH;
  else if (!pbk_is_refusal(status)) {
    fault->error = status == 503 ? PB_ERR_MAINTENANCE : PB_ERR_TRANSIENT;
    fault->may_have_happened = true;
  }
  return true;
}

enum { PBK_CODE = 32, PBK_WORDS = 256 };

/** A fault that is kept beyond the call, its texts cut where they are long. */
typedef struct pbk_kept_problem {
  uint32_t error;
  int64_t retry_after_ns;
  uint16_t code_len, text_len;
  bool is_code_escaped, is_text_escaped, may_have_happened;
  uint8_t code[PBK_CODE], text[PBK_WORDS];
} pbk_kept_problem;

/** Digits of a number behind words; gives the length. */
static inline size_t pbk_print_words(uint8_t *to, size_t room, const char *words, uint32_t number) {
  char digits[12];
  size_t count = 0, length = strlen(words);
  do digits[count++] = (char)('0' + number % 10);
  while (number /= 10);
  if (length + count > room) return 0;
  memcpy(to, words, length);
  while (count > 0) to[length++] = (uint8_t)digits[--count];
  return length;
}

/** A text cut so that no escape and no character of UTF-8 is torn. */
static inline size_t pbk_cut(pbk_text text, size_t most) {
  size_t length = text.len;
  if (length <= most) return length;
  for (length = most; length > 0 && (text.ptr[length] & 0xC0) == 0x80;) length--;
  for (size_t back = 1; text.is_escaped && back <= 6 && back <= length; back++) {
    if (text.ptr[length - back] == '\\') return length - back;
  }
  return length;
}

static inline pbk_kept_problem pbk_keep_problem(const pbk_problem *fault) {
  pbk_kept_problem kept = {.error = fault->error, .retry_after_ns = fault->retry_after_ns,
                         .may_have_happened = fault->may_have_happened};
  if (fault->status) {
    kept.code_len = (uint16_t)pbk_print_words(kept.code, PBK_CODE, "", fault->status);
    kept.text_len = (uint16_t)pbk_print_words(kept.text, PBK_WORDS, "HTTP status ", fault->status);
    return kept;
  }
  kept.code_len = (uint16_t)pbk_cut(fault->code, PBK_CODE);
  kept.text_len = (uint16_t)pbk_cut(fault->text, PBK_WORDS);
  kept.is_code_escaped = fault->code.is_escaped;
  kept.is_text_escaped = fault->text.is_escaped;
  if (kept.code_len) memcpy(kept.code, fault->code.ptr, kept.code_len);
  if (kept.text_len) memcpy(kept.text, fault->text.ptr, kept.text_len);
  return kept;
}
static inline pbk_text pbk_kept_code(const pbk_kept_problem *fault) {
  return (pbk_text){.ptr = fault->code, .len = fault->code_len, .is_escaped = fault->is_code_escaped};
}
static inline pbk_text pbk_kept_text(const pbk_kept_problem *fault) {
  return (pbk_text){.ptr = fault->text, .len = fault->text_len, .is_escaped = fault->is_text_escaped};
}

/** Ends a command that asked: asking changes nothing, so that it is never in doubt. */
static inline void pbk_refuse_for(pbk_out *out, pb_id command, const pbk_problem *fault) {
  pbk_kept_problem kept = pbk_keep_problem(fault);
  pbk_reply(out, command, PB_OUTCOME_REFUSED, kept.error, kept.retry_after_ns, pbk_kept_code(&kept),
            pbk_kept_text(&kept));
}

/** Counts what became of the orders of a command: unknown when the fate of one is, refused when all were refused, else
 * done. */
typedef struct pbk_tally {
  pb_id command;
  uint32_t total, missing, done;
  bool has_refused, has_unknown;
  pbk_kept_problem refused, unknown;
} pbk_tally;

/** An order has ended, well where there is no fault; whether it was the last. */
static inline bool pbk_tally_end(pbk_tally *tally, const pbk_kept_problem *fault, bool is_write) {
  if (!fault) {
    tally->done++;
  } else if (is_write && fault->may_have_happened) {
    if (!tally->has_unknown) tally->unknown = *fault;
    tally->has_unknown = true;
  } else {
    if (!tally->has_refused) tally->refused = *fault;
    tally->has_refused = true;
  }
  if (tally->missing > 0) tally->missing--;
  return tally->missing == 0;
}

/** Whether the host gives the command again: then nothing of the refused orders is reported. */
static inline bool pbk_tally_is_given_again(const pbk_tally *tally) {
  return !tally->has_unknown && tally->done == 0 && tally->has_refused && tally->refused.error == PB_ERR_CLOCK;
}

/** Answers the command, behind the facts that belong to the answer. */
static inline void pbk_tally_answer(pbk_out *out, const pbk_tally *tally) {
  if (!tally->has_unknown && !tally->has_refused) {
    pbk_done(out, tally->command);
    return;
  }
  const pbk_kept_problem *fault = tally->has_unknown ? &tally->unknown : &tally->refused;
  bool is_done = !tally->has_unknown && tally->done > 0;
  uint32_t outcome = tally->has_unknown ? PB_OUTCOME_UNKNOWN : is_done ? PB_OUTCOME_DONE : PB_OUTCOME_REFUSED;
  pbk_buf words = {0};
  if (is_done) {
    pbk_buf_number(&words, tally->total - tally->done);
    pbk_buf_text(&words, " of ");
    pbk_buf_number(&words, tally->total);
    pbk_buf_text(&words, " refused, the first: ");
  } else if (tally->total > 1) {
    pbk_buf_text(&words, "of ");
    pbk_buf_number(&words, tally->total);
    pbk_buf_text(&words, ", the first: ");
  }
  pbk_buf_bytes(&words, fault->text, fault->text_len);
  pbk_text text = {.ptr = words.ptr, .len = words.len, .is_escaped = fault->is_text_escaped};
  pbk_reply(out, tally->command, outcome, is_done ? 0 : fault->error, is_done ? 0 : fault->retry_after_ns,
            pbk_kept_code(fault), text);
  if (words.failed) out->block.failed = true;
  pbk_buf_free(&words);
}

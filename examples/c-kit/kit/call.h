/* One request of an account: the manifest's act with its parameters, in the order in which they were set. */
#pragma once
#include "orders.h"
#include "request.h"

/** `pbk_call_free` ends it. Parameters stand behind the path, or where `is_json` in a JSON body. */
typedef struct pbk_call {
  const char *act, *path; /* the path is only looked at while the request is made */
  bool is_json;
  uint32_t method; /* PB_METHOD_; 0 = POST for JSON, else GET */
  uint32_t priority; /* PB_PRIORITY_ */
  pb_charge charges[PBK_MOST_CHARGES];
  uint32_t charge_count;
  pbk_buf text; /* the query, or the members of the object */
} pbk_call;

static inline void pbk_call_charge(pbk_call *call, uint32_t bucket, uint32_t weight) {
  if (call->charge_count < PBK_MOST_CHARGES) call->charges[call->charge_count++] = (pb_charge){bucket, weight};
}

/** Percent-encodes all but A-Z a-z 0-9 - _ . ~; with `is_once` a text that may be encoded already stays as it is. */
static inline void pbk_percent(pbk_buf *to, pbk_text text, bool is_once) {
  static const char hex[] = "0123456789ABCDEF";
  static const char plain[] = "-_.~";
  bool is_encoded = is_once;
  for (size_t index = 0; is_encoded && index < text.len; index++) {
    uint8_t byte = text.ptr[index], letter = byte | 0x20;
    is_encoded = pbk_is_digit(byte) || (letter >= 'a' && letter <= 'z') || byte == '%' || (byte && strchr(plain, byte));
  }
  for (size_t index = 0; index < text.len; index++) {
    uint8_t byte = text.ptr[index], letter = byte | 0x20;
    bool is_plain = pbk_is_digit(byte) || (letter >= 'a' && letter <= 'z') || (byte && strchr(plain, byte));
    if (is_plain || is_encoded) {
      pbk_buf_bytes(to, &byte, 1);
    } else {
      uint8_t escaped[3] = {'%', (uint8_t)hex[byte >> 4], (uint8_t)hex[byte & 15]};
      pbk_buf_bytes(to, escaped, 3);
    }
  }
}

/** Writes a text as it stands in JSON, without quotes. */
static inline void pbk_json_escape(pbk_buf *to, pbk_text text) {
  static const char hex[] = "0123456789abcdef";
  for (size_t index = 0; index < text.len; index++) {
    uint8_t byte = text.ptr[index];
    if (byte == '"' || byte == '\\') pbk_buf_text(to, "\\");
    if (byte < 0x20) {
      uint8_t escaped[6] = {'\\', 'u', '0', '0', (uint8_t)hex[byte >> 4], (uint8_t)hex[byte & 15]};
      pbk_buf_bytes(to, escaped, 6);
    } else {
      pbk_buf_bytes(to, &byte, 1);
    }
  }
}

static inline void pbk_set_name(pbk_call *call, const char *name) {
  if (call->text.len) pbk_buf_text(&call->text, call->is_json ? "," : "&");
  if (call->is_json) pbk_buf_text(&call->text, "\"");
  pbk_buf_text(&call->text, name);
  pbk_buf_text(&call->text, call->is_json ? "\":" : "=");
}

static inline void pbk_set(pbk_call *call, const char *name, pbk_text value) {
  pbk_set_name(call, name);
  if (!call->is_json) {
    pbk_percent(&call->text, value, false);
    return;
  }
  pbk_buf_text(&call->text, "\"");
  pbk_json_escape(&call->text, value);
  pbk_buf_text(&call->text, "\"");
}
static inline void pbk_set_str(pbk_call *call, const char *name, const char *value) {
  pbk_set(call, name, pbk_text_of(value));
}
/** A decimal as text, without zeros behind it, where there is one. */
static inline void pbk_set_dec(pbk_call *call, const char *name, pb_dec value) {
  char text[PBK_DEC_TEXT];
  if (!value.state) return;
  pbk_print(pbk_exact(value.mantissa, value.exponent), text);
  pbk_set_str(call, name, text);
}
/** A whole number without quotes. */
static inline void pbk_set_number(pbk_call *call, const char *name, uint64_t value) {
  pbk_set_name(call, name);
  pbk_buf_number(&call->text, value);
}

static inline void pbk_call_free(pbk_call *call) { pbk_buf_free(&call->text); }

/** What stands behind the path, or the body: what is signed. */
static inline void pbk_call_payload(const pbk_call *call, pbk_sealed *text) {
  if (call->is_json) pbk_write(text, "{");
  pbk_literal(text, call->text.ptr, call->text.len);
  if (call->is_json) pbk_write(text, "}");
}

/** The request to a host, which is still to be signed. */
static inline void pbk_call_request(const pbk_call *call, const char *host, pb_id account, pb_id command,
                                    pbk_request *request) {
  uint32_t usual = call->is_json ? PB_METHOD_POST : PB_METHOD_GET;
  *request = (pbk_request){.method = call->method ? call->method : usual, .account = account, .command = command,
                           .priority = call->priority, .deadline_ns = 10000000000,
                           .permission = call->act, .charge_count = call->charge_count};
  memcpy(request->charges, call->charges, sizeof request->charges);
  pbk_write(&request->url, host);
  pbk_write(&request->url, call->path);
  if (call->is_json) {
    pbk_sealed *type = pbk_header(request, "Content-Type");
    if (type) pbk_write(type, "application/json");
    pbk_call_payload(call, &request->body);
  } else if (call->text.len) {
    pbk_write(&request->url, "?");
    pbk_call_payload(call, &request->url);
  }
  if (call->text.failed) request->url.bytes.failed = true;
}

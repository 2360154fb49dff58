/* Requests, streams, and text that the host signs.
 *
 * Text is literals and seals in turn. A seal is a stack program, described without ever seeing a secret; its
 * operations are those of the contract, and the key of an HMAC stands on top of its message:
 *
 *     pbk_sealed sign = {0};
 *     pbk_seal(&sign);                          a program begins
 *     pbk_op(&sign, PB_OP_TIME_MS, 0, 0);
 *     pbk_op_bytes(&sign, PB_OP_FIELD, "api_key");
 *     pbk_op(&sign, PB_OP_CONCAT, 2, 0);
 *     pbk_op_bytes(&sign, PB_OP_FIELD, "secret_key");
 *     pbk_op(&sign, PB_OP_HMAC_SHA256, 0, 0);
 *     pbk_op(&sign, PB_OP_HEX, 0, 0); */
#pragma once
#include "facts.h"

/** A literal, the beginning of a program, or a step of it. */
typedef struct pbk_step {
  uint16_t code; /* PBK_LITERAL, PBK_PROGRAM, or PB_OP_ */
  uint16_t arg;
  uint32_t arg2;
  int64_t offset_ns;
  size_t start, len; /* its bytes, in `bytes` */
} pbk_step;
enum { PBK_LITERAL = 0xFFFE, PBK_PROGRAM = 0xFFFF };

typedef struct pbk_sealed {
  pbk_buf bytes;
  pbk_buf steps; /* of pbk_step */
} pbk_sealed;

static inline void pbk_step_add(pbk_sealed *text, uint16_t code, uint16_t arg, uint32_t arg2, const void *bytes,
                                size_t len) {
  pbk_step step = {.code = code, .arg = arg, .arg2 = arg2, .start = text->bytes.len, .len = len};
  pbk_buf_bytes(&text->bytes, bytes, len);
  pbk_buf_bytes(&text->steps, &step, sizeof step);
}
static inline void pbk_literal(pbk_sealed *text, const void *bytes, size_t len) {
  if (len) pbk_step_add(text, PBK_LITERAL, 0, 0, bytes, len);
}
static inline void pbk_write(pbk_sealed *text, const char *literal) { pbk_literal(text, literal, strlen(literal)); }
static inline void pbk_seal(pbk_sealed *text) { pbk_step_add(text, PBK_PROGRAM, 0, 0, NULL, 0); }
static inline void pbk_op(pbk_sealed *text, uint16_t code, uint16_t arg, uint32_t arg2) {
  pbk_step_add(text, code, arg, arg2, NULL, 0);
}
/** PB_OP_BYTES, PB_OP_FIELD, PB_OP_ADDRESS. */
static inline void pbk_op_bytes(pbk_sealed *text, uint16_t code, const char *bytes) {
  pbk_step_add(text, code, 0, 0, bytes, strlen(bytes));
}
/** PB_OP_TIME_, moved by so much. */
static inline void pbk_op_time(pbk_sealed *text, uint16_t code, uint16_t form, int64_t offset_ns) {
  pbk_step step = {.code = code, .arg = form, .offset_ns = offset_ns, .start = text->bytes.len};
  pbk_buf_bytes(&text->steps, &step, sizeof step);
}
static inline void pbk_sealed_free(pbk_sealed *text) {
  pbk_buf_free(&text->bytes);
  pbk_buf_free(&text->steps);
}

/** Appends the text to the record. */
static inline pb_list pbk_append(pbk_out *out, const pbk_sealed *text) {
  pbk_buf parts = {0}, ops = {0};
  const pbk_step *steps = (const pbk_step *)(const void *)text->steps.ptr;
  size_t count = text->steps.len / sizeof *steps;
  uint32_t made = 0;
  if (text->bytes.failed || text->steps.failed) out->overflown = true;
  for (size_t index = 0; index < count;) {
    pb_part part = {0};
    const pbk_step *step = &steps[index++];
    if (step->code == PBK_LITERAL) {
      part.literal = pbk_bytes(out, text->bytes.ptr + step->start, step->len);
    } else {
      ops.len = 0;
      for (; index < count && steps[index].code < PBK_LITERAL; index++) {
        step = &steps[index];
        pb_op op = {.code = step->code, .arg = step->arg, .arg2 = step->arg2, .offset_ns = step->offset_ns};
        if (step->len) op.bytes = pbk_bytes(out, text->bytes.ptr + step->start, step->len);
        pbk_buf_bytes(&ops, &op, sizeof op);
      }
      part.ops = pbk_list(out, ops.ptr, (uint32_t)(ops.len / sizeof(pb_op)), sizeof(pb_op));
    }
    pbk_buf_bytes(&parts, &part, sizeof part);
    made++;
  }
  if (parts.failed || ops.failed) out->overflown = true;
  pb_list list = out->overflown ? (pb_list){0} : pbk_list(out, parts.ptr, made, sizeof(pb_part));
  pbk_buf_free(&parts);
  pbk_buf_free(&ops);
  return list;
}

enum { PBK_MOST_HEADERS = 16, PBK_MOST_CHARGES = 8, PBK_MOST_CAPTURES = 4 };

/** An HTTP request (stream 0), a frame on a stream, or a stream to open. `pbk_request_free` ends it. */
typedef struct pbk_request {
  pb_id account, command, stream;
  uint32_t method, priority, flags; /* PB_METHOD_, PB_PRIORITY_, PB_FLAG_ or PB_OPEN_ */
  bool is_binary;
  int64_t deadline_ns; /* of a stream: how long it may be silent */
  const char *permission;
  pbk_sealed url, body;
  struct {
    const char *name;
    pbk_sealed value;
  } headers[PBK_MOST_HEADERS];
  pb_charge charges[PBK_MOST_CHARGES];
  struct {
    const char *path;
    uint32_t slot;
  } captures[PBK_MOST_CAPTURES];
  uint32_t header_count, charge_count, capture_count;
} pbk_request;

/** The value of a new header, to be written; of one too many null. */
static inline pbk_sealed *pbk_header(pbk_request *request, const char *name) {
  if (request->header_count == PBK_MOST_HEADERS) return NULL;
  request->headers[request->header_count].name = name;
  return &request->headers[request->header_count++].value;
}

static inline void pbk_charge(pbk_request *request, uint32_t bucket, uint32_t weight) {
  if (request->charge_count < PBK_MOST_CHARGES) {
    request->charges[request->charge_count++] = (pb_charge){bucket, weight};
  }
}

static inline void pbk_request_free(pbk_request *request) {
  pbk_sealed_free(&request->url);
  pbk_sealed_free(&request->body);
  for (uint32_t index = 0; index < request->header_count; index++) pbk_sealed_free(&request->headers[index].value);
  *request = (pbk_request){0};
}

static inline pb_list pbk_headers(pbk_out *out, const pbk_request *request) {
  pb_header list[PBK_MOST_HEADERS];
  for (uint32_t index = 0; index < request->header_count; index++) {
    list[index].name = pbk_str(out, request->headers[index].name);
    list[index].value = pbk_append(out, &request->headers[index].value);
  }
  return pbk_list(out, list, request->header_count, sizeof list[0]);
}

/** Sends a request under an id of the connector's own, and ends it. */
static inline void pbk_send(pbk_out *out, pb_id id, pbk_request *request) {
  pb_out_request fact = {.request = id, .account = request->account, .command = request->command,
                         .stream = request->stream, .flags = request->flags, .deadline_ns = request->deadline_ns};
  fact.method = request->stream ? 0 : request->method;
  fact.opcode = !request->stream ? 0 : request->is_binary ? PB_OPCODE_BINARY : PB_OPCODE_TEXT;
  fact.priority = request->priority ? request->priority : PB_PRIORITY_QUERY;
  pbk_begin(out, sizeof fact);
  fact.permission = pbk_str(out, request->permission);
  fact.url = pbk_append(out, &request->url);
  fact.body = pbk_append(out, &request->body);
  fact.headers = pbk_headers(out, request);
  fact.charges = pbk_list(out, request->charges, request->charge_count, sizeof(pb_charge));
  pb_capture captures[PBK_MOST_CAPTURES] = {0};
  for (uint32_t index = 0; index < request->capture_count && index < PBK_MOST_CAPTURES; index++) {
    captures[index].path = pbk_str(out, request->captures[index].path);
    captures[index].slot = request->captures[index].slot;
  }
  fact.captures = pbk_list(out, captures, request->capture_count, sizeof captures[0]);
  pbk_emit(out, PB_OUT_REQUEST, &fact, sizeof fact);
  pbk_request_free(request);
}

/** Opens a stream, and ends the description. */
static inline void pbk_open(pbk_out *out, pb_id stream, pbk_request *request) {
  pb_out_open fact = {.stream = stream, .account = request->account, .command = request->command,
                      .idle_ns = request->deadline_ns, .flags = request->flags};
  pbk_begin(out, sizeof fact);
  fact.url = pbk_append(out, &request->url);
  fact.headers = pbk_headers(out, request);
  fact.charges = pbk_list(out, request->charges, request->charge_count, sizeof(pb_charge));
  fact.permission = pbk_str(out, request->permission);
  pbk_emit(out, PB_OUT_OPEN, &fact, sizeof fact);
  pbk_request_free(request);
}

/* Feeds the frames of a recording to connectors of Bybit's spot market, and measures them. See compare.py.
 *
 *     compare FRAMES LIBRARY...
 *
 * Prints a line per library: the nanoseconds of a frame and of an order (the command to its request, and the exchange's
 * answer to its end) in the fastest round, and the records of one round of frames. */
#include <patchbay.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_LIBRARIES = 8, ROUNDS = 200, ORDERS = 200 };

typedef struct subject {
  const pb_connector *connector;
  void *self;
  pb_host host;
  pb_id request, stream; /* of the last record of each kind */
  uint64_t seq, records, in_round;
  double best, best_order;
  uint64_t orders, ended;
  pb_id frames[64]; /* sent and not answered */
  int frame_count;
} subject;

typedef struct part {
  uint32_t is_list, length;
  const uint8_t *text;
} part;

static pb_status emit(const pb_host *host, const pb_rec *record) {
  subject *one = host->ctx;
  one->records++;
  one->ended += record->kind == PB_EV_REPLY && ((const pb_reply *)record)->outcome == PB_OUTCOME_DONE;
  if (record->kind == PB_OUT_OPEN) {
    const pb_out_open *open = (const pb_out_open *)record;
    if (open->account == 0) one->stream = open->stream;
  }
  if (record->kind == PB_OUT_REQUEST) {
    const pb_out_request *request = (const pb_out_request *)record;
    one->request = request->request;
    if (request->stream != 0 && one->frame_count < 64) one->frames[one->frame_count++] = request->request;
  }
  return PB_OK;
}

static void deliver(subject *one, void *input, uint16_t kind, size_t size, pb_span payload) {
  /* Behind the structure of a new order stands its client order id. */
  uint32_t whole = (uint32_t)size + (kind == PB_IN_COMMAND ? 8 : 0);
  pb_input head = {.rec = {.size = whole, .kind = kind, .head = (uint16_t)size, .seq = ++one->seq},
                   .mono_ns = 1000000000, .wall_ns = 1786310818000000000, .venue_ns = 1786310818000000000};
  memcpy(input, &head, sizeof head);
  one->connector->deliver(one->self, input, payload);
}

static void command(subject *one, uint32_t verb, pb_id instrument, uint32_t channel, uint32_t depth) {
  struct {
    pb_in_command command;
    char client[8];
  } input = {.command = {.command = one->seq + 1, .verb = verb, .instrument = instrument, .channel = channel,
                         .depth = depth}};
  deliver(one, &input, PB_IN_COMMAND, sizeof input.command, (pb_span){0});
}

/** Brings a connector to where frames come: instruments are listed, books and trades of the first ones subscribed. */
static void begin(subject *one, const part *list) {
  pb_span none = {0}, config = {(const uint8_t *)"{}", 2};
  one->host = (pb_host){.size = sizeof one->host, .ctx = one, .emit = emit};
  if (one->connector->create(&one->host, config, &one->self) != PB_OK) exit(3);
  pb_in_start start = {0};
  deliver(one, &start, PB_IN_START, sizeof start, none);
  command(one, PB_CMD_INSTRUMENTS, 0, 0, 0);
  pb_in_reply reply = {.request = one->request, .outcome = PB_REPLIED, .status = 200};
  deliver(one, &reply, PB_IN_REPLY, sizeof reply, (pb_span){list->text, list->length});
  for (pb_id instrument = 1; instrument <= 40; instrument++) {
    command(one, PB_CMD_SUBSCRIBE, instrument, PB_CHANNEL_BOOK | PB_CHANNEL_TRADES, 200);
  }
  pb_in_account account = {.account = 1, .present = 1};
  deliver(one, &account, PB_IN_ACCOUNT, sizeof account, none);
  pb_in_stream opened = {.stream = one->stream};
  deliver(one, &opened, PB_IN_OPENED, sizeof opened, none);
  for (int index = 0; index < one->frame_count; index++) {
    pb_in_reply sent = {.request = one->frames[index], .outcome = PB_SENT};
    deliver(one, &sent, PB_IN_SENT, sizeof sent, none);
  }
}

static void feed(subject *one, const part *parts, size_t count, size_t frames) {
  struct timespec from, to;
  uint64_t before = one->records;
  pb_in_stream input = {.stream = one->stream, .opcode = PB_OPCODE_TEXT};
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (size_t index = 0; index < count; index++) {
    if (parts[index].is_list) continue;
    deliver(one, &input, PB_IN_FRAME, sizeof input, (pb_span){parts[index].text, parts[index].length});
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  double spent = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
  if (one->best == 0 || spent / (double)frames < one->best) one->best = spent / (double)frames;
  one->in_round = one->records - before;
}

/** Places orders one after the other, each answered at once. */
static void trade(subject *one) {
  static const char answer[128] = "{\"retCode\":0,\"retMsg\":\"OK\",\"result\":{\"orderId\":\"1234567890\","
                                  "\"orderLinkId\":\"order-1\"},\"retExtInfo\":{},\"time\":1}";
  struct {
    pb_in_command command;
    char client[8];
  } input = {.client = "order-1"};
  struct timespec from, to;
  uint64_t before = one->ended;
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (int order = 0; order < ORDERS; order++) {
    input.command = (pb_in_command){.command = one->seq + 1, .account = 1, .instrument = 1, .order = 1,
                                    .verb = PB_CMD_PLACE, .side = PB_SIDE_BUY, .type = PB_TYPE_LIMIT,
                                    .price = {.mantissa = 50000, .state = PB_DEC_EXACT},
                                    .quantity = {.mantissa = 1, .exponent = -2, .state = PB_DEC_EXACT},
                                    .client_order = {sizeof input.command, 7}};
    deliver(one, &input, PB_IN_COMMAND, sizeof input.command, (pb_span){0});
    pb_in_reply reply = {.request = one->request, .outcome = PB_REPLIED, .status = 200};
    deliver(one, &reply, PB_IN_REPLY, sizeof reply, (pb_span){(const uint8_t *)answer, strlen(answer)});
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  double spent = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
  if (one->ended - before != ORDERS) exit(4);
  if (one->best_order == 0 || spent / ORDERS < one->best_order) one->best_order = spent / ORDERS;
}

int main(int argc, char **argv) {
  static part parts[100000];
  static subject subjects[MOST_LIBRARIES];
  size_t count = 0, frames = 0;
  const part *list = NULL;
  FILE *file = argc > 2 ? fopen(argv[1], "rb") : NULL;
  if (!file || argc - 2 > MOST_LIBRARIES) return 64;
  while (count < 100000 && fread(&parts[count], 4, 2, file) == 2) {
    uint8_t *text = malloc(parts[count].length + PB_PAYLOAD_SLACK);
    if (!text || fread(text, 1, parts[count].length, file) != parts[count].length) return 1;
    parts[count].text = text;
    if (parts[count].is_list) list = &parts[count];
    frames += !parts[count++].is_list;
  }
  if (!list || frames == 0) return 1;
  for (int index = 0; index < argc - 2; index++) {
    void *library = dlopen(argv[index + 2], RTLD_NOW | RTLD_LOCAL);
    const pb_entry *(*entry)(void) = library ? (const pb_entry *(*)(void))dlsym(library, "patchbay_entry") : NULL;
    if (!entry) return fprintf(stderr, "%s\n", dlerror()), 2;
    subjects[index].connector = entry()->connectors[0];
    begin(&subjects[index], list);
  }
  for (int round = 0; round < ROUNDS; round++) {
    for (int index = 0; index < argc - 2; index++) feed(&subjects[index], parts, count, frames);
    for (int index = 0; index < argc - 2; index++) trade(&subjects[index]);
  }
  for (int index = 0; index < argc - 2; index++) {
    printf("%.1f %.1f %llu\n", subjects[index].best, subjects[index].best_order,
           (unsigned long long)subjects[index].in_round);
  }
  return 0;
}

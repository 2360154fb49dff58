/* Feeds the frames of a recording to connectors of Bybit's spot market, and measures them. See compare.py.
 *
 *     compare FRAMES LIBRARY...
 *
 * Prints a line per library: the nanoseconds of a frame in the fastest round, and the records of one round. */
#include <patchbay.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_LIBRARIES = 8, ROUNDS = 200 };

typedef struct subject {
  const pb_connector *connector;
  void *self;
  pb_host host;
  pb_id request, stream; /* of the last record of each kind */
  uint64_t seq, records, in_round;
  double best;
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
  if (record->kind == PB_OUT_OPEN) one->stream = ((const pb_out_open *)record)->stream;
  if (record->kind == PB_OUT_REQUEST) {
    const pb_out_request *request = (const pb_out_request *)record;
    one->request = request->request;
    if (request->stream != 0 && one->frame_count < 64) one->frames[one->frame_count++] = request->request;
  }
  return PB_OK;
}

static void deliver(subject *one, void *input, uint16_t kind, size_t size, pb_span payload) {
  pb_input head = {.rec = {.size = (uint32_t)size, .kind = kind, .head = (uint16_t)size, .seq = ++one->seq},
                   .mono_ns = 1000000000, .wall_ns = 1786310818000000000, .venue_ns = 1786310818000000000};
  memcpy(input, &head, sizeof head);
  one->connector->deliver(one->self, input, payload);
}

static void command(subject *one, uint32_t verb, pb_id instrument, uint32_t channel, uint32_t depth) {
  pb_in_command input = {.command = one->seq + 1, .verb = verb, .instrument = instrument, .channel = channel,
                         .depth = depth};
  deliver(one, &input, PB_IN_COMMAND, sizeof input, (pb_span){0});
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
  }
  for (int index = 0; index < argc - 2; index++) {
    printf("%.1f %llu\n", subjects[index].best, (unsigned long long)subjects[index].in_round);
  }
  return 0;
}

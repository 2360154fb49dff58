/* Places an order and cancels it, by records over the host's Unix socket: order FOLDER CONNECTOR PAIR PRICE.
 *
 * FOLDER is the host's data folder. Buys the smallest quantity that the feed's exponents can write, or QUANTITY where
 * it is given, at PRICE: choose one that is far from the market. What the instrument is called is read in the feed;
 * the order goes to records.CONNECTOR.sock. */
#include "patchbay.h"
#include "patchbay_feed_reader.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A plain decimal, exact; state is PB_DEC_ABSENT where it is none. */
static pb_dec decimal(const char *text) {
  pb_dec number = {0, 0, PB_DEC_EXACT};
  int places = 0, digits = 0;
  for (; *text; text++) {
    if (*text == '.' && !places) {
      places = 1;
    } else if (*text >= '0' && *text <= '9' && digits < 18) {
      number.mantissa = number.mantissa * 10 + (*text - '0');
      number.exponent -= places;
      digits++;
    } else {
      return (pb_dec){0, 0, PB_DEC_ABSENT};
    }
  }
  return number;
}

static int send_all(int socket, const void *bytes, size_t count) {
  for (size_t sent = 0; sent < count;) {
    ssize_t now = send(socket, (const char *)bytes + sent, count - sent, MSG_NOSIGNAL);
    if (now <= 0) return -1;
    sent += (size_t)now;
  }
  return 0;
}

/* The next record, in a buffer that is large enough for all that come here; NULL at the end. */
static pb_rec *receive(int socket) {
  static union { pb_rec rec; char bytes[65536]; } buffer;
  size_t there = 0;
  while (there < sizeof(pb_rec) || there < buffer.rec.size) {
    size_t wanted = there < sizeof(pb_rec) ? sizeof(pb_rec) : buffer.rec.size;
    if (wanted > sizeof buffer) return NULL;
    ssize_t now = recv(socket, buffer.bytes + there, wanted - there, 0);
    if (now <= 0) return NULL;
    there += (size_t)now;
  }
  return &buffer.rec;
}

static void print_text(const pb_rec *record, pb_ref text) {
  printf("%.*s", (int)text.length, (const char *)record + text.offset);
}

/* Sends a command and waits for its reply; what is reported of the order comes before it. Gives the outcome. */
static uint32_t ask(int socket, pb_in_command *command, pb_id *order) {
  command->in.rec = (pb_rec){sizeof *command, PB_IN_COMMAND, sizeof *command, 0};
  if (send_all(socket, command, sizeof *command) != 0) return 0;
  for (pb_rec *record; (record = receive(socket)) != NULL;) {
    if (record->kind == PB_EV_ORDER) {
      const pb_order *told = (const pb_order *)record;
      *order = told->order;
      printf("order %" PRIu64 ", ", told->order);
      print_text(record, told->client_order);
      printf(": state %" PRIu32 "\n", told->state);
    } else if (record->kind == PB_EV_REPLY) {
      const pb_reply *reply = (const pb_reply *)record;
      if (reply->command != command->command && reply->command != 0) continue;
      if (reply->outcome != PB_OUTCOME_DONE) {
        printf("outcome %" PRIu32 ", ", reply->outcome);
        print_text(record, reply->code);
        printf(": ");
        print_text(record, reply->text);
        printf("\n");
      }
      return reply->outcome;
    }
  }
  return 0;
}

int main(int count, char **words) {
  char path[4096];
  pb_feed feed;
  pb_feed_place place;
  if (count < 5) {
    fprintf(stderr, "usage: order FOLDER CONNECTOR PAIR PRICE [QUANTITY]\n");
    return 2;
  }
  snprintf(path, sizeof path, "%s/feed.shm", words[1]);
  if (pb_feed_open(&feed, path) != 0 || pb_feed_find(&feed, words[2], words[3], &place) != PB_FEED_READ) {
    fprintf(stderr, "%s of %s is not in %s\n", words[3], words[2], path);
    return 1;
  }
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int length = snprintf(address.sun_path, sizeof address.sun_path, "%s/records.%s.sock", words[1], words[2]);
  int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (length >= (int)sizeof address.sun_path || connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
    fprintf(stderr, "%s: no host takes records here\n", address.sun_path);
    return 1;
  }

  pb_id order = 0;
  pb_in_command wish = {.command = 1, .instrument = place.book->instrument, .verb = PB_CMD_PLACE};
  wish.side = PB_SIDE_BUY;
  wish.type = PB_TYPE_LIMIT;
  wish.time_in_force = PB_TIF_GTC;
  wish.price = decimal(words[4]);
  wish.quantity = count > 5 ? decimal(words[5]) : (pb_dec){1, place.quantity_exp, PB_DEC_EXACT};
  uint32_t placed = ask(connection, &wish, &order);
  /* An order whose outcome is not known may live: it is cancelled all the same. */
  if (placed != PB_OUTCOME_DONE && (placed != PB_OUTCOME_UNKNOWN || order == 0)) return 1;
  pb_in_command back = {.command = 2, .order = order, .verb = PB_CMD_CANCEL};
  uint32_t outcome = ask(connection, &back, &order);
  close(connection);
  pb_feed_close(&feed);
  return outcome == PB_OUTCOME_DONE ? 0 : 1;
}

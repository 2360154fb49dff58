/* Watches one market of a running host in shared memory: watch FEED CONNECTOR PAIR [CHANGES].
 *
 * FEED is feed.shm in the host's data folder. Prints the best prices at each change, and ends after so many. Reading is
 * without system calls; it sleeps where nothing is new. */
#include "patchbay_feed_reader.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Prints value * 10^exponent with all its digits. */
static void print_exact(int64_t value, int32_t exponent) {
  char digits[32];
  int length = snprintf(digits, sizeof digits, "%" PRIu64, value < 0 ? -(uint64_t)value : (uint64_t)value);
  int places = exponent < 0 ? -exponent : 0;
  if (value < 0) putchar('-');
  for (int index = length - 1 < places ? places : length - 1; index >= 0; index--) {
    putchar(index < length ? digits[length - 1 - index] : '0');
    if (index == places && places > 0) putchar('.');
  }
  for (int zero = 0; zero < exponent; zero++) putchar('0');
}

static void print_side(const char *name, int64_t price, int64_t quantity, const pb_feed_place *place) {
  printf(" %s ", name);
  if (quantity == 0) {
    printf("none");
    return;
  }
  print_exact(quantity, place->quantity_exp);
  printf(" at ");
  print_exact(price, place->price_exp);
}

/* One change. Gives whether the book could be read. */
static int show(const pb_feed *feed, const pb_feed_place *place) {
  pb_feed_touch touch;
  int result = pb_feed_read_touch(feed, place, &touch);
  if (result != PB_FEED_READ) return 0;
  if (touch.state != PB_FEED_BOOK_READY) {
    printf("not ready, reason %" PRIu32 "\n", touch.reason);
    return 1;
  }
  printf("%" PRIu64, touch.sequence);
  print_side("bid", touch.bid_price, touch.bid_quantity, place);
  print_side("ask", touch.ask_price, touch.ask_quantity, place);
  printf("\n");
  return 1;
}

int main(int count, char **words) {
  pb_feed feed;
  pb_feed_place place;
  if (count < 4) {
    fprintf(stderr, "usage: watch FEED CONNECTOR PAIR [CHANGES]\n");
    return 2;
  }
  int error = pb_feed_open(&feed, words[1]);
  if (error != 0) {
    fprintf(stderr, "%s: %s\n", words[1], strerror(-error));
    return 1;
  }
  if (pb_feed_find(&feed, words[2], words[3], &place) != PB_FEED_READ) {
    fprintf(stderr, "%s of %s is not in the feed\n", words[3], words[2]);
    return 1;
  }
  long left = count > 4 ? atol(words[4]) : -1;
  uint64_t shown = 1;
  while (left != 0) {
    uint32_t news = pb_feed_news(&feed);
    uint64_t lock = pb_feed_load(&place.book->touch.lock);
    if (lock != shown && (lock & 1) == 0) {
      shown = lock;
      if (!show(&feed, &place)) break;
      if (left > 0) left--;
      continue;
    }
    int64_t now = pb_feed_now();
    if (!pb_feed_is_alive(&feed, place.lane, now, 2000000000)) {
      fprintf(stderr, "the host has ended, or does not come back\n");
      break;
    }
    pb_feed_wait(&feed, news, place.bit, now + 500000000);
  }
  pb_feed_close(&feed);
  return left > 0;
}

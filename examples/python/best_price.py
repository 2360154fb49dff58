"""Prints the best prices of a market as they change, out of a running host's shared memory.

    python best_price.py ../../data/feed.shm paper BTC-USDT 10

The same in C is examples/feed/watch.c.
"""

import sys

from patchbay.feed import FeedError, SharedFeed


def watch(feed, connector, pair, changes):
    book = feed.book(connector, pair)
    if book is None:
        print(f"{pair} of {connector} is not in the feed", file=sys.stderr)
        return 1
    shown = None
    while changes != 0:
        news = feed.news()
        touch = book.touch()
        if touch != shown:
            shown, changes = touch, changes - 1
            if touch.ready:
                print(f"{touch.sequence} bid {touch.bid_quantity} at {touch.bid} ask {touch.ask_quantity} at {touch.ask}")
            else:
                print(f"not ready: {book.depth(0).words}")
        elif not feed.is_alive(book.lane):
            print("the host has ended, or does not come back", file=sys.stderr)
            return 1
        else:
            feed.wait(news, book.bit, 0.5)
    return 0


def main(path, connector, pair, changes="-1"):
    try:
        with SharedFeed(path) as feed:
            return watch(feed, connector, pair, int(changes))
    except FeedError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    if not 4 <= len(sys.argv) <= 5:
        sys.exit("usage: best_price.py FEED CONNECTOR PAIR [CHANGES]")
    sys.exit(main(*sys.argv[1:]))

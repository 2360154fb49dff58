// One pair: candles, depth, ladder, trades, and the form for an order.

import { ask, words } from "./api.js";
import { candleChart, depthChart } from "./charts.js";
import { add, multiply, padded, parse, subtract, text, zero } from "./decimal.js";
import { clock, inFrame, make, say } from "./dom.js";
import { orderForm } from "./ticket.js";
import { listen, store, stream } from "./store.js";

/** Levels of each side in the ladder, and of the book that the depth is drawn from. */
const shown = 14;
const depth = 150;
const remembered = 60;
/** Candles by name, in milliseconds. */
const spans = { "1m": 60_000, "5m": 300_000, "15m": 900_000, "1h": 3_600_000, "4h": 14_400_000, "1d": 86_400_000 };

/** Candles of a history, and what trades have made of the last of them and of those that follow. */
function joined(past, trades) {
  const last = past.at(-1);
  if (!last) return trades;
  const now = trades.find((one) => one.start_ns === last.start_ns);
  const rows = past.slice(0, -1);
  rows.push(now ? {
    ...last, close: now.close, high: String(Math.max(Number(last.high), Number(now.high))),
    low: String(Math.min(Number(last.low), Number(now.low))),
  } : last);
  return rows.concat(trades.filter((one) => one.start_ns > last.start_ns));
}

/** The ladder: asks above, bids below, the best two in the middle. */
function ladder(onPrice) {
  const line = (side) => {
    const price = make("button", { type: "button", title: "put this price into the order" });
    const cells = [make("td.number", null, price), make("td.number"), make("td.number")];
    const sum = make("span");
    cells[2].append(sum);
    price.onclick = () => onPrice(price.dataset.price);
    price.className = side === "ask" ? "sell" : "buy";
    return { row: make(`tr.${side}`, { hidden: true }, cells), price, size: cells[1], sum, last: cells[2] };
  };
  const asks = Array.from({ length: shown }, () => line("ask"));
  const bids = Array.from({ length: shown }, () => line("bid"));
  const gap = make("td", { colSpan: 3 });
  const body = make("tbody", null, asks.map((one) => one.row).toReversed(), make("tr.spread", null, gap), bids.map((one) => one.row));
  const element = make("table.levels", { aria: { label: "Order book" } },
    make("thead", null, make("tr", null, ["price", "quantity", "sum"].map((word) => make("th.number", { scope: "col" }, word)))), body);

  const fill = (lines, levels, own, most, places) => {
    let sum = zero;
    lines.forEach((one, index) => {
      const level = levels[index];
      one.row.hidden = !level;
      if (!level) return;
      sum = add(sum, parse(level[1]) ?? zero);
      one.price.dataset.price = level[0];
      say(one.price, padded(level[0], places[0]));
      say(one.size, padded(level[1], places[1]));
      say(one.sum, padded(text(sum), places[1]));
      one.row.classList.toggle("own", own.has(level[0]));
      one.row.title = own.has(level[0]) ? "an order of yours is here" : "";
      one.last.style.setProperty("--part", String(Math.min(1, Number(text(sum)) / most)));
    });
  };
  return {
    element,
    show(bidLevels, askLevels, own) {
      const total = (levels) => levels.slice(0, shown).reduce((sum, level) => sum + Number(level[1]), 0);
      const most = Math.max(total(bidLevels), total(askLevels)) || 1;
      const seen = [...bidLevels.slice(0, shown), ...askLevels.slice(0, shown)];
      const places = [0, 1].map((index) => Math.max(0, ...seen.map((level) => parse(level[index])?.scale ?? 0)));
      fill(asks, askLevels, own, most, places);
      fill(bids, bidLevels, own, most, places);
      const [bid, ask] = [parse(bidLevels[0]?.[0]), parse(askLevels[0]?.[0])];
      say(gap, bid && ask ? `spread ${text(subtract(ask, bid))}` : "no book on both sides");
    },
  };
}

/**
 * Rows for the chart of depth: sums of quantity from the middle outwards. The chart holds a value until the next price,
 * so a bid's sum stands at the next lower bid: down to there that much is bought.
 */
function depthRows(bids, asks) {
  const sums = (levels) => {
    let sum = 0;
    return levels.map(([price, quantity]) => [Number(price), sum += Number(quantity)]);
  };
  // Far levels would press the middle into a line.
  const [best, worst] = [Number(bids[0]?.[0]), Number(asks[0]?.[0])];
  const middle = Number.isFinite(best) && Number.isFinite(worst) ? (best + worst) / 2 : null;
  const isNear = ([price]) => middle === null || Math.abs(price - middle) <= middle * 0.02;
  const below = sums(bids).map(([price, sum], index, all) => [price, all[index - 1]?.[1] ?? 0, null]).filter(isNear).reverse();
  return [...below, ...sums(asks).filter(isNear).map(([price, sum]) => [price, null, sum])];
}

function tape() {
  const body = make("tbody");
  const element = make("table.levels", { aria: { label: "Trades" } },
    make("thead", null, make("tr", null, make("th.number", { scope: "col" }, "price"), make("th.number", { scope: "col" }, "quantity"),
      make("th.number", { scope: "col" }, "time"))), body);
  return {
    element,
    add(trades) {
      for (const trade of trades.slice(-remembered)) {
        const side = trade.taker_side ?? "";
        const mark = side === "buy" ? "▲ " : side === "sell" ? "▼ " : "";
        body.prepend(make("tr.flash", { title: side ? `the taker is a ${side}er` : "" },
          make(`td.number${side ? `.${side}` : ""}`, null, mark + trade.price),
          make("td.number", null, trade.quantity), make("td.number.quiet", null, clock(trade.time_ns))));
      }
      while (body.childElementCount > remembered) body.lastElementChild.remove();
    },
    clear() { body.replaceChildren(); },
  };
}

const chosen = { connector: "", pair: "", span: "1m" };

export function market(place) {
  const connector = make("select", { aria: { label: "Connector" } });
  const pair = make("select", { aria: { label: "Pair" } });
  const span = make("select", { aria: { label: "Candles of" } }, Object.keys(spans).map((word) => make("option", { value: word }, word)));
  span.value = chosen.span;
  const last = make("span.last", null, "–");
  const more = make("span.quiet.number");
  const trouble = make("p.notice", { hidden: true });
  const bars = candleChart("Candles");
  const hills = depthChart("Depth of the book");
  const ticket = orderForm();
  const levels = ladder((price) => ticket.price(price));
  const trades = tape();
  const board = make("div.board", null,
    make("div.charts", null,
      make("section.sheet", null, make("div.head", null, make("h2", null, "Candles"), make("span.push"),
        make("label.check", null, "of", span)), bars.element),
      make("section.sheet", null, make("div.head", null, make("h2", null, "Depth")), hills.element)),
    make("section.sheet.ladder", null, make("div.head", null, make("h2", null, "Book")), levels.element),
    make("section.sheet.trades", null, make("div.head", null, make("h2", null, "Trades")), make("div.tape", null, trades.element)),
    make("section.sheet.form", null, make("div.head", null, make("h2", null, "Order")), ticket.element));
  place.append(make("div.choice", null, make("label", null, "Connector", connector), make("label", null, "Pair", pair),
    make("div.quote", null, last, more)), trouble, board);

  let endings = [];
  let book = { bids: [], asks: [] };
  let reason = null;
  let candlesDue = 0;
  let isOver = false;

  const own = () => new Set([...store.orders.values()]
    .filter((order) => order.connector === chosen.connector && order.pair === chosen.pair).map((order) => order.price));
  const draw = inFrame(() => {
    if (isOver) return;
    levels.show(book.bids, book.asks, own());
    hills.show(depthRows(book.bids, book.asks));
    trouble.hidden = !reason;
    say(trouble, reason && `There is no book now: ${reason}`);
    board.classList.toggle("stale", reason !== null || store.link.state !== "live");
    ticket.best(book.bids[0]?.[0], book.asks[0]?.[0]);
  });

  /** The exchange's own candles, and those of trades that are newer; the history is asked for once of each choice. */
  let past = { of: null, rows: [] };
  const askCandles = async () => {
    if (isOver || !chosen.pair) return;
    const wanted = { ...chosen };
    const name = `${wanted.connector} ${wanted.pair} ${wanted.span}`;
    const query = { connector: wanted.connector, pair: wanted.pair, interval: wanted.span, limit: 90 };
    try {
      const isKnown = past.of === name;
      const answer = await ask("/v1/candles", { query: isKnown ? { ...query, source: "trades" } : query });
      if (isOver || wanted.pair !== chosen.pair || wanted.connector !== chosen.connector || wanted.span !== chosen.span) return;
      bars.span = spans[wanted.span];
      if (answer.source === "history") past = { of: name, rows: answer.candles };
      else if (!isKnown) past = { of: name, rows: [] };
      const rows = answer.source === "history" ? answer.candles : joined(past.rows, answer.candles);
      const numbers = ["open", "high", "low", "close"];
      bars.show(rows.slice(-90).map((one) => [new Date(one.start_ns / 1e6), ...numbers.map((name) => Number(one[name]))]));
    } catch (fault) {
      bars.emptyWords = words(fault);
      bars.show([]);
    }
  };
  const soon = () => {
    if (candlesDue) return;
    candlesDue = setTimeout(() => { candlesDue = 0; askCandles(); }, 1000);
  };

  const ticker = (one) => {
    const number = one.last ?? one.mark;
    say(last, number ?? "–");
    const facts = [["bid", one.bid?.[0]], ["ask", one.ask?.[0]], ["mark", one.mark], ["high", one.high], ["low", one.low],
      ["volume", one.base_volume], ["funding", one.funding_rate && `${text(multiply(parse(one.funding_rate) ?? zero, parse("100")))} %`]];
    say(more, facts.filter(([, value]) => value).map(([name, value]) => `${name} ${value}`).join("   "));
  };

  const follow = () => {
    for (const stop of endings) stop();
    endings = [];
    [book, reason] = [{ bids: [], asks: [] }, null];
    trades.clear();
    say(last, "–");
    say(more, "");
    const { connector: name, pair: wanted } = chosen;
    if (!name || !wanted) return;
    const refused = (message) => { reason = message.error.message; draw(); };
    const fields = { connector: name, pair: wanted };
    endings.push(
      stream.subscribe({ channel: "book", mode: "top", depth, interval_ms: 200, ...fields }, (message) => {
        if (message.type === "error") return refused(message);
        if (message.type !== "book") return;
        reason = message.kind === "gap" ? message.reason || "the host has none" : null;
        book = message.kind === "gap" ? { bids: [], asks: [] } : message;
        draw();
      }),
      stream.subscribe({ channel: "trades", interval_ms: 100, ...fields }, (message) => {
        if (message.type !== "trades") return;
        trades.add(message.trades);
        soon();
      }),
      stream.subscribe({ channel: "ticker", interval_ms: 250, ...fields }, (message) => {
        if (message.type === "ticker") ticker(message.ticker);
      }));
    ask("/v1/trades", { query: { ...fields, limit: remembered } })
      .then((answer) => { if (chosen.pair === wanted && chosen.connector === name) { trades.clear(); trades.add(answer.trades); } })
      .catch(() => {});
    askCandles();
    ticket.show(name, wanted);
  };

  /** Offers what the host has; the choice stays where it can. */
  const offer = () => {
    const all = [...store.connectors.values()];
    const options = (select, texts, value) => {
      if ([...select.options].map((one) => one.value).join("\n") !== texts.join("\n")) {
        select.replaceChildren(...texts.map((word) => make("option", { value: word }, word)));
      }
      if (texts.includes(value)) select.value = value;
      return select.value;
    };
    const before = `${chosen.connector}/${chosen.pair}`;
    chosen.connector = options(connector, all.map((one) => one.connector), chosen.connector);
    chosen.pair = options(pair, store.connectors.get(chosen.connector)?.pairs.map((one) => one.pair) ?? [], chosen.pair);
    if (before !== `${chosen.connector}/${chosen.pair}` || !endings.length) follow();
  };
  connector.onchange = () => { chosen.connector = connector.value; chosen.pair = ""; offer(); follow(); };
  pair.onchange = () => { chosen.pair = pair.value; follow(); };
  span.onchange = () => { chosen.span = span.value; askCandles(); };
  const stops = [listen(["connectors"], offer), listen(["orders", "link"], draw)];
  const resize = () => { bars.resize(); hills.resize(); };
  addEventListener("resize", resize);
  offer();
  draw();
  return () => {
    isOver = true;
    clearTimeout(candlesDue);
    removeEventListener("resize", resize);
    for (const stop of [...stops, ...endings]) stop();
    bars.destroy();
    hills.destroy();
    ticket.end();
  };
}

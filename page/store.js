// What is known of the host now, and who is to be told when it changes.

import { ask, session } from "./api.js";
import { Stream } from "./stream.js";

const listeners = new Map();

/** Calls `job` whenever a topic changes. @returns {() => void} ends it */
export function listen(topics, job) {
  for (const topic of topics) {
    if (!listeners.has(topic)) listeners.set(topic, new Set());
    listeners.get(topic).add(job);
  }
  return () => { for (const topic of topics) listeners.get(topic).delete(job); };
}

export function changed(topic) { for (const job of listeners.get(topic) ?? []) job(); }

/** Most fills and ended orders that are kept. */
const kept = 200;

/** States from which nothing comes any more. */
const ends = ["filled", "cancelled", "expired", "rejected", "not_sent", "lost"];

export const store = {
  host: null,
  link: { state: "closed", seconds: 0, reason: "" },
  connectors: new Map(),
  orders: new Map(),
  ended: [],
  fills: [],
  balances: new Map(),
  positions: new Map(),
  /** Why own orders, balances and positions cannot be had; null = they can. */
  noTrading: null,
  /** Why connectors that the configuration enables do not run. */
  notLoaded: [],
};

export const stream = new Stream((state, seconds, reason) => {
  store.link = { state, seconds, reason };
  changed("link");
});

/** Messages of a connector in a second, from two looks at its counters that are about two seconds apart. */
function rates(before, now, moment) {
  const seen = { moment, inputs: now.inputs, outputs: now.outputs };
  if (!before) return { rate: null, seen };
  const seconds = (moment - before.seen.moment) / 1000;
  if (seconds < 2) return { rate: before.rate, seen: before.seen };
  const each = (name) => Math.max(0, now[name] - before.seen[name]) / seconds;
  return { rate: { inputs: each("inputs"), outputs: each("outputs") }, seen };
}

function takeConnectors(message) {
  const moment = Date.now();
  for (const one of message.connectors ?? []) {
    store.connectors.set(one.connector, Object.assign(one, rates(store.connectors.get(one.connector), one, moment)));
  }
  changed("connectors");
}

function refused(message) {
  store.noTrading = message.error.code === "no_trading" ? message.error.message : null;
  changed("orders");
}

function takeOrders(message) {
  if (message.type === "error") return refused(message);
  if (message.type === "begin") return;
  store.noTrading = null;
  if (message.type === "orders") store.orders = new Map(message.orders.map((order) => [key(order), order]));
  if (message.type === "order") {
    const order = message.order;
    if (!ends.includes(order.state)) store.orders.set(key(order), order);
    else {
      store.orders.delete(key(order));
      store.ended = [order, ...store.ended.filter((one) => key(one) !== key(order))].slice(0, kept);
    }
  }
  changed("orders");
}

export function key(order) { return `${order.connector}/${order.order}`; }

function takeFills(message) {
  if (message.type !== "fill") return;
  store.fills = [message.fill, ...store.fills].slice(0, kept);
  changed("fills");
}

function takeHoldings(topic, name) {
  return (message) => {
    const held = store[topic];
    if (message.kind === "snapshot") {
      for (const [id, one] of held) if (one.connector === message.connector) held.delete(id);
    }
    for (const one of message[topic] ?? []) held.set(name(one), one);
    if (message.kind) changed(topic);
  };
}

/** Begins with a token. @throws {ApiError|NoAnswer} where the host does not take it */
export async function begin() {
  store.host = await ask("/v1/host");
  session.scopes = store.host.scopes;
  stream.subscribe({ channel: "connectors" }, takeConnectors);
  stream.subscribe({ channel: "orders" }, takeOrders);
  stream.subscribe({ channel: "fills" }, takeFills);
  stream.subscribe({ channel: "balances" },
    takeHoldings("balances", (one) => `${one.connector}/${one.account}/${one.asset}`));
  stream.subscribe({ channel: "positions" },
    takeHoldings("positions", (one) => `${one.connector}/${one.account}/${one.pair}/${one.leg}`));
  stream.open();
  changed("host");
  await recall();
}

/** Rows of the journal name the exchange alone, which may have several connectors: their orders say which it was. */
function connectorOf(row) {
  const own = [...store.orders.values(), ...store.ended];
  return own.find((order) => order.exchange_client_order_id === row.client_order_id)?.connector ?? row.exchange;
}

/** What happened before the page was opened. */
async function recall() {
  const about = await ask("/v1/connectors").catch(() => ({ not_loaded: [] }));
  store.notLoaded = about.not_loaded;
  changed("connectors");
  const orders = await ask("/v1/orders", { query: { state: "all" } }).catch(() => ({ orders: [] }));
  const over = orders.orders.filter((order) => ends.includes(order.state));
  const seen = new Set(store.ended.map(key));
  store.ended = [...store.ended, ...over.reverse().filter((order) => !seen.has(key(order)))].slice(0, kept);
  changed("orders");
  const rows = await ask("/v1/fills", { query: { limit: 100 } }).catch(() => ({ rows: [] }));
  const known = new Set(store.fills.map((fill) => `${fill.pair}/${fill.trade_id}`));
  const before = rows.rows.filter((row) => !known.has(`${row.pair}/${row.trade_id}`))
    .map((row) => ({ ...row, connector: connectorOf(row), time_ns: Date.parse(row.time) * 1e6 }))
    .sort((one, other) => other.time_ns - one.time_ns);
  store.fills = [...store.fills, ...before].slice(0, kept);
  changed("fills");
}

export function end() {
  stream.close();
  stream.wanted.clear();
  session.token = "";
  session.scopes = [];
  Object.assign(store, {
    host: null, connectors: new Map(), orders: new Map(), ended: [], fills: [], balances: new Map(),
    positions: new Map(), noTrading: null, notLoaded: [],
  });
}

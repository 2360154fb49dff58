// One WebSocket for everything that changes. It comes back by itself, and subscribes again.

import { session } from "./api.js";

/** Seconds until the next attempt, after so many that failed. */
export function delay(failures) { return Math.min(30, 2 ** Math.min(failures, 5) / 2); }

/** Without a sign of life for so many milliseconds the line is taken to be dead. */
const patience = 15_000;
const pace = 5_000;

export class Stream {
  /** @param {(state: "live"|"waiting"|"connecting"|"closed", seconds: number, reason: string) => void} onState */
  constructor(onState) {
    this.onState = onState;
    this.wanted = new Map();
    this.byNumber = new Map();
    this.nextId = 1;
    this.failures = 0;
    this.socket = null;
    this.timer = 0;
  }

  open() {
    this.close();
    this.isWanted = true;
    this.connect();
  }

  close() {
    this.isWanted = false;
    clearTimeout(this.timer);
    clearInterval(this.beat);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.byNumber.clear();
    this.onState("closed", 0, "");
  }

  /**
   * Subscribes, now and after each reconnection.
   * @param {object} fields of the subscription
   * @param {(message: object) => void} onMessage also told { type: "error" } and { type: "begin" }
   * @returns {() => void} ends it
   */
  subscribe(fields, onMessage) {
    const id = `s${this.nextId++}`;
    this.wanted.set(id, { fields, onMessage, number: null });
    if (this.isLive) this.send({ op: "subscribe", id, ...fields });
    return () => {
      const entry = this.wanted.get(id);
      this.wanted.delete(id);
      if (!entry || entry.number === null) return;
      this.byNumber.delete(entry.number);
      if (this.isLive) this.send({ op: "unsubscribe", id, subscription: entry.number });
    };
  }

  get isLive() { return this.socket?.readyState === WebSocket.OPEN; }

  send(message) { this.socket?.send(JSON.stringify(message)); }

  connect() {
    this.onState("connecting", 0, "");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/v1/stream`, ["patchbay.v1", `token.${session.token}`]);
    this.socket = socket;
    this.heard = Date.now();
    socket.onopen = () => {
      this.byNumber.clear();
      for (const [id, entry] of this.wanted) {
        entry.number = null;
        this.send({ op: "subscribe", id, ...entry.fields });
      }
      clearInterval(this.beat);
      this.beat = setInterval(() => this.look(socket), pace);
    };
    socket.onmessage = (event) => {
      if (socket === this.socket) this.take(JSON.parse(event.data));
    };
    socket.onclose = (event) => {
      if (socket !== this.socket) return;
      clearInterval(this.beat);
      this.lost(event.reason);
    };
  }

  /** A line that says nothing is asked; one that still says nothing is left. */
  look(socket) {
    if (Date.now() - this.heard > patience) {
      this.socket = null;
      clearInterval(this.beat);
      socket.close();
      return this.lost("the host says nothing");
    }
    if (this.isLive) this.send({ op: "ping", id: "beat" });
  }

  lost(reason) {
    if (!this.isWanted) return;
    this.socket = null;
    const seconds = delay(this.failures++);
    this.onState("waiting", seconds, reason);
    this.timer = setTimeout(() => this.connect(), seconds * 1000);
  }

  take(message) {
    this.heard = Date.now();
    switch (message.type) {
      case "hello":
        this.failures = 0;
        return this.onState("live", 0, "");
      case "subscribed": {
        const entry = this.wanted.get(message.id);
        // It was ended before it began.
        if (!entry) return this.send({ op: "unsubscribe", subscription: message.subscription });
        entry.number = message.subscription;
        this.byNumber.set(message.subscription, entry);
        return entry.onMessage({ type: "begin" });
      }
      case "error": {
        const entry = message.id === undefined ? this.byNumber.get(message.subscription) : this.wanted.get(message.id);
        return entry?.onMessage(message);
      }
      default:
        return this.byNumber.get(message.subscription)?.onMessage(message);
    }
  }
}

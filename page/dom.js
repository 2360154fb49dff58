// Making elements. Texts are always texts: nothing here reads markup.

/**
 * Makes an element.
 * @param {string} name of the tag, with classes behind dots: "td.number"
 * @param {object|null} properties: set on the element; `on` has handlers, `data` and `aria` attributes
 * @param {...any} children: nodes, texts, lists of them; null and undefined are left out
 */
export function make(name, properties, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null) continue;
    if (key === "on") for (const [event, job] of Object.entries(value)) element.addEventListener(event, job);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key === "aria") for (const [what, word] of Object.entries(value)) element.setAttribute(`aria-${what}`, word);
    else if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Puts a text into an element where it is another one, so that nothing is drawn for nothing. */
export function say(element, text) {
  const words = text ?? "";
  if (element.textContent !== words) element.textContent = words;
}

/** A table with a head. Columns that begin with "#" hold numbers. */
export function table(caption, columns, body) {
  const heads = columns.map((column) =>
    column.startsWith("#") ? make("th.number", { scope: "col" }, column.slice(1)) : make("th", { scope: "col" }, column));
  return make("div.scroll", { tabIndex: 0, role: "region", aria: { label: caption } },
    make("table", { aria: { label: caption } }, make("thead", null, make("tr", null, heads)), body));
}

/** Rows of a table body that are kept by a key, so that focus and selection survive a change. */
export class Rows {
  /**
   * @param {string} words shown while there is nothing
   * @param {number} columns
   * @param {(item: any) => {row: HTMLElement, update: (item: any) => void}} build
   */
  constructor(words, columns, build) {
    this.body = make("tbody");
    this.build = build;
    this.known = new Map();
    this.empty = make("tr", null, make("td.none", { colSpan: columns }, words));
    this.body.append(this.empty);
  }

  /** Shows these items in this order. */
  show(items, key) {
    const next = new Map();
    let place = this.body.firstElementChild;
    for (const item of items) {
      const id = key(item);
      const known = this.known.get(id) ?? this.build(item);
      known.update(item);
      next.set(id, known);
      if (known.row === place) place = place.nextElementSibling;
      else this.body.insertBefore(known.row, place);
    }
    for (const [id, { row }] of this.known) if (!next.has(id)) row.remove();
    this.known = next;
    if (next.size) this.empty.remove();
    else if (!this.empty.isConnected) this.body.append(this.empty);
  }
}

/** Does a job in the next frame, once for however many calls. */
export function inFrame(job) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; job(); });
  };
}

/** "14:03:07" of nanoseconds since 1970. */
export function clock(nanoseconds) {
  return nanoseconds ? new Date(nanoseconds / 1e6).toLocaleTimeString(undefined, { hour12: false }) : "";
}

/** A whole number with thin spaces between thousands. */
export function whole(number) {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

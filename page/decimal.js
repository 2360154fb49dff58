// Exact decimals, as the interface writes them: plain texts without an exponent.

/** @returns {{units: bigint, scale: number}|null} null for a text that is none */
export function parse(text) {
  const found = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?$/.exec(text ?? "");
  if (!found) return null;
  const part = found[3] ?? "";
  const units = BigInt(found[2] + part);
  return { units: found[1] ? -units : units, scale: part.length };
}

function aligned(a, b) {
  const scale = Math.max(a.scale, b.scale);
  const lift = (number) => number.units * 10n ** BigInt(scale - number.scale);
  return [lift(a), lift(b), scale];
}

export function text({ units, scale }) {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const cut = digits.length - scale;
  const whole = digits.slice(0, cut);
  const part = digits.slice(cut).replace(/0+$/, "");
  return (units < 0n ? "-" : "") + whole + (part ? `.${part}` : "");
}

/** A text with so many decimal places at least, so that points stand below each other. */
export function padded(words, places) {
  const part = words.split(".")[1] ?? "";
  return places > part.length ? `${words}${part ? "" : "."}${"0".repeat(places - part.length)}` : words;
}

export function add(a, b) {
  const [left, right, scale] = aligned(a, b);
  return { units: left + right, scale };
}

export function subtract(a, b) { return add(a, { units: -b.units, scale: b.scale }); }

export function multiply(a, b) { return { units: a.units * b.units, scale: a.scale + b.scale }; }

/** @returns {number} below, at or above zero */
export function compare(a, b) {
  const [left, right] = aligned(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Whether a is a whole multiple of step. */
export function isMultiple(a, step) {
  const [left, right] = aligned(a, step);
  return right !== 0n && left % right === 0n;
}

export const zero = { units: 0n, scale: 0 };

/** Whether a text is zero, or none. */
export function isZero(words) {
  const number = parse(words);
  return !number || number.units === 0n;
}

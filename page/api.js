// Requests to the host that served this page.

const place = "patchbay.token";

/** What the host answers instead of what was asked for. */
export class ApiError extends Error {
  constructor(status, { code, message, field, remedy } = {}) {
    super(message ?? `the host answers ${status}`);
    Object.assign(this, { status, code: code ?? "unknown", field, remedy });
  }
}

/** The host was not reached, or its answer did not come: what was asked for may have happened. */
export class NoAnswer extends Error {}

export const session = {
  /** Kept for this tab alone, and gone with it. */
  get token() { return sessionStorage.getItem(place) ?? ""; },
  set token(word) {
    if (word) sessionStorage.setItem(place, word);
    else sessionStorage.removeItem(place);
  },
  scopes: [],
  may(scope) { return this.scopes.includes(scope); },
};

/**
 * Asks the host.
 * @param {string} path behind the host's address
 * @param {{method?: string, query?: object, body?: object}} rest
 * @throws {ApiError|NoAnswer}
 */
export async function ask(path, { method = "GET", query = {}, body } = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const words = given.length ? `?${new URLSearchParams(given)}` : "";
  const headers = { Authorization: `Bearer ${session.token}` };
  if (body) headers["Content-Type"] = "application/json";
  let answer, value;
  try {
    answer = await fetch(path + words, { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
    value = await answer.json();
  } catch {
    if (answer) throw new ApiError(answer.status, { message: `the host answers ${answer.status} with what is no JSON` });
    throw new NoAnswer("the host does not answer");
  }
  if (!answer.ok) throw new ApiError(answer.status, value.error);
  return value;
}

/** What went wrong in a sentence, with what to do. */
export function words(fault) {
  const remedy = fault.remedy ? ` (${fault.remedy})` : "";
  return `${fault.message}${remedy}`;
}

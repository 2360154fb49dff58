// Questions before what cannot be taken back.

import { words } from "./api.js";
import { make, say } from "./dom.js";

const dialog = document.getElementById("dialog");

/**
 * Asks before something is done, and does it; stays open with the reason where that fails, so that it can be tried
 * again.
 * @param {{title: string, content: any[], action: string, style?: string, act: (form: FormData) => Promise<any>}} wish
 * @returns {Promise<any>} what `act` gave; undefined where it was not done
 */
export function confirm({ title, content, action, style = "danger", act }) {
  return new Promise((resolve) => {
    const fault = make("p.fault", { role: "alert" });
    const back = make("button.plain", { type: "button", on: { click: () => dialog.close() } }, "Back");
    const go = make(`button.${style}`, { type: "submit" }, action);
    const form = make("form", { method: "dialog" },
      make("h2", { id: "dialog-title" }, title), content, fault, make("div.ends", null, back, go));
    let result;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      go.disabled = true;
      say(fault, "");
      try {
        result = (await act(new FormData(form))) ?? true;
        dialog.close();
      } catch (problem) {
        say(fault, words(problem));
        go.disabled = false;
      }
    });
    dialog.replaceChildren(form);
    dialog.onclose = () => resolve(result);
    dialog.showModal();
    // The safe answer has the focus.
    back.focus();
  });
}

/** A list of names and values. */
export function facts(pairs) {
  return make("dl", null, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => [make("dt", null, name), make("dd", null, value)]));
}

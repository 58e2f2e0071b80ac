/** The choice of the model: what the gateway lists, or an id that the user types. */

import { byId, element } from "./element.js";
import { isChoosable, modelLabel } from "./model_words.js";

const OTHER = "\u0000other";

/** What was chosen from a list lasts over a reload, until the user signs out. */
const KEY = "taskpane-demo:model";

/** @param {{ onChange: () => void }} options */
export function createModelChoice({ onChange }) {
  const select = /** @type {HTMLSelectElement} */ (byId("model-choice"));
  const row = byId("other-model");
  const input = /** @type {HTMLInputElement} */ (byId("other-model-id"));
  let chosen = "";
  /** Chosen from a list before, perhaps in an earlier life of this pane. */
  let wanted = recall();
  /** @type {string[]} */
  let typed = [];
  /** @type {readonly import("/pkg/index.js").Model[]} */
  let known = [];

  function fill() {
    const options = known.map((model) => element("option", { value: model.id, title: model.id }, modelLabel(model)));
    for (const id of typed) {
      if (!known.some((model) => model.id === id)) options.push(element("option", { value: id }, id));
    }
    if (options.length === 0) options.push(element("option", { value: "" }, "No model"));
    options.push(element("option", { value: OTHER }, "Other model…"));
    select.replaceChildren(...options);
    const ids = options.map((option) => option.value);
    if (!ids.includes(chosen)) chosen = ids[0] === OTHER ? "" : ids[0];
    select.value = chosen;
    select.title = chosen ? `Model: ${chosen}` : "Model";
  }

  function use() {
    const id = input.value.trim();
    row.hidden = true;
    if (id) {
      if (!typed.includes(id)) typed.push(id);
      chosen = id;
    }
    fill();
    select.focus();
    onChange();
  }

  function ask() {
    row.hidden = false;
    input.value = "";
    input.focus();
  }

  select.addEventListener("change", () => {
    if (select.value === OTHER) {
      select.value = chosen;
      ask();
      return;
    }
    chosen = select.value;
    select.title = `Model: ${chosen}`;
    wanted = chosen;
    remember(chosen);
    onChange();
  });
  byId("other-model-use").addEventListener("click", use);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      use();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      row.hidden = true;
      select.focus();
    }
  });

  return {
    get id() {
      return chosen;
    },
    ask,
    /** Another provider may know nothing of what was typed for this one. */
    forget() {
      typed = [];
      row.hidden = true;
    },
    /** Whoever signs in next chooses anew. */
    signedOut() {
      chosen = "";
      wanted = "";
      remember("");
    },
    /**
     * @param {readonly import("/pkg/index.js").Model[]} models
     * @param {string} [preferred]
     */
    offer(models, preferred) {
      known = models.filter(isChoosable);
      const isKnown = (/** @type {string} */ of) => known.some(({ id }) => id === of);
      if (!isKnown(chosen) && !typed.includes(chosen)) {
        if (isKnown(wanted)) chosen = wanted;
        else if (preferred && models.some(({ id }) => id === preferred)) chosen = preferred;
      }
      fill();
    },
  };
}

function recall() {
  try {
    return localStorage.getItem(KEY) || "";
  } catch {
    return "";
  }
}

/** @param {string} id nothing to forget it */
function remember(id) {
  try {
    if (id) localStorage.setItem(KEY, id);
    else localStorage.removeItem(KEY);
  } catch {
    // Storage may be blocked in a frame; the choice then lasts as long as the pane.
  }
}

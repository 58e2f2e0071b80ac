/** What a list of models says of each of them. */

/** @typedef {import("/pkg/index.js").Model} Model */

/** @type {Record<Model["verdict"], string>} */
const VERDICTS = {
  usable: "",
  "no-quota": "no quota at the moment",
  unknown: "busy when it was tried",
  "no-access": "not allowed for you",
  "not-routed": "not there",
};

const UNSUPPORTED = { "too-old": "too old to be supported", "not-in-outlook": "not supported in Outlook" };

/**
 * Whether it is worth choosing. An id that somebody typed is.
 *
 * @param {Model} model
 */
export function isChoosable({ source, verdict, unsupported }) {
  return source === "configured" || (!unsupported && verdict !== "no-access" && verdict !== "not-routed");
}

/**
 * Its name with what is to be known of it.
 *
 * @param {Model} model
 */
export function modelLabel({ id, displayName, verdict, unsupported, retiresAt }) {
  const notes = [unsupported ? UNSUPPORTED[unsupported] : "", VERDICTS[verdict], retiresAt ? `until ${day(retiresAt)}` : ""].filter(Boolean);
  const name = displayName || id;
  return notes.length > 0 ? `${name} (${notes.join(", ")})` : name;
}

/** @param {number} ms */
function day(ms) {
  return new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}

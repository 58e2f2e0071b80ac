/** What somebody might ask first, by application. */

/** @type {Record<import("./host.js").Host["name"], string[]>} */
const SUGGESTIONS = {
  excel: ["Explain XLOOKUP with an example", "Which chart fits monthly sales by region?", "Write a long report on our quarterly figures"],
  word: ["Make this paragraph shorter", "Outline a project proposal", "Write a long report on remote work"],
  powerpoint: ["Outline ten slides on our strategy", "Suggest a title for a talk on risk", "Write speaker notes for an introduction"],
  outlook: ["Draft a polite reply that declines", "Summarise a long thread in three points", "Write an invitation to a workshop"],
  browser: ["What can you help me with?", "Compare three ways to plan a week in a table", "Write a long report on tea"],
};

/** @param {import("./host.js").Host["name"]} host */
export function suggestionsFor(host) {
  return SUGGESTIONS[host];
}

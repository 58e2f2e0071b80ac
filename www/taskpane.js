/**
 * The page's entry: loads the pane and says so in plain words when it can't be loaded.
 *
 * The import is dynamic because a static one that fails leaves a page that
 * says "Starting" for ever.
 */

import("./start.js")
  .then(({ start }) => start())
  .catch((error) => {
    console.error(error);
    const heading = document.getElementById("start-heading");
    const detail = document.getElementById("start-detail");
    const progress = document.getElementById("start-progress");
    if (heading) heading.textContent = "The pane could not start";
    if (detail) detail.textContent = `A file of this page is missing or could not be read. ${error}`;
    if (progress) progress.hidden = true;
  });

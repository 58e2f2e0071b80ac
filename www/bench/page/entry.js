/** The page's entry: loads it, and says in plain words when a part of it can't be loaded. */

import("./start.js")
  .then(({ start }) => start())
  .catch((error) => {
    console.error(error);
    const status = document.getElementById("status");
    if (status) status.textContent = `The benchmark could not start: a file of this page is missing or could not be read. ${error}`;
  });

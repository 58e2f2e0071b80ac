import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import init, { Connector } from "taskpane-connector";

import { Pane } from "./pane";

await init();
// One for the page's life: components come and go, also twice in strict mode.
const connector = await Connector.open({ parameters: location.search });
connector.connect().catch(() => {});
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Pane connector={connector} />
  </StrictMode>,
);

import * as connector from "taskpane-connector";
import { use } from "./use.js";

use(connector).then(postMessage, (error) => postMessage({ failed: String(error?.stack ?? error) }));

// The page: the package here, and in a worker.
import * as connector from "taskpane-connector";
import { tell, use } from "./use.js";

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const fromWorker = new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(`the worker: ${message}`));
});
const project = new URLSearchParams(location.search).get("project");
tell(project, async () => ({ page: await use(connector), worker: await fromWorker }));

// The simulated Office application: frames the pane as a manifest would and lets a person change its surroundings.

import { Broker, readScript } from "./broker.js";

const MIN_WIDTH = 320;
const MAX_WIDTH = 640;
const STEP = 10;

// As Office writes them into `_host_Info`.
const HOST_NAMES = { excel: "Excel", word: "Word", powerpoint: "Powerpoint" };
const APP_TITLES = { excel: "Excel", word: "Word", powerpoint: "PowerPoint" };
const DOCUMENTS = { excel: "Quarterly figures", word: "Report", powerpoint: "Review" };

// Parameters of this page; every other one is passed on to the pane, as a manifest would.
const OWN = new Set(["app", "theme", "width", "page", "faults", "broker", "user", "access"]);

const element = (id) => document.getElementById(id);
const parameters = new URLSearchParams(location.search);

/** Where pane and gateway are; known once the page has asked. */
let organisation;

const choice = (name, allowed, fallback) => (allowed.includes(parameters.get(name)) ? parameters.get(name) : fallback);
const prefersDark = matchMedia("(prefers-color-scheme: dark)").matches;
const state = {
  app: choice("app", Object.keys(HOST_NAMES), "excel"),
  theme: choice("theme", ["light", "dark"], prefersDark ? "dark" : "light"),
  width: clamp(Number(parameters.get("width")) || 360),
  faults: parameters.get("faults") ?? "",
  broker: parameters.get("broker") ?? "",
  access: choice("access", ["token", "sign-in"], "token"),
  user: choice("user", ["ada", "bob", "nobody"], "ada"),
};

function clamp(width) {
  return Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, Math.round(width)));
}

/**
 * Whether a parameter would send the pane to another machine. The pane trusts its host's manifest, and this
 * host's address can be put into any link; a gateway elsewhere has to be typed into the pane, and a bootstrap
 * endpoint elsewhere would choose one.
 */
function leadsAway(name, value) {
  if (name !== "gateway_url" && name !== "bootstrap_url") return false;
  try {
    return !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(value).hostname);
  } catch {
    // No URL leads nowhere; what the pane makes of it is worth trying.
    return false;
  }
}

/** The pane's address with the parameters that the administrator put into the manifest. */
function paneAddress() {
  const page = (parameters.get("page") ?? "taskpane.html").replace(/^\/+/, "");
  const address = new URL(`/${page}`, organisation.paneOrigin);
  const faults = [state.access === "sign-in" && "auth=entra", encodeURI(state.faults)].filter(Boolean).join(",");
  const opening =
    state.access === "sign-in"
      ? [
          ["gateway_auth_source", "entra"],
          ["entra_scope", organisation.gatewayScope],
          ["graph_client_id", organisation.clientId],
        ]
      : [["gateway_token", organisation.gatewayToken]];
  const manifest = new Map([
    ["m", "3p-demo"],
    ["gateway_url", organisation.gatewayUrl + (faults ? `/with/${faults}` : "")],
    ...opening,
    ["auto_connect", "1"],
    ["et", organisation.entitlement],
  ]);
  // An empty value takes a parameter out.
  for (const [name, value] of parameters) if (!OWN.has(name) && !leadsAway(name, value)) manifest.set(name, value);
  const query = [...manifest].filter(([, value]) => value !== "").map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  // Office adds this one itself, with its dollar signs as they are.
  query.push(`_host_Info=${HOST_NAMES[state.app]}$Win32$16.01$en-US$$$$0`);
  address.search = query.join("&");
  return address.href;
}

function loadPane() {
  if (!organisation) return;
  const frame = element("frame");
  element("status").textContent = "Loading the task pane";
  frame.src = paneAddress();
}

function remember() {
  const query = new URLSearchParams(parameters);
  for (const [name, value] of Object.entries(state)) {
    if (value === "") query.delete(name);
    else query.set(name, value);
  }
  history.replaceState(null, "", `?${query}`);
}

function showApp() {
  document.body.dataset.app = state.app;
  document.title = `${DOCUMENTS[state.app]} - simulated ${APP_TITLES[state.app]}`;
  document.querySelector(".document-name").firstChild.textContent = `${DOCUMENTS[state.app]} `;
  element("app").value = state.app;
}

function showTheme() {
  document.documentElement.dataset.theme = state.theme;
  element("theme").value = state.theme;
}

function showWidth() {
  document.documentElement.style.setProperty("--pane-width", `${state.width}px`);
  element("splitter").setAttribute("aria-valuenow", String(state.width));
  element("splitter").setAttribute("aria-valuetext", `${state.width} pixels`);
  element("width").textContent = `Task pane ${state.width} px`;
}

function showPane(open) {
  document.body.classList.toggle("pane-closed", !open);
  element("toggle").setAttribute("aria-pressed", String(open));
}

function setWidth(width) {
  state.width = clamp(width);
  showWidth();
}

element("app").addEventListener("change", (event) => {
  state.app = event.target.value;
  showApp();
  remember();
  loadPane();
});

element("theme").addEventListener("change", (event) => {
  state.theme = event.target.value;
  showTheme();
  remember();
});

element("access").addEventListener("change", (event) => {
  state.access = event.target.value;
  remember();
  loadPane();
});

element("faults-form").addEventListener("submit", (event) => {
  event.preventDefault();
  setFaults(element("faults").value.trim());
});
element("break").addEventListener("change", (event) => setFaults(event.target.value));

function setFaults(faults) {
  state.faults = faults;
  showFaults();
  remember();
  loadPane();
}

/** What is typed may be none of what the menu breaks. */
function showFaults() {
  element("faults").value = state.faults;
  element("break").value = state.faults;
  if (element("break").selectedIndex < 0) element("break").value = "";
}

const broker = new Broker(element("frame"), askPerson, (message) => {
  element("status").textContent = `Broker: ${message}`;
});

/** Whether the person in front of the application signs in. */
function askPerson(user, scope) {
  const dialog = element("consent");
  element("consent-user").textContent = user?.name ?? "nobody";
  element("consent-scope").textContent = scope;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "go"), { once: true }));
}

/** Hands the broker its script; false where it can't be read, which is told. */
function showBroker() {
  element("user").value = state.user === "nobody" ? "" : state.user;
  broker.user = element("user").value || undefined;
  try {
    broker.script = readScript(state.broker);
    element("broker-hint").textContent = "";
    return true;
  } catch (error) {
    element("broker-hint").textContent = error.message;
    return false;
  }
}

// Nobody reloads Office to switch accounts.
element("user").addEventListener("change", (event) => {
  state.user = event.target.value || "nobody";
  showBroker();
  remember();
});

element("broker-form").addEventListener("submit", (event) => {
  event.preventDefault();
  state.broker = element("broker").value.trim();
  if (!showBroker()) return;
  remember();
  loadPane();
});

element("toggle").addEventListener("click", () => showPane(document.body.classList.contains("pane-closed")));
element("close").addEventListener("click", () => {
  showPane(false);
  element("toggle").focus();
});
element("reload").addEventListener("click", loadPane);
element("frame").addEventListener("load", () => {
  element("status").textContent = "Ready";
});

const splitter = element("splitter");
splitter.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  splitter.setPointerCapture(event.pointerId);
  splitter.classList.add("dragging");
  // The frame would swallow the pointer otherwise.
  document.body.classList.add("dragging-pane");
});
splitter.addEventListener("pointermove", (event) => {
  if (splitter.hasPointerCapture(event.pointerId)) setWidth(window.innerWidth - event.clientX - splitter.offsetWidth / 2);
});
splitter.addEventListener("lostpointercapture", () => {
  splitter.classList.remove("dragging");
  document.body.classList.remove("dragging-pane");
  remember();
});
splitter.addEventListener("dblclick", () => {
  setWidth(360);
  remember();
});
splitter.addEventListener("keydown", (event) => {
  const widths = {
    ArrowLeft: state.width + STEP,
    ArrowRight: state.width - STEP,
    PageUp: state.width + 5 * STEP,
    PageDown: state.width - 5 * STEP,
    Home: MIN_WIDTH,
    End: MAX_WIDTH,
  };
  const width = widths[event.key];
  if (width === undefined) return;
  event.preventDefault();
  setWidth(width);
  remember();
});

const CELLS = [
  ["Revenue", "Q1", "Q2", "Q3", "Change"],
  ["EMEA", "1,204", "1,318", "1,402", "6.4 %"],
  ["Americas", "2,011", "1,987", "2,140", "7.7 %"],
  ["APAC", "874", "991", "1,120", "13.0 %"],
  ["Total", "4,089", "4,296", "4,662", "8.5 %"],
  [],
  ["Costs", "Q1", "Q2", "Q3", "Change"],
  ["Staff", "1,410", "1,432", "1,455", "1.6 %"],
  ["Freight", "388", "421", "497", "18.1 %"],
  ["Other", "902", "911", "954", "4.7 %"],
  ["Total", "2,700", "2,764", "2,906", "5.1 %"],
];
const HEADINGS = new Set([0, 6]);
const TOTALS = new Set([4, 10]);
const SELECTED = { row: 5, column: 5 };

function fillGrid() {
  const make = (name, text = "", className = "") => Object.assign(document.createElement(name), { textContent: text, className });
  const columns = [..."ABCDEFGHIJKLMNOP"];
  const head = document.createElement("thead");
  const letters = document.createElement("tr");
  letters.append(make("th"), ...columns.map((letter, index) => make("th", letter, index === SELECTED.column ? "selected" : "")));
  head.append(letters);
  const body = document.createElement("tbody");
  for (let row = 0; row < 48; row += 1) {
    // The table starts in B2, as people's tables do.
    const cells = CELLS[row - 1] ?? [];
    const line = make("tr", "", HEADINGS.has(row - 1) ? "heading" : TOTALS.has(row - 1) ? "total" : "");
    line.append(make("th", String(row + 1), row === SELECTED.row ? "selected" : ""));
    columns.forEach((_, column) => {
      const text = cells[column - 1] ?? "";
      const classes = [text && column > 1 ? "number" : "", row === SELECTED.row && column === SELECTED.column ? "selected" : ""];
      line.append(make("td", text, classes.join(" ").trim()));
    });
    body.append(line);
  }
  element("grid").append(head, body);
}

fillGrid();
showFaults();
element("broker").value = state.broker;
element("access").value = state.access;
showBroker();
showApp();
showTheme();
showWidth();
showPane(true);
// The page has its look before it waits for anything.
organisation = await (await fetch("/host.json", { cache: "no-store" })).json();
broker.identityUrl = organisation.identityUrl;
broker.accounts = organisation.accounts;
for (const { name, faults } of organisation.breakages) element("break").append(new Option(name, faults));
showFaults();
loadPane();

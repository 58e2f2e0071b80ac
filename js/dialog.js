/**
 * The window in which a user signs in, and the answer's ways back: as Office
 * hands messages on, from the window to its opener, and on a channel of the
 * origin, which also carries where a page on the way has cut the window's tie
 * to its opener (Cross-Origin-Opener-Policy).
 *
 * Whoever sends a message, only one of this origin with this window's `state`
 * is an answer. That the window is closed is believed when the user is back in
 * the pane: one that was cut off looks closed from the start.
 */
import { isFunction, isText } from "./argument.js";
import { SIGN_IN, channelName } from "./auth_message.js";
import { Patience } from "./patience.js";

/** How often the window is looked at, in milliseconds. */
const LOOK_MS = 250;

/** What Office's errors come to: as it opens a dialog, and later. Others are failures of the page in it. */
const STATUS = {
  12006: ["USER_CANCEL", "the window was closed"],
  12007: ["WINDOW_FAILED", "another dialog of this add-in is open"],
  12009: ["USER_CANCEL", "the user did not let the window open"],
  12011: ["POPUP_BLOCKED", "the browser did not let the window open"],
};

export class Dialog {
  #listener;
  #channel;
  #timer;
  #closed = false;
  #shut = () => {};
  #onMessage = ({ data, origin }) => this.#hear(data, origin);

  /** `listener` is `{ answered(text): boolean, failed(status, said), ignored(reason, origin) }`. */
  constructor(listener) {
    this.#listener = listener;
  }

  /** Opens before it returns, while the user's click still counts. */
  open({ url, startUrl, openDialog, limitMs, closedMs }) {
    globalThis.addEventListener("message", this.#onMessage);
    try {
      this.#channel = new BroadcastChannel(channelName(url));
      // What comes over it is this origin's; not every engine says so.
      this.#channel.onmessage = ({ data }) => this.#hear(data, globalThis.location.origin);
    } catch {
      // Without an origin there is none; the other ways are left.
    }
    const patience = new Patience(limitMs, performance.now());
    let isGone = () => false;
    this.#timer = setInterval(() => {
      if (patience.tick(performance.now())) this.fail("TIMEOUT", `nobody signed in within ${limitMs} ms`);
      else if (isGone()) this.fail("USER_CANCEL", "the window was closed");
    }, LOOK_MS);
    if (openDialog) {
      this.#openByPage(openDialog, url, startUrl);
      return;
    }
    const office = globalThis.Office?.context;
    if (isFunction(office?.ui?.displayDialogAsync)) {
      this.#openInOffice(office.ui, startAddress(startUrl, url, office.platform === "OfficeOnline"));
      return;
    }
    const isFramed = globalThis.parent !== globalThis;
    const popup = opened(isFramed ? startAddress(startUrl, url, true) : url);
    if (!popup) {
      this.fail("POPUP_BLOCKED", "the browser did not let the window open");
      return;
    }
    this.#shut = () => popup.close();
    isGone = goneSince(popup, closedMs);
  }

  /** The page's own window: it resolves to the address that the window came back to. */
  async #openByPage(openDialog, url, startUrl) {
    const calledOff = new AbortController();
    this.#shut = () => calledOff.abort();
    try {
      const answer = await openDialog(url, { startUrl, signal: calledOff.signal });
      this.#hear({ type: SIGN_IN, answer }, globalThis.location.origin);
      this.fail("USER_CANCEL", "the window brought no answer to this sign-in");
    } catch (cause) {
      this.fail("WINDOW_FAILED", String(cause?.message ?? cause));
    }
  }

  #openInOffice(ui, address) {
    ui.displayDialogAsync(address, { height: 60, width: 30 }, ({ error, value: dialog }) => {
      if (!dialog) {
        this.#failInOffice(error?.code);
        return;
      }
      // Called off while Office was opening it.
      if (this.#closed) {
        dialog.close();
        return;
      }
      this.#shut = () => dialog.close();
      const { DialogMessageReceived, DialogEventReceived } = globalThis.Office.EventType;
      // Older hosts don't say who sent a message.
      dialog.addEventHandler(DialogMessageReceived, ({ message, origin }) => this.#hear(parsed(message), origin ?? globalThis.location.origin));
      dialog.addEventHandler(DialogEventReceived, ({ error: code }) => this.#failInOffice(code));
    });
  }

  #hear(data, origin) {
    if (this.#closed || data?.type !== SIGN_IN) return;
    if (origin !== globalThis.location.origin) this.#listener.ignored("origin", origin);
    else if (isText(data.answer) && this.#listener.answered(data.answer)) this.close();
    else this.#listener.ignored("state", origin);
  }

  #failInOffice(code) {
    const [status, said] = STATUS[code] ?? ["WINDOW_FAILED", "the page was not shown"];
    this.fail(status, `${said} (Office error ${code})`);
  }

  /** Tells why there is no answer, unless there was one. */
  fail(status, said) {
    if (this.#closed) return;
    this.close();
    this.#listener.failed(status, said);
  }

  /** Hears nothing more, and closes the window as far as it can be reached. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    globalThis.removeEventListener("message", this.#onMessage);
    this.#channel?.close();
    try {
      this.#shut();
    } catch {
      // Office has closed it already.
    }
  }
}

/** The page of this origin from which a window goes on; `relays` lets it stay, and open another one for that. */
const startAddress = (startUrl, url, relays) => `${startUrl}#${relays ? "relay" : "go"}=${encodeURIComponent(url)}`;

/** A window, if the browser lets one open. Firefox throws in a sandbox that doesn't, where others return nothing. */
function opened(address) {
  try {
    return globalThis.open(address, "_blank", "popup,width=500,height=650");
  } catch {
    return null;
  }
}

/** Whether a window has looked closed for so long that the user was back in the pane, each time it is looked at. */
function goneSince(popup, closedMs) {
  const patience = new Patience(closedMs, performance.now());
  return () => {
    const isOver = patience.tick(performance.now());
    if (popup.closed && globalThis.document.hasFocus()) return isOver;
    patience.heard();
    return false;
  };
}

function parsed(message) {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

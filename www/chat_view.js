/** The chat: the composer, what is sent, and what becomes of it. */

import { isConnectorError } from "/pkg/index.js";
import { hostOf } from "./address.js";
import { announce } from "./announcer.js";
import { createAnswerView } from "./answer_view.js";
import { createConversation } from "./conversation.js";
import { runTool, toolDefinitions } from "./document_tools.js";
import { byId, element, icon } from "./element.js";
import { errorTitle } from "./error_text.js";
import { errorCard } from "./error_view.js";
import { createModelChoice } from "./model_choice.js";
import { destination } from "./providers.js";
import { suggestionsFor } from "./suggestions.js";
import { createTokenCount } from "./token_count.js";
import { askPermission, showResult } from "./tool_view.js";
import { createTranscript } from "./transcript.js";

/** What thinking may take, beside the answer's own tokens. */
const THINKING_TOKENS = 2048;

/** Failures that the settings mend. */
const CREDENTIAL_CODES = ["credential-invalid", "audience-refused"];

/** Failures between here and the model, which Diagnostics finds. */
const WAY_CODES = ["unreachable", "timeout", "not-found", "response-invalid", "permission-denied", "stream-truncated", "stream-corrupt"];

/**
 * @param {string} caption
 * @param {() => void} act
 */
const cardButton = (caption, act) => element("button", { type: "button", class: "button small", onclick: act }, caption);

/**
 * @param {object} options
 * @param {import("/pkg/index.js").Connector} options.connector
 * @param {import("./host.js").Host} options.host
 * @param {(error: unknown, model?: string) => string} options.report
 * @param {() => void} options.onChangeConnection
 * @param {() => void} options.onDiagnose
 */
export function createChatView({ connector, host, report, onChangeConnection, onDiagnose }) {
  const transcript = createTranscript();
  const conversation = createConversation();
  const message = /** @type {HTMLTextAreaElement} */ (byId("message"));
  const send = /** @type {HTMLButtonElement} */ (byId("send"));
  const newChat = byId("new-chat");
  const maxTokens = /** @type {HTMLSelectElement} */ (byId("max-tokens"));
  const thinking = /** @type {HTMLSelectElement} */ (byId("thinking"));
  const offerTools = /** @type {HTMLInputElement} */ (byId("offer-tools"));

  /** @type {{ stop: () => void } | undefined} */
  let running;
  /** Who the conversation belongs to, by who vouches for them. @type {Map<string, string>} */
  const owners = new Map();
  /** Where messages went when it was connected. */
  let place = "";
  /** What the last answer offers to do, withdrawn once something else was done. @type {(() => void)[]} */
  let offers = [];

  const tokens = createTokenCount({
    async count(draft, signal) {
      const { max_tokens: _, ...params } = request(draft);
      const { input_tokens: count } = await connector.messages.countTokens(/** @type {any} */ (params), { signal });
      return count;
    },
  });
  const model = createModelChoice({ onChange: () => tokens.update(message.value) });

  /**
   * @param {string} [draft]
   * @returns {any}
   */
  function request(draft) {
    const limit = Number(maxTokens.value);
    /** @type {Record<string, unknown>} */
    const params = { model: model.id, max_tokens: limit, messages: conversation.messages(draft) };
    if (thinking.value === "adaptive") params.thinking = { type: "adaptive" };
    if (thinking.value === "enabled") {
      params.thinking = { type: "enabled", budget_tokens: THINKING_TOKENS };
      params.max_tokens = limit + THINKING_TOKENS;
    }
    if (offerTools.checked) params.tools = toolDefinitions;
    return params;
  }

  function withdrawOffers() {
    for (const withdraw of offers) withdraw();
    offers = [];
  }

  /** @param {string} text */
  function ask(text) {
    withdrawOffers();
    transcript.addUserText(text);
    conversation.addUserText(text);
    transcript.follow();
    answer();
  }

  /** Sends the conversation and shows the answer as it arrives. */
  async function answer() {
    const used = model.id;
    const view = createAnswerView(transcript.grown);
    transcript.add(view.node);
    let stopped = false;
    announce("Claude is answering.");
    /** @type {import("/pkg/index.js").MessageStream | undefined} */
    let stream;
    const mine = {
      stop() {
        stopped = true;
        stream?.abort();
      },
    };
    setRunning(mine);
    try {
      stream = connector.messages.stream(request());
      stream
        .on("text", (delta) => view.addText(delta))
        .on("thinking", (delta) => view.addThinking(delta))
        .on("inputJson", (partialJson) => view.addInputJson(partialJson))
        .on("contentBlock", (block) => view.endBlock(/** @type {any} */ (block)))
        .on("retry", (notice) => {
          view.awaitRetry(notice);
          announce(`${errorTitle(notice.error)}. The request is sent again.`);
        });
      const whole = await stream.finalMessage();
      if (stopped) throw new Error("stopped");
      conversation.addAnswer(whole);
      view.complete(whole, whole.stop_reason === "max_tokens" ? [continueButton()] : []);
      announce(view.spoken + offerToolRuns(whole, view));
    } catch (error) {
      if (view.node.isConnected) {
        conversation.addPartialAnswer(view.text);
        if (stopped) showStopped(view);
        else showFailed(view, error, used);
      }
    } finally {
      if (running === mine) setRunning(undefined);
      tokens.update(message.value);
    }
  }

  /** @param {ReturnType<typeof createAnswerView>} view */
  function showStopped(view) {
    const retry = retryButton();
    view.incomplete(view.text ? "Stopped. The answer is incomplete." : "Stopped before an answer came.", [retry]);
    announce("Stopped.");
  }

  /**
   * @param {ReturnType<typeof createAnswerView>} view
   * @param {unknown} error
   * @param {string} used
   */
  function showFailed(view, error, used) {
    view.incomplete(view.text ? "This answer is incomplete." : "", []);
    // Written now, so that it tells the time and the settings of the failure.
    const details = report(error, used);
    const card = errorCard(error, { report: () => details, actions: nextSteps(error) });
    view.addError(card);
    transcript.showFromTop(card);
  }

  /**
   * What to do about a failure, the likeliest first.
   *
   * @param {unknown} error
   */
  function nextSteps(error) {
    if (!isConnectorError(error)) return [retryButton()];
    const { code, hint } = error;
    if (code === "module-failed") return [cardButton("Reload the pane", () => location.reload())];
    if (code === "model-not-available") return [cardButton("Other model", model.ask), retryButton()];
    if (CREDENTIAL_CODES.includes(code)) return [cardButton("Change connection", onChangeConnection), retryButton()];
    if (WAY_CODES.includes(code) && hint?.id !== "go-online") return [retryButton(), cardButton("Diagnose", onDiagnose)];
    return [retryButton()];
  }

  function retryButton() {
    const button = element("button", { type: "button", class: "button small" }, element("span", { class: "button-icon" }, icon("retry")), "Retry");
    button.addEventListener("click", () => {
      withdrawOffers();
      conversation.removeAnswer();
      message.focus();
      transcript.follow();
      answer();
    });
    offers.push(() => button.remove());
    return button;
  }

  function continueButton() {
    const button = element("button", { type: "button", class: "button small" }, "Continue");
    button.addEventListener("click", () => {
      message.focus();
      ask("Continue where you stopped.");
    });
    offers.push(() => button.remove());
    return button;
  }

  /**
   * @param {import("/pkg/index.js").Message} whole
   * @param {ReturnType<typeof createAnswerView>} view
   * @returns {string} what to say about it
   */
  function offerToolRuns(whole, view) {
    if (whole.stop_reason !== "tool_use") return "";
    const uses = /** @type {any[]} */ (whole.content.filter((block) => block.type === "tool_use"));
    /** @type {Promise<any>[]} */
    const results = uses.map(
      (use) =>
        new Promise((resolve) => {
          const node = view.tools.get(use.id);
          if (!node) return;
          const question = askPermission(node, async (allowed) => {
            message.focus();
            const declined = { type: "tool_result", tool_use_id: use.id, content: "The user did not allow this.", is_error: true };
            const result = allowed ? await runTool(use, host.context) : declined;
            if (allowed) showResult(node, result);
            resolve(result);
          });
          offers.push(question.withdraw);
        }),
    );
    transcript.grown();
    const asked = offers;
    Promise.all(results).then((all) => {
      // Something else was sent or the chat was cleared meanwhile.
      if (offers !== asked || all.length === 0) return;
      withdrawOffers();
      conversation.addToolResults(all);
      transcript.follow();
      answer();
    });
    return ` Claude asks to use ${uses.map(({ name }) => name).join(", ")}.`;
  }

  /** @param {{ stop: () => void } | undefined} now */
  function setRunning(now) {
    running = now;
    const label = now ? "Stop" : "Send";
    send.setAttribute("aria-label", label);
    send.title = now ? "Stop (Esc)" : "Send (Enter)";
    send.replaceChildren(icon(now ? "stop" : "send"));
    send.classList.toggle("running", Boolean(now));
    updateSend();
  }

  function updateSend() {
    send.setAttribute("aria-disabled", String(!running && !message.value.trim()));
    newChat.hidden = conversation.isEmpty;
  }

  function submit() {
    const text = message.value.trim();
    if (!text) return;
    if (running) {
      announce("Claude is still answering. Press Escape to stop it.");
      return;
    }
    if (!model.id) {
      model.ask();
      announce("Type a model id first.");
      return;
    }
    message.value = "";
    fit();
    tokens.update("");
    ask(text);
  }

  function fit() {
    message.style.height = "auto";
    message.style.height = `${message.scrollHeight}px`;
  }

  message.addEventListener("input", () => {
    fit();
    updateSend();
    tokens.update(message.value);
  });
  message.addEventListener("keydown", (event) => {
    // Enter chooses a word while an input method composes one.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  // Wherever the focus is, in the bar as well.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && running && !event.isComposing && !byId("chat-view").hidden) {
      event.preventDefault();
      running.stop();
    }
  });
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    if (running) running.stop();
    else submit();
    message.focus();
  });
  byId("toggle-options").addEventListener("click", (event) => {
    const options = byId("options");
    options.hidden = !options.hidden;
    /** @type {HTMLElement} */ (event.currentTarget).setAttribute("aria-expanded", String(!options.hidden));
    transcript.grown();
  });
  newChat.addEventListener("click", () => {
    clear();
    announce("New chat.");
    message.focus();
  });

  function clear() {
    transcript.clear();
    running?.stop();
    offers = [];
    conversation.clear();
    setRunning(undefined);
  }

  byId("suggestions").replaceChildren(
    ...suggestionsFor(host.name).map((text) => {
      const choose = () => {
        if (!model.id) {
          message.value = text;
          model.ask();
          return;
        }
        message.focus();
        ask(text);
      };
      return element("li", {}, element("button", { type: "button", class: "suggestion", onclick: choose }, text));
    }),
  );
  setRunning(undefined);

  return {
    /** The conversation and the choice of the model belong to who was signed in. */
    signedOut() {
      clear();
      model.signedOut();
    },
    /** Where typing begins. */
    input: message,
    /** Whether an answer is on its way. */
    get isRunning() {
      return Boolean(running);
    },
    updateModels() {
      model.offer(connector.models, connector.configuration.values.model?.value);
    },
    /**
     * Forgets what was learnt about the provider, and the conversation when somebody else signed in.
     */
    connectionChanged() {
      const { account } = connector;
      if (account) {
        // One person has an account at Microsoft and another one at Google.
        const voucher = account.tenantId ? "microsoft" : "other";
        const who = account.homeAccountId || account.username;
        if (owners.has(voucher) && owners.get(voucher) !== who) clear();
        owners.set(voucher, who);
      }
      const now = destination(connector, hostOf);
      if (now !== place) model.forget();
      place = now;
      tokens.reset();
      this.updateModels();
    },
    get modelId() {
      return model.id;
    },
  };
}

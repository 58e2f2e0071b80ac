/** A field for a secret, which can be looked at while it is compared. */

/** A secret stays readable no longer than it takes to compare it. */
const SHOWN_MS = 20_000;

/**
 * @param {HTMLInputElement} field
 * @param {HTMLElement} button
 */
export function createSecretField(field, button) {
  const hideLabel = button.title.replace("Show", "Hide");
  const showLabel = button.title;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {boolean} shown */
  function setShown(shown) {
    clearTimeout(timer);
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.title = shown ? hideLabel : showLabel;
    button.querySelector("use")?.setAttribute("href", shown ? "#icon-hide" : "#icon-show");
    if (shown) timer = setTimeout(hide, SHOWN_MS);
  }
  function hide() {
    setShown(false);
  }

  button.addEventListener("click", () => setShown(field.type === "password"));
  button.parentElement?.addEventListener("focusout", (event) => {
    const next = event.relatedTarget;
    if (!(next instanceof Node) || !button.parentElement?.contains(next)) hide();
  });
  document.addEventListener("visibilitychange", hide);
  return { hide };
}

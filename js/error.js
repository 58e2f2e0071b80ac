/**
 * The one error shape, and the one place that makes it: from the module's
 * failures, which arrive as JSON text, and from what goes wrong out here.
 */

/** A real `Error` that is recognised by its name and code. */
class ConnectorError extends Error {
  constructor(code, message, { cause, ...fields } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = false;
    Object.assign(this, fields);
  }
}
// On the prototype, as with the platform's own errors: not among the own
// properties that a page may log or send.
ConnectorError.prototype.name = "ConnectorError";

/** Makes an error; `fields` are those of `ConnectorError` in index.d.ts. */
export function connectorError(code, message, fields) {
  return new ConnectorError(code, message, fields);
}

/** The next step, and whose it is. */
export function hint(id, audience, text) {
  return { id, params: {}, text, audience };
}

/** Whether a caught value is this package's error, from whichever copy of it. */
export function isConnectorError(value) {
  return value instanceof Error && value.name === "ConnectorError" && typeof value.code === "string";
}

/** The error for a failure as the module tells it. */
export function fromFailure({ code, message, ...fields }) {
  return new ConnectorError(code, message, fields);
}

/** What is left of an error for a module; what isn't the package's is thrown on. */
export function refusalOf(error) {
  if (!isConnectorError(error)) throw error;
  const { code, message, status, requestId, hint } = error;
  return [code, message, status, requestId, hint?.id];
}

/** The package's one error shape. */

class ConnectorError extends Error {
  constructor(code, message, { cause, ...fields } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = false;
    Object.assign(this, fields);
  }
}

Object.defineProperty(ConnectorError.prototype, "name", { value: "ConnectorError" });

export function connectorError(code, message, fields) {
  return new ConnectorError(code, message, fields);
}

export function isConnectorError(value) {
  return value instanceof ConnectorError;
}

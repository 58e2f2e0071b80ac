/** Tells what the package gives and throws in plain JSON, for the test that looks at it from outside. */
import { isConnectorError } from "/pkg/index.js";

/** Everything of an error that a page could show or send. */
export function describe(thrown) {
  if (!(thrown instanceof Error)) return { thrown: String(thrown), type: typeof thrown };
  const { name, message, stack } = thrown;
  return {
    ...thrown,
    name,
    message,
    stack: String(stack),
    text: String(thrown),
    isConnectorError: isConnectorError(thrown),
    causedBy: thrown.cause === undefined ? null : describe(thrown.cause),
  };
}

/** Settles a promise into `{ value }` or `{ error }`. */
export async function settled(promise) {
  try {
    return { value: await promise };
  } catch (error) {
    return { error: describe(error), thrown: error };
  }
}

/** The same for something that throws at once. */
export function caught(call) {
  try {
    call();
    return null;
  } catch (error) {
    return describe(error);
  }
}

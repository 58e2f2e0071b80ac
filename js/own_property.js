/**
 * Assigns an own property, as JSON.parse does it: even one named `__proto__`,
 * which a plain assignment would take for the prototype.
 */
export function assign(target, name, value) {
  if (name === "__proto__") {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[name] = value;
  }
}

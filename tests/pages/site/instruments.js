/** Counts what the package takes from the platform and has to give back. */

const running = new Set();
const { setInterval: realSetInterval, clearInterval: realClearInterval } = globalThis;

globalThis.setInterval = (...given) => {
  const timer = realSetInterval(...given);
  running.add(timer);
  return timer;
};
globalThis.clearInterval = (timer) => {
  running.delete(timer);
  realClearInterval(timer);
};

/** Makes a signal count the listeners that it has. */
export function counted(signal) {
  const held = [];
  const add = signal.addEventListener;
  const remove = signal.removeEventListener;
  signal.addEventListener = (type, listener, options) => {
    if (!held.includes(listener)) held.push(listener);
    add.call(signal, type, listener, options);
  };
  signal.removeEventListener = (type, listener, options) => {
    if (held.includes(listener)) held.splice(held.indexOf(listener), 1);
    remove.call(signal, type, listener, options);
  };
  Object.defineProperty(signal, "listenerCount", { get: () => held.length });
  return signal;
}

export function runningIntervals() {
  return running.size;
}

/** The memories of the modules that were started on this page; the package keeps its own to itself. */
const memories = [];
for (const name of ["instantiate", "instantiateStreaming"]) {
  const real = WebAssembly[name];
  WebAssembly[name] = async (...given) => {
    const made = await real.apply(WebAssembly, given);
    const { exports } = made.instance ?? made;
    if (exports.memory) memories.push(exports.memory);
    return made;
  };
}

/** Bytes of the newest module's memory. It never shrinks, so this is the most that it took. */
export function wasmBytes() {
  return memories.at(-1)?.buffer.byteLength ?? 0;
}

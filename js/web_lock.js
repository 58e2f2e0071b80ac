/**
 * Runs something while no other pane of this origin runs it under the same
 * name. Without locks, where they are refused (a sandboxed page), and where
 * another pane holds one for too long, it runs all the same.
 */
export async function underLock(name, limitMs, work) {
  const locks = globalThis.navigator?.locks;
  if (!locks) return work();
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), limitMs);
  let done;
  const begin = () => {
    clearTimeout(timer);
    return (done = work());
  };
  try {
    return await locks.request(name, { signal: waiting.signal }, begin);
  } catch (error) {
    if (done) throw error;
    return begin();
  }
}

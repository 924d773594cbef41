/** Waiting that ends at once when it is told to. */

/** Waits for it, unless the signal is aborted first. @throws the signal's reason then. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => {}); // nobody may be waiting for it any more
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_done, failed) => {
    stop = () => failed(signal.reason as Error);
  });
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

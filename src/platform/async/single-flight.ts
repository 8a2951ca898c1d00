/** While `work` is running, further calls share its promise instead of starting it again. */
export function singleFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  };
}

/** As `singleFlight`, separately for each key. */
export function singleFlightByKey<Key extends string, T>(
  work: (key: Key) => Promise<T>,
): (key: Key) => Promise<T> {
  const running = new Map<Key, Promise<T>>();
  return (key) => {
    const result = running.get(key) ?? work(key).finally(() => running.delete(key));
    running.set(key, result);
    return result;
  };
}

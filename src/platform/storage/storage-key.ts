const keyPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
const keyLengthMax = 300;

/**
 * Whether this text can be a key. Every segment starts with a letter or a digit, so that none is
 * ".", ".." or a hidden file, and nothing in a key needs escaping in a path or a URL.
 */
export function isStorageKey(text: string): boolean {
  return text.length <= keyLengthMax && keyPattern.test(text);
}

/** Keys are our own work, so a bad one is a bug. */
export function assertStorageKey(key: string): void {
  if (!isStorageKey(key)) throw new Error(`not a storage key: ${JSON.stringify(key.slice(0, 80))}`);
}

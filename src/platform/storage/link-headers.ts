/** RFC 6266: a plain name for old clients, and the exact one in the form of RFC 8187 when they differ. */
export function saveAs(fileName: string): string {
  const plain = fileName.replace(/[^\w .()-]/g, "_");
  if (plain === fileName) return `attachment; filename="${plain}"`;
  const exact = encodeURIComponent(fileName.toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}

/** What was paid for is kept nowhere on the way. */
export const neverCached = "private, no-store";

/**
 * Browsers may store the file but must ask before each use whether it is still there: a deleted video is
 * not played from a cache. The answer to that question has no body (304).
 */
export const revalidated = "private, max-age=0, must-revalidate";

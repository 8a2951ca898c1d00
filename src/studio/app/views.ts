import type { Client } from "urql";
import { ViewWorksDocument } from "../../generated/operations";
import { fetchOptions } from "./client";
import { session } from "./session";

/** Views are sent together: this long after the first one, or when the page is left. */
const waitMs = 3_000;

const collected = new Set<string>();
let send: (() => void) | null = null;

/** Notes that the viewer has watched a work. Views that are lost on the way are not sent again. */
export function collectView(client: Client, workId: string): void {
  collected.add(workId);
  send ??= sendLater(client);
  if (document.visibilityState === "hidden") send();
}

/** Returns a function that sends the collected views, and calls it after `waitMs`. */
function sendLater(client: Client): () => void {
  const { userId } = session;
  const sendNow = () => {
    clearTimeout(timer);
    send = null;
    const input = { workIds: [...collected] };
    collected.clear();
    // Another user may have logged in since.
    if (session.userId !== userId) return;
    // The browser finishes the request when the page is gone.
    const options = { fetchOptions: { ...fetchOptions(), keepalive: true } };
    client.mutation(ViewWorksDocument, { input }, options).toPromise();
  };
  const timer = setTimeout(sendNow, waitMs);
  return sendNow;
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") send?.();
});

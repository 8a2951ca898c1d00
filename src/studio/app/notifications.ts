const storageKey = "skyriff.notifications";

/** Whether to offer notifications: the browser has them, and the user has not decided yet. */
export function canOfferNotifications(): boolean {
  return (
    "Notification" in window &&
    Notification.permission === "default" &&
    localStorage.getItem(storageKey) === null
  );
}

/** Answers the offer, which is made once. A yes leads to the browser's own question. */
export async function decideNotifications(wanted: boolean): Promise<void> {
  localStorage.setItem(storageKey, wanted ? "wanted" : "unwanted");
  if (wanted) await Notification.requestPermission();
}

interface News {
  /** A later one of the same task replaces it. */
  id: string;
  text: string;
}

/** Shows a notification if the page is not seen. Pressing it leads back to the page. */
export function notify({ id, text }: News): void {
  if (!("Notification" in window) || Notification.permission !== "granted" || !document.hidden) return;
  try {
    const notification = new Notification("SkyRiff", { body: text, tag: id });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
  } catch {
    // Browsers on phones show notifications of service workers alone.
  }
}

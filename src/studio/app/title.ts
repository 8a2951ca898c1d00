import { useEffect, useState } from "react";
import { useRunningTasks } from "./viewer";

/** `62 % · SkyRiff` while a video is being made, of several the one that is furthest. Else what the page is about. */
export function useTitle(): void {
  const all = useRunningTasks().map(({ progress }) => progress);
  const heading = useHeading();
  const about = all.length > 0 ? `${Math.max(...all)} %` : heading;
  useEffect(() => {
    document.title = about ? `${about} · SkyRiff` : "SkyRiff";
  }, [about]);
}

/** The text of the page's heading, which changes when its data arrives. */
function useHeading(): string {
  const [heading, setHeading] = useState("");
  useEffect(() => {
    const page = document.getElementById("content") as HTMLElement;
    const read = () => setHeading(page.querySelector("h1")?.textContent ?? "");
    read();
    const observer = new MutationObserver(read);
    observer.observe(page, { childList: true, subtree: true, characterData: true });
    return () => observer.disconnect();
  }, []);
  return heading;
}

import Lock from "lucide-react/icons/lock";
import LockOpen from "lucide-react/icons/lock-open";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { useLogIn } from "../../app/log-in";
import { useUserId } from "../../app/viewer";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import pay from "./Pay.module.css";
import styles from "./Prompt.module.css";
import type { ShownWork } from "./shown-work";

const Unlock = lazy(() => import("./Unlock"));

/** The prompt, or bars as long as it is, with the price of reading it. A locked prompt is never in the page. */
export function Prompt({ work }: { work: ShownWork }) {
  const t = useTranslations("work");
  const { prompt } = work;
  const isLocked = prompt.state === "LOCKED";
  const text = useFocusOnceUnlocked(isLocked);
  return (
    <Panel>
      <div className={styles.head}>
        <h2>
          {isLocked ? <Lock size={16} aria-hidden="true" /> : <LockOpen size={16} aria-hidden="true" />}
          {t("prompt")}
        </h2>
        <span>{t("characters", { count: prompt.length })}</span>
      </div>
      {isLocked ? (
        <>
          <Bars length={prompt.length} />
          <UnlockFor work={work} />
        </>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        <p ref={text} className={styles.text} tabIndex={0}>
          {prompt.text || t("noWords")}
        </p>
      )}
    </Panel>
  );
}

function UnlockFor({ work }: { work: ShownWork }) {
  const t = useTranslations("work");
  const logIn = useLogIn();
  const isVisitor = useUserId() === null;
  const price = work.prompt.priceCredits;
  const [isWanted, setWanted] = useState(false);
  if (isVisitor)
    return (
      <Button wide onClick={logIn}>
        {t("logInToUnlock", { price })}
      </Button>
    );
  return (
    <Suspense
      fallback={
        // It may be pressed before its popover has been loaded.
        <>
          <Button wide onClick={() => setWanted(true)}>
            {t("unlockFor", { price })}
          </Button>
          <p className={pay.center} />
        </>
      }
    >
      <Unlock work={work} isOpenAtFirst={isWanted} />
    </Suspense>
  );
}

/** The button that had the focus is gone then. */
function useFocusOnceUnlocked(isLocked: boolean) {
  const text = useRef<HTMLParagraphElement>(null);
  const wasLocked = useRef(isLocked);
  useEffect(() => {
    if (wasLocked.current && !isLocked) text.current?.focus();
    wasLocked.current = isLocked;
  }, [isLocked]);
  return text;
}

const widths = [14, 8, 13, 5, 12, 15, 7, 12, 14, 6, 13, 9];
const barsMax = 24;

/** One bar for each word or so. */
function Bars({ length }: { length: number }) {
  const bars: number[] = [];
  let rest = length;
  while (rest > 0 && bars.length < barsMax) {
    const width = Math.min(rest, widths[bars.length % widths.length] ?? 10);
    bars.push(width);
    rest -= width;
  }
  return (
    <div className={styles.bars} aria-hidden="true">
      {bars.map((width, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars never change places
        <span key={index} style={{ width: `${width * 0.42}em` }} />
      ))}
    </div>
  );
}

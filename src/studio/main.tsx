import { RouterProvider } from "@tanstack/react-router";
import { type ReactNode, useEffect, useMemo } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "urql";
import { type IntlError, IntlErrorCode, IntlProvider } from "use-intl";
import { createClient } from "./app/client";
import { show, useLanguage, useWords } from "./app/language";
import { forgetLists } from "./app/pages";
import { useUserId } from "./app/viewer";
import { language, type Words as Messages } from "./app/words";
import { router } from "./routes";

const formats = {
  dateTime: {
    short: { hour: "numeric", minute: "2-digit" },
    day: { year: "numeric", month: "long", day: "numeric" },
    moment: { month: "long", day: "numeric", hour: "numeric", minute: "2-digit" },
  },
} as const;

/** Dates are in the browser's time zone, which need not be named: asking for its name takes long. */
function report(error: IntlError): void {
  if (error.code !== IntlErrorCode.ENVIRONMENT_FALLBACK) console.error(error);
}

function Words({ children }: { children: ReactNode }) {
  const chosen = useLanguage();
  return (
    <IntlProvider
      locale={chosen === "zh" ? "zh-CN" : "en"}
      messages={useWords()}
      formats={formats}
      onError={report}
    >
      {children}
    </IntlProvider>
  );
}

/** Another login gets another cache. */
function Api({ children }: { children: ReactNode }) {
  const userId = useUserId();
  // biome-ignore lint/correctness/useExhaustiveDependencies: one for each user
  const { client, close } = useMemo(() => {
    forgetLists();
    return createClient();
  }, [userId]);
  useEffect(() => close, [close]);
  return (
    <Provider key={userId} value={client}>
      {children}
    </Provider>
  );
}

/** Called by boot.ts, with the words of the page's language. */
export function start(words: Messages): void {
  show(language(), words);
  createRoot(document.getElementById("studio") as HTMLElement).render(
    <Words>
      <Api>
        <RouterProvider router={router} />
      </Api>
    </Words>,
  );
}

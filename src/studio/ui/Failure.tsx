import { Link, useRouterState } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { useErrorText } from "../app/errors";
import { refusalOf } from "../app/refusal";
import { type Way, wayOf } from "../app/ways";
import { Button, buttonClass } from "./Button";
import { Notice } from "./Notice";

interface Props {
  error: unknown;
  /** Sends the same call again. Without it, the page can be loaded again. */
  onRetry?: () => void;
  /** A way on that this place knows better. */
  action?: ReactNode;
}

/** A refusal in a sentence, with one way on. */
export function Failure({ error, onRetry, action }: Props) {
  const errorText = useErrorText();
  const way = wayOf(refusalOf(error));
  return <Notice action={action ?? <WayOn way={way} onRetry={onRetry} />}>{errorText(error)}</Notice>;
}

function WayOn({ way, onRetry }: { way: Way; onRetry: Props["onRetry"] }) {
  const t = useTranslations("app");
  const here = useRouterState({ select: ({ location }) => location.href });
  const small = buttonClass({ small: true });
  switch (way === "again" && !onRetry ? "reload" : way) {
    case "again":
      return (
        <Button small onClick={() => onRetry?.()}>
          {t("tryAgain")}
        </Button>
      );
    case "login":
      return (
        <Link to="/login" search={{ to: here }} className={small}>
          {t("logIn")}
        </Link>
      );
    case "wallet":
      return (
        <Link to="/wallet" className={small}>
          {t("toWallet")}
        </Link>
      );
    case "running":
      return (
        <Link to="/create" search={{}} hash="tasks" className={small}>
          {t("toTasks")}
        </Link>
      );
    case "start":
      return (
        <Link to="/" className={small}>
          {t("toStart")}
        </Link>
      );
    case "reload":
      return (
        <Button small onClick={() => location.reload()}>
          {t("reload")}
        </Button>
      );
    case "here":
      return null;
  }
}

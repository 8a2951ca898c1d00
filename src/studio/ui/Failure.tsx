import { Link, useRouterState } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { CombinedError } from "urql";
import { useTranslations } from "use-intl";
import { type Refusal, refusalOf, useErrorText } from "../app/errors";
import { Button, buttonClass } from "./Button";
import { Notice } from "./Notice";

type Way = "again" | "login" | "wallet" | "running" | "start" | "reload";

/** The way on after a refusal. Codes that are not here are about what the user entered or sees beside the sentence. */
const ways: Partial<Record<Refusal["code"], Way>> = {
  NETWORK: "again",
  INTERNAL_SERVER_ERROR: "again",
  RATE_LIMITED: "again",
  VENDOR_UNAVAILABLE: "again",
  IDEMPOTENCY_KEY_REUSED: "wallet",
  INSUFFICIENT_CREDITS: "wallet",
  UNAUTHENTICATED: "login",
  NOT_FOUND: "start",
  FORBIDDEN: "start",
  QUOTA_EXCEEDED: "running",
  GRAPHQL_PARSE_FAILED: "reload",
  GRAPHQL_VALIDATION_FAILED: "reload",
  PERSISTED_QUERY_NOT_FOUND: "reload",
  BAD_REQUEST: "reload",
  QUERY_TOO_COMPLEX: "reload",
};

interface Props {
  error: CombinedError;
  /** Sends the same call again. */
  onRetry?: () => void;
  /** A way on that this place knows better. */
  action?: ReactNode;
}

/** A refusal in a sentence, with one way on. */
export function Failure({ error, onRetry, action }: Props) {
  const errorText = useErrorText();
  return <Notice action={action ?? <WayOn error={error} onRetry={onRetry} />}>{errorText(error)}</Notice>;
}

function WayOn({ error, onRetry }: Omit<Props, "action">) {
  const t = useTranslations("app");
  const here = useRouterState({ select: ({ location }) => location.href });
  const { code, operation } = refusalOf(error);
  const small = buttonClass({ small: true });
  switch (ways[code]) {
    case "again":
      return onRetry ? (
        <Button small onClick={() => onRetry()}>
          {t("tryAgain")}
        </Button>
      ) : null;
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
      return operation === "createTasks" || operation === "remixWork" || operation === "retryTask" ? (
        <Link to="/create" search={{}} hash="tasks" className={small}>
          {t("toTasks")}
        </Link>
      ) : null;
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
    default:
      return null;
  }
}

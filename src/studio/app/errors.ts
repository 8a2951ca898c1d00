import { type CombinedError, useClient } from "urql";
import { useTranslations } from "use-intl";
import { PricesDocument } from "../../generated/operations";
import type en from "../words/en.json";
import { PostError } from "./post";

/** The codes that have words. A test compares them with the schema's ErrorCode. */
type ErrorCode = keyof typeof en.error;

export interface Refusal {
  code: ErrorCode;
  reason: string | undefined;
  field: string | undefined;
  /** The field of the query or mutation that refused: tipWork. */
  operation: string | undefined;
  extensions: Record<string, unknown>;
}

/** The first error of an answer, as programs see it. */
export function refusalOf(error: CombinedError): Refusal {
  const extensions = (error.graphQLErrors[0]?.extensions ?? {}) as Record<string, unknown>;
  const code = error.graphQLErrors.length > 0 ? extensions.code : "NETWORK";
  return {
    code: (code ?? "INTERNAL_SERVER_ERROR") as Refusal["code"],
    reason: extensions.reason as string | undefined,
    field: extensions.field as string | undefined,
    operation: error.graphQLErrors[0]?.path?.[0]?.toString(),
    extensions,
  };
}

/** Conflicts differ by their reason. */
const conflicts = [
  "PRICE_CHANGED",
  "TOO_LATE_TO_CANCEL",
  "TASK_BEING_SUBMITTED",
  "NOTHING_TO_RETRY",
  "ALREADY_PUBLISHED",
  "NOT_REMIXABLE",
  "WORK_REMOVED",
  "WALLET_FULL",
] as const;

/** Fields that have a sentence of their own. */
const fields = ["prompt", "nickname", "title", "phone", "name", "credits", "file", "workId"] as const;

/** Quotas differ by what they limit. The others are about tasks. */
const quotas: Record<string, "tips" | "works" | "reports" | "follows" | "blocks"> = {
  tipWork: "tips",
  publishWork: "works",
  report: "reports",
  followUser: "follows",
  blockUser: "blocks",
};

const includes = <T extends string>(list: readonly T[], value: string | undefined): value is T =>
  (list as readonly (string | undefined)[]).includes(value);

/** A sentence for people about an error of a client's answer. Every code has one: `words/*.json`, `error`. */
export function useErrorText(): (error: CombinedError) => string {
  const textOf = useRefusalText();
  return (error) => textOf(refusalOf(error));
}

/** The same for what `postGraphql` throws. */
export function useErrorSentence(): (error: unknown) => string {
  const textOf = useRefusalText();
  return (error) => {
    const { code = "NETWORK", extensions = {} } = error instanceof PostError ? error : {};
    const { reason, field } = extensions as { reason?: string; field?: string };
    return textOf({ code: code as ErrorCode, reason, field, operation: undefined, extensions });
  };
}

function useRefusalText(): (refusal: Refusal) => string {
  const t = useTranslations("error");
  const client = useClient();
  return ({ code, reason, field, operation, extensions }) => {
    const values = numbersOf(extensions);
    if (code === "CONFLICT") {
      if (!includes(conflicts, reason)) return t("CONFLICT.OTHER");
      // A remix of a source that is not remixable any more, and so on.
      return t(`CONFLICT.${reason}`, values);
    }
    if (code === "BAD_USER_INPUT") {
      const name = field?.split(".").at(-1);
      return includes(fields, name) ? t(`BAD_USER_INPUT.${name}`) : t("BAD_USER_INPUT.other");
    }
    if (code === "QUOTA_EXCEEDED") {
      if (extensions.limit === undefined) return t("QUOTA_EXCEEDED.newAccount", values);
      const quota = quotas[operation ?? ""];
      if (quota) return t(`QUOTA_EXCEEDED.${quota}`, values);
      const { data } = client.readQuery(PricesDocument, {}, { requestPolicy: "cache-only" }) ?? {};
      const isUnfinished = values.limit === data?.pricing.maxConcurrentTasks;
      return t(isUnfinished ? "QUOTA_EXCEEDED.now" : "QUOTA_EXCEEDED.day", values);
    }
    return t.has(code) ? t(code, values) : t("INTERNAL_SERVER_ERROR", values);
  };
}

/** The values that sentences may name, from the fields of the error. */
function numbersOf(extensions: Record<string, unknown>) {
  const number = (name: string) => Number(extensions[name] ?? 0);
  return {
    required: number("required"),
    available: number("available"),
    cost: number("costCredits"),
    max: number("maxCostCredits"),
    limit: number("limit"),
    seconds: Math.max(1, Math.ceil(number("retryAfterMs") / 1000)),
    megabytes: Math.floor(number("limitBytes") / 2 ** 20),
    id: String(extensions.errorId ?? ""),
    reset: extensions.resetAt ? new Date(String(extensions.resetAt)) : new Date(),
  };
}

import { useClient } from "urql";
import { useTranslations } from "use-intl";
import { PricesDocument } from "../../generated/operations";
import { refusalOf } from "./refusal";
import { textLimits } from "./text-limits";

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
const fields = [
  ...["prompt", "nickname", "bio", "title", "description", "note", "phone", "name", "credits", "file"],
  "workId",
] as const;

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

/** A sentence for people about an error. Every code has one: `words/*.json`, `error`. */
export function useErrorText(): (error: unknown) => string {
  const t = useTranslations("error");
  const client = useClient();
  return (error) => {
    const { code, reason, field, operation, extensions } = refusalOf(error);
    const values = numbersOf(extensions);
    if (code === "CONFLICT") {
      if (!includes(conflicts, reason)) return t("CONFLICT.OTHER");
      // A remix of a source that is not remixable any more, and so on.
      return t(`CONFLICT.${reason}`, values);
    }
    if (code === "BAD_USER_INPUT") {
      const name = field?.split(".").at(-1);
      return includes(fields, name)
        ? t(`BAD_USER_INPUT.${name}`, { max: lengthMaxOf(name) })
        : t("BAD_USER_INPUT.other");
    }
    if (code === "QUOTA_EXCEEDED") {
      if (extensions.limit === undefined) return t("QUOTA_EXCEEDED.newAccount", values);
      const quota = quotas[operation ?? ""];
      if (quota) return t(`QUOTA_EXCEEDED.${quota}`, values);
      const { data } = client.readQuery(PricesDocument, {}, { requestPolicy: "cache-only" }) ?? {};
      const isUnfinished = values.limit === data?.pricing.maxConcurrentTasks;
      return t(isUnfinished ? "QUOTA_EXCEEDED.now" : "QUOTA_EXCEEDED.day", values);
    }
    if (code === "VENDOR_UNAVAILABLE")
      return t(operation === "requestLoginCode" ? "VENDOR_UNAVAILABLE.message" : "VENDOR_UNAVAILABLE.model");
    if (code === "INTERNAL_SERVER_ERROR")
      return t(reason === "REFUNDED" ? "INTERNAL_SERVER_ERROR.refunded" : "INTERNAL_SERVER_ERROR.other");
    return t.has(code) ? t(code, values) : t("INTERNAL_SERVER_ERROR.other");
  };
}

function lengthMaxOf(field: string): number {
  return (textLimits as Record<string, number>)[field] ?? 0;
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

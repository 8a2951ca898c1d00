import { Link, type LinkProps } from "@tanstack/react-router";
import Coins from "lucide-react/icons/coins";
import { useFormatter, useNow, useTranslations } from "use-intl";
import type { StudioStatementQuery } from "../../../generated/operations";
import { fileUrl } from "../../app/root";
import { useTaskName } from "../../app/task-name";
import styles from "./Entry.module.css";

type StatementEntry = StudioStatementQuery["wallet"]["entries"]["nodes"][number];

interface Subject {
  name: string | null;
  still: string | null;
  to: LinkProps | null;
}

/** One change of the balance, with a still of what it was for and a link to it. */
export function Entry({ entry }: { entry: StatementEntry }) {
  const t = useTranslations("entry");
  const format = useFormatter();
  const now = useNow();
  const { name, still, to } = subjectOf(entry.subject, useTaskName());
  const author = entry.subject?.__typename === "Work" ? entry.subject.author.nickname : null;
  const isIn = !entry.amount.startsWith("-");
  const typeOf = () => {
    if (entry.type === "TIP_SPEND" && author !== null) return t("tipFor", { name: author });
    return t.has(entry.type) ? t(entry.type) : entry.description;
  };
  const text = (
    <>
      <span className={styles.type}>{typeOf()}</span>
      <span className={styles.about}>
        {[name, format.relativeTime(new Date(entry.createdAt), now)].filter(Boolean).join(" · ")}
      </span>
    </>
  );
  return (
    <li className={styles.entry}>
      {still ? (
        <img src={fileUrl(still)} alt="" width="56" height="40" loading="lazy" />
      ) : (
        <span className={styles.sign}>
          <Coins size={18} aria-hidden="true" />
        </span>
      )}
      {to ? (
        <Link {...to} className={styles.text}>
          {text}
        </Link>
      ) : (
        <span className={styles.text}>{text}</span>
      )}
      <strong className={styles.amount} data-in={isIn || undefined}>
        {isIn ? `+${entry.amount}` : entry.amount.replace("-", "−")}
      </strong>
      <span className={styles.after} title={t("after")}>
        {entry.balanceAfter}
      </span>
    </li>
  );
}

function subjectOf(subject: StatementEntry["subject"], taskName: ReturnType<typeof useTaskName>): Subject {
  switch (subject?.__typename) {
    case "Task": {
      const { video } = subject;
      const to: LinkProps = video ? { to: "/videos/$id", params: { id: video.id } } : { to: "/create" };
      return { name: taskName(subject), still: video?.small ?? null, to };
    }
    case "Video": {
      const isGone = subject.deletedAt !== null;
      const to: LinkProps | null = isGone ? null : { to: "/videos/$id", params: { id: subject.id } };
      return { name: taskName(subject.task), still: isGone ? null : subject.small, to };
    }
    case "Work":
      return {
        name: subject.title,
        still: subject.small,
        to: { to: "/works/$id", params: { id: subject.id } },
      };
    default:
      return { name: null, still: null, to: null };
  }
}

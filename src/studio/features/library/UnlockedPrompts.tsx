import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import {
  StudioUnlockedPromptsDocument,
  type StudioUnlockedPromptsQuery,
} from "../../../generated/operations";
import { copy } from "../../app/copy";
import { usePages } from "../../app/pages";
import { fileUrl } from "../../app/root";
import { Button, buttonClass } from "../../ui/Button";
import { CopyField } from "../../ui/CopyField";
import { Empty } from "../../ui/Empty";
import { ListFailure } from "../../ui/ListFailure";
import { LoadMore } from "../../ui/LoadMore";
import { Panel } from "../../ui/Panel";
import { Skeleton } from "../../ui/Skeleton";
import styles from "./UnlockedPrompts.module.css";

type Unlocked = StudioUnlockedPromptsQuery["unlockedPrompts"]["edges"][number]["node"];

const pageSize = 20;

/** Prompts that the viewer has paid for. They stay readable, whatever becomes of their works. */
export function UnlockedPrompts() {
  const t = useTranslations("library");
  const app = useTranslations("app");
  const pages = usePages("unlocked", {
    query: StudioUnlockedPromptsDocument,
    variables: { first: pageSize },
    // They have no id, so their place in the list stands for one.
    connection: ({ unlockedPrompts: { edges, pageInfo } }) => ({
      nodes: edges.map(({ cursor, node }) => ({ id: cursor, ...node })),
      pageInfo,
    }),
  });
  if (pages.error && pages.items.length === 0) return <ListFailure pages={pages} />;
  if (pages.isLoading) return <Skeleton style={{ height: 360 }} />;
  if (pages.items.length === 0)
    return (
      <Empty
        action={
          <Link to="/" className={buttonClass({})}>
            {app("discover")}
          </Link>
        }
      >
        {t("promptsEmpty")}
      </Empty>
    );
  return (
    <>
      <ul className={styles.prompts}>
        {pages.items.map((unlocked) => (
          <Prompt key={unlocked.id} unlocked={unlocked} />
        ))}
      </ul>
      <LoadMore pages={pages} />
    </>
  );
}

function Prompt({
  unlocked: { work, workTitle, author, text, costCredits, createdAt },
}: {
  unlocked: Unlocked;
}) {
  const t = useTranslations("library");
  const format = useFormatter();
  const [isTextShown, setTextShown] = useState(false);
  const about = [
    author ? t("byAuthor", { name: author.nickname }) : null,
    t("paid", { credits: costCredits }),
    format.dateTime(new Date(createdAt), "day"),
  ];
  return (
    <Panel as="li">
      <div className={styles.head}>
        {work ? <img src={fileUrl(work.small)} alt="" width="56" height="40" loading="lazy" /> : null}
        <div className={styles.names}>
          {work ? (
            <Link to="/works/$id" params={{ id: work.id }} className={styles.title}>
              {workTitle}
            </Link>
          ) : (
            <p className={styles.title}>{workTitle}</p>
          )}
          <p className={styles.about}>{about.filter(Boolean).join(" · ")}</p>
        </div>
        <CopyButton text={text} onNotCopied={() => setTextShown(true)} />
      </div>
      {isTextShown ? <CopyField label={t("copyYourself")} text={text} /> : null}
      <p className={styles.text}>{text}</p>
    </Panel>
  );
}

function CopyButton({ text, onNotCopied }: { text: string; onNotCopied: () => void }) {
  const t = useTranslations("library");
  const [isCopied, setCopied] = useState(false);
  const press = async () => {
    if (await copy(text)) setCopied(true);
    else onNotCopied();
  };
  return (
    <>
      <Button small onClick={press}>
        {t(isCopied ? "copied" : "copy")}
      </Button>
      <span role="status" className="visually-hidden">
        {isCopied ? t("copied") : null}
      </span>
    </>
  );
}

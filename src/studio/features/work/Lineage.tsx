import { Link } from "@tanstack/react-router";
import { useFormatter, useTranslations } from "use-intl";
import { fileUrl } from "../../app/root";
import styles from "./Lineage.module.css";
import type { ShownWork } from "./shown-work";

type Level = ShownWork["lineage"][number];

/** The works that this one was made from, back to the original, and their parts of the fee. */
export function Lineage({ work }: { work: ShownWork }) {
  const t = useTranslations("work");
  const { lineage, remixable, remixFeeCredits } = work;
  if (lineage.length === 0) return null;
  const last = lineage.at(-1) as Level;
  const between = last.level - lineage.length;
  return (
    <section>
      <h2 className={styles.heading}>{t("madeFrom")}</h2>
      <ol className={styles.levels}>
        {lineage.map((level) => (
          <li key={level.level}>
            {level === last && between > 0 ? (
              <p className={styles.between}>{t("between", { count: between })}</p>
            ) : null}
            <Source level={level} isOriginal={level === last} isPaid={remixable && remixFeeCredits > 0} />
          </li>
        ))}
      </ol>
    </section>
  );
}

interface SourceProps {
  level: Level;
  isOriginal: boolean;
  isPaid: boolean;
}

function Source({ level, isOriginal, isPaid }: SourceProps) {
  const t = useTranslations("work");
  const format = useFormatter();
  const { work, title, author, shareBasisPoints } = level;
  const about = [
    isOriginal ? t("original") : null,
    author ? t("byAuthor", { name: author.nickname }) : null,
    isPaid && shareBasisPoints > 0
      ? t("feeShare", {
          share: format.number(shareBasisPoints / 10_000, { style: "percent", maximumFractionDigits: 2 }),
        })
      : null,
    work ? null : t("sourceGone"),
  ];
  const text = (
    <span className={styles.text}>
      <span className={styles.title}>{title}</span>
      <span className={styles.about}>{about.filter(Boolean).join(" · ")}</span>
    </span>
  );
  if (!work)
    return (
      <span className={styles.source}>
        <span className={styles.gone} />
        {text}
      </span>
    );
  return (
    <Link to="/works/$id" params={{ id: work.id }} className={styles.source}>
      <img src={fileUrl(work.thumbnailUrl)} alt="" width="64" height="40" loading="lazy" />
      {text}
    </Link>
  );
}

import { Link } from "@tanstack/react-router";
import X from "lucide-react/icons/x";
import { useTranslations } from "use-intl";
import { fileUrl } from "../../app/root";
import { buttonClass } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { Notice } from "../../ui/Notice";
import { Skeleton } from "../../ui/Skeleton";
import styles from "./RemixOf.module.css";
import type { RemixSource } from "./remix-source";

const stillHeight = 56;
const stillWidthMax = 100;

/** The work that a remix is made from: its still, never its prompt. Or why it cannot be remixed. */
export function RemixOf({ remix: { state, source, error, reload } }: { remix: RemixSource }) {
  const t = useTranslations("create");
  if (state === "none") return null;
  if (state === "loading") return <Skeleton style={{ height: 84, marginBottom: 12 }} />;
  const withoutIt = (
    <Link to="/create" search={{}} className={buttonClass({ small: true })}>
      {t("withoutSource")}
    </Link>
  );
  if (state === "failed" && error) return <Failure error={error} onRetry={reload} />;
  if (!source) return <Notice action={withoutIt}>{t("sourceGone")}</Notice>;
  if (state === "closed") return <Notice action={withoutIt}>{t("sourceClosed")}</Notice>;
  const width = Math.min(stillWidthMax, (source.width / source.height) * stillHeight);
  return (
    <div className={styles.source}>
      <img
        src={fileUrl(source.small)}
        alt=""
        width={width}
        height={stillHeight}
        style={{ width, height: stillHeight }}
      />
      <p className={styles.text}>
        <span className={styles.kind}>{t("remixOf")}</span>
        <Link to="/works/$id" params={{ id: source.id }} className={styles.title}>
          {source.title}
        </Link>
        <span className={styles.author}>{source.author.nickname}</span>
      </p>
      <Link to="/create" search={{}} className={styles.remove} aria-label={t("removeSource")}>
        <X size={18} aria-hidden="true" />
      </Link>
    </div>
  );
}

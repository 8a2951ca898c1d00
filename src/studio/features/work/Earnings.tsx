import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { WorkEarningsDocument } from "../../../generated/operations";
import { useViewer } from "../../app/viewer";
import { buttonClass } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { Skeleton } from "../../ui/Skeleton";
import styles from "./Pay.module.css";
import type { ShownWork } from "./shown-work";

const kinds = ["tips", "promptUnlocks", "remixes"] as const;

/** For the author: what the work has earned. Asked for again whenever the wallet has changed. */
export function Earnings({ work }: { work: ShownWork }) {
  const t = useTranslations("work");
  const revision = useViewer()?.wallet.revision;
  const [{ data }] = useQuery({
    query: WorkEarningsDocument,
    variables: { id: work.id },
    requestPolicy: "cache-and-network",
    // Another context asks again.
    context: useMemo(() => ({ revision }), [revision]),
    pause: revision === undefined,
  });
  const earnings = data?.work?.earnings;
  if (!data) return <Skeleton style={{ height: 170 }} />;
  if (!earnings) return null;
  return (
    <Panel>
      <h2>{t("earnings")}</h2>
      <dl className={styles.earnings}>
        {kinds.map((kind) => (
          <div key={kind}>
            <dt>{t(`earned.${kind}`)}</dt>
            <dd>{earnings[kind]}</dd>
          </div>
        ))}
      </dl>
      <Link to="/wallet/income" className={buttonClass({})}>
        {t("toIncome")}
      </Link>
    </Panel>
  );
}

import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { CreatorRankingDocument, type RankingPeriod } from "../../../generated/operations";
import { Avatar } from "../../ui/Avatar";
import { Empty } from "../../ui/Empty";
import { Failure } from "../../ui/Failure";
import { Segmented } from "../../ui/Segmented";
import { Skeleton } from "../../ui/Skeleton";
import styles from "./Creators.module.css";

const rankingSize = 30;
const periods = ["ALL", "MONTH", "WEEK", "DAY"] as const satisfies RankingPeriod[];

/** The creators who were tipped most. */
export default function Creators() {
  const t = useTranslations("feed");
  const [period, setPeriod] = useState<RankingPeriod>("ALL");
  const [{ data, error }, reload] = useQuery({
    query: CreatorRankingDocument,
    variables: { period, first: rankingSize },
  });
  return (
    <div className={styles.creators}>
      <Segmented
        label={t("period")}
        hideLabel
        value={period}
        onChange={setPeriod}
        options={periods.map((value) => ({ value, label: t(value) }))}
      />
      {error ? <Failure error={error} onRetry={reload} /> : null}
      {data || error ? null : <Skeleton style={{ height: 320 }} />}
      {data?.creatorRanking.length === 0 ? <Empty>{t("creatorsEmpty")}</Empty> : null}
      <ol>
        {data?.creatorRanking.map(({ rank, user, tippedCredits, tipperCount }) => (
          <li key={user.id}>
            <Link to="/users/$id" params={{ id: user.id }} className={styles.creator}>
              <span className={styles.rank}>{rank}</span>
              <Avatar person={user} size={44} />
              <span className={styles.name}>{user.nickname}</span>
              <span className={styles.tips}>
                {t("tipped", { credits: tippedCredits, people: tipperCount })}
              </span>
            </Link>
          </li>
        ))}
      </ol>
    </div>
  );
}

import { useState } from "react";
import { useMutation, useQuery } from "urql";
import { useTranslations } from "use-intl";
import { CreatorPricesDocument, TipWorkDocument } from "../../../generated/operations";
import { creatorCoins } from "../../app/coins";
import { useOffline } from "../../app/connection";
import { idempotencyKeyOf } from "../../app/idempotency";
import { useLogIn } from "../../app/log-in";
import { restartLists } from "../../app/pages";
import { useUserId, useViewer } from "../../app/viewer";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { Panel } from "../../ui/Panel";
import { Skeleton } from "../../ui/Skeleton";
import { Amounts } from "./Amounts";
import styles from "./Pay.module.css";
import type { ShownWork } from "./shown-work";
import { useRefresh } from "./use-refresh";

/** A tip is two acts, the amount and then the button, so there is no further question. No amount is chosen at first. */
export function Tip({ work }: { work: ShownWork }) {
  const t = useTranslations("work");
  const logIn = useLogIn();
  const isVisitor = useUserId() === null;
  const [credits, setCredits] = useState<number | null>(null);
  const [{ fetching, error, data: tipped }, tip] = useMutation(TipWorkDocument);
  const [{ data: prices }] = useQuery({ query: CreatorPricesDocument });
  const refresh = useRefresh(work.id);
  const intention = idempotencyKeyOf(`tip ${work.id}`);
  const isOffline = useOffline();
  const have = useViewer()?.wallet.credits;
  const name = work.author.nickname;
  if (!prices) return <Skeleton style={{ height: 190 }} />;

  const pay = async () => {
    if (credits === null) return;
    const result = await tip({ input: { workId: work.id, credits, idempotencyKey: intention.key() } });
    intention.settle(result.error);
    if (result.data) {
      setCredits(null);
      restartLists("favorites");
    } else if (result.error && !result.error.networkError) refresh();
  };
  const isShort = credits !== null && have !== undefined && have < credits;
  const blocked = isOffline
    ? t("offline")
    : credits === null
      ? t("chooseAmount")
      : isShort
        ? t("tooFew", { price: credits, have })
        : null;
  return (
    <Panel>
      <h2>{t("tipTitle")}</h2>
      <Amounts
        label={t("amount")}
        amounts={prices.pricing.tipCredits}
        value={credits}
        onChange={setCredits}
      />
      {isVisitor ? (
        <Button wide onClick={logIn}>
          {t("logInToTip")}
        </Button>
      ) : (
        <Button wide blocked={blocked} busy={fetching && t("paying")} onClick={pay}>
          {credits === null ? t("chooseAmount") : t("tipNow", { credits })}
        </Button>
      )}
      {error ? <Failure error={error} onRetry={pay} /> : null}
      {isVisitor ? null : (
        <p role="status" className={styles.center}>
          {credits === null ? (
            tipped && (
              <span className={styles.thanks}>
                {t("thanks", { name, coins: tipped.tipWork.creatorCoins })}
              </span>
            )
          ) : isShort ? (
            blocked
          ) : (
            <>
              {t("tipNote", { name, coins: creatorCoins(credits, prices.pricing) })}
              {have === undefined ? null : t("leftAfter", { left: have - credits })}
            </>
          )}
        </p>
      )}
    </Panel>
  );
}

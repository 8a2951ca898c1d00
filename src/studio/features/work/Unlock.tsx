import LockOpen from "lucide-react/icons/lock-open";
import { useState } from "react";
import { useMutation, useQuery } from "urql";
import { useTranslations } from "use-intl";
import { CreatorPricesDocument, UnlockPromptDocument } from "../../../generated/operations";
import { creatorCoins } from "../../app/coins";
import { useOffline } from "../../app/connection";
import { idempotencyKeyOf } from "../../app/idempotency";
import { restartLists } from "../../app/pages";
import { useViewer } from "../../app/viewer";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { Popover } from "../../ui/Popover";
import { PriceList } from "../../ui/Price";
import styles from "./Pay.module.css";
import type { ShownWork } from "./shown-work";
import { useRefresh } from "./use-refresh";

/** Pays for reading the prompt. The price does not come back, so it is asked for beside the button. */
export default function Unlock({ work, isOpenAtFirst }: { work: ShownWork; isOpenAtFirst: boolean }) {
  const t = useTranslations("work");
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const [{ fetching, error }, unlock] = useMutation(UnlockPromptDocument);
  const [{ data }] = useQuery({ query: CreatorPricesDocument });
  const intention = idempotencyKeyOf(`unlock ${work.id}`);
  const refresh = useRefresh(work.id);
  const isOffline = useOffline();
  const have = useViewer()?.wallet.credits;
  const price = work.prompt.priceCredits;

  const pay = async () => {
    const input = { workId: work.id, maxCostCredits: price, idempotencyKey: intention.key() };
    const result = await unlock({ input });
    intention.settle(result.error);
    if (result.data) restartLists("unlocked");
    // The button shows the new price then, or the work is gone.
    else if (result.error && !result.error.networkError) refresh();
  };
  const blocked = isOffline
    ? t("offline")
    : have === undefined
      ? t("loading")
      : have < price
        ? t("tooFew", { price, have })
        : null;
  return (
    <>
      <Popover
        open={isOpen}
        onOpenChange={setOpen}
        title={
          <>
            <LockOpen size={18} aria-hidden="true" />
            {t("unlockTitle")}
          </>
        }
        trigger={<Button wide>{t("unlockFor", { price })}</Button>}
      >
        <p className={styles.note}>{t("unlockText", { title: work.title })}</p>
        {have === undefined ? null : <PriceList price={price} have={have} />}
        {error ? <Failure error={error} onRetry={pay} /> : null}
        <Button look="accent" wide blocked={blocked} busy={fetching && t("paying")} onClick={pay}>
          {t("unlockNow", { price })}
        </Button>
        {blocked ? <p className={styles.note}>{blocked}</p> : null}
      </Popover>
      <p className={styles.center}>
        {data ? t("unlockNote", { coins: creatorCoins(price, data.pricing) }) : null}
      </p>
    </>
  );
}

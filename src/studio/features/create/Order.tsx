import type { RefObject } from "react";
import { useTranslations } from "use-intl";
import type { StudioTaskFragment } from "../../../generated/operations";
import type { Catalog } from "../../app/catalog";
import { useOffline } from "../../app/connection";
import { useKeyHint } from "../../app/keys";
import { useLogIn } from "../../app/log-in";
import { refusalOf } from "../../app/refusal";
import { remixFee } from "../../app/remix-fee";
import { useRemixPayees } from "../../app/remix-payees";
import { useUserId, useViewer } from "../../app/viewer";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { length } from "../../ui/format";
import type { Choice } from "./choose";
import type { Draft } from "./draft";
import styles from "./Order.module.css";
import { usePlaceOrder } from "./place-order";
import type { RemixSource } from "./remix-source";
import { TooFew } from "./TooFew";

interface Props {
  catalog: Catalog;
  choice: Choice;
  draft: Draft;
  words: string;
  wordsMax: number;
  remix: RemixSource;
  isUploading: boolean;
  onCreated: (tasks: StudioTaskFragment[]) => void;
  onPriceChanged: () => void;
  /** Set to what the button does, for the keyboard. */
  submit: RefObject<() => void>;
}

/** The button that orders. The price is in it, so pressing it is the consent to the price. */
export function Order(props: Props) {
  const { catalog, choice, draft, words, remix, isUploading, submit } = props;
  const t = useTranslations("create");
  const logIn = useLogIn();
  const hint = useKeyHint();
  const { place, isBusy, error } = usePlaceOrder(props);
  const viewerId = useUserId();
  const credits = useViewer()?.wallet.credits;
  const { source } = remix;
  const count = source ? 1 : draft.count;
  const fee = source ? remixFee(source, viewerId) : 0;
  const payees = useRemixPayees(source);
  const price = choice.price * count + fee;
  const isShort = credits !== undefined && credits < price;
  const blocked = useBlocked(props, isShort);

  const order = async () => {
    if (viewerId === null) return logIn();
    if (blocked !== null || isBusy) return;
    await place({ choice, draft, words, source, priceOfEach: choice.price + fee });
  };
  submit.current = order;
  const back =
    credits === undefined ? t("backOnFailure", { price }) : t("leftAfter", { left: credits - price, price });
  return (
    <div className={styles.order}>
      <Button
        look="accent"
        wide
        blocked={blocked}
        busy={isBusy && t("ordering")}
        onClick={order}
        {...hint(t("title"), "Ctrl+Enter")}
      >
        {viewerId === null ? t("logInFirst", { price }) : t("make", { price })}
      </Button>
      {isShort ? (
        <TooFew catalog={catalog} choice={choice} credits={credits} count={count} fee={fee} />
      ) : (
        <p className={styles.note}>
          {blocked ?? (fee > 0 ? `${t("parts", { video: choice.price, fee, names: payees })}${back}` : back)}
        </p>
      )}
      {error && !(isShort && refusalOf(error).code === "INSUFFICIENT_CREDITS") ? (
        <Failure error={error} onRetry={order} />
      ) : null}
      {isUploading ? <p className={styles.note}>{t("uploading")}</p> : null}
    </div>
  );
}

/** Why the button cannot be pressed. Null if it can. */
function useBlocked(
  { choice, draft, words, wordsMax, remix, isUploading }: Props,
  isShort: boolean,
): string | null {
  const t = useTranslations("create");
  const isOffline = useOffline();
  const used = length(words);
  if (isOffline) return t("offline");
  if (remix.state === "gone") return t("sourceGone");
  if (remix.state === "closed") return t("sourceClosed");
  if (remix.state === "loading" || remix.state === "failed") return t("sourceLoading");
  // A remix may add no words.
  if (used === 0 && !remix.source) return t("writeFirst");
  if (used > wordsMax) return remix.source ? t("noRoom", { max: wordsMax }) : t("tooLong", { max: wordsMax });
  if (isUploading) return t("uploading");
  if (!choice.offered.available) return t("unavailable");
  if (draft.image && !choice.offered.imageToVideo) return t("noImages");
  return isShort ? t("tooFew") : null;
}

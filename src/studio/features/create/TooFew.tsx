import { useTranslations } from "use-intl";
import type { Catalog } from "../../app/catalog";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { type Choice, cheaper } from "./choose";
import { changeDraft } from "./draft";

interface Props {
  catalog: Catalog;
  choice: Choice;
  credits: number;
  count: number;
  /** Of a remix, besides the price. */
  fee: number;
}

/** The price and the balance, with a choice that the balance is enough for, if there is one. */
export function TooFew({ catalog, choice, credits, count, fee }: Props) {
  const t = useTranslations("create");
  const offer = cheaper(catalog, choice, credits - fee, count);
  const needed = t("needed", { required: choice.price * count + fee, available: credits });
  if (count > 1)
    return (
      <Notice
        calm
        action={
          <Button small onClick={() => changeDraft({ count: 1 })}>
            {t("makeOne")}
          </Button>
        }
      >
        {needed}
      </Notice>
    );
  if (!offer) return <Notice calm>{needed}</Notice>;
  const choosing = () => changeDraft({ durationSec: offer.durationSec, hd: offer.hd });
  return (
    <Notice
      calm
      action={
        <Button small onClick={choosing}>
          {t("choose", { seconds: offer.durationSec })}
        </Button>
      }
    >
      {needed}
    </Notice>
  );
}

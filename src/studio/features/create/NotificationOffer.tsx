import { useState } from "react";
import { useTranslations } from "use-intl";
import { canOfferNotifications, decideNotifications } from "../../app/notifications";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";

/** Offered once, while a video is being made. */
export function NotificationOffer() {
  const t = useTranslations("create");
  const [isOpen, setOpen] = useState(canOfferNotifications);
  if (!isOpen) return null;
  const decide = (wanted: boolean) => {
    setOpen(false);
    void decideNotifications(wanted);
  };
  return (
    <Notice
      calm
      action={
        <>
          <Button small onClick={() => decide(true)}>
            {t("notify")}
          </Button>
          <Button small look="quiet" onClick={() => decide(false)}>
            {t("doNotNotify")}
          </Button>
        </>
      }
    >
      {t("notifyOffer")}
    </Notice>
  );
}

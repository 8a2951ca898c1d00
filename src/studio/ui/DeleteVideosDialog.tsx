import { useState } from "react";
import { type CombinedError, useClient } from "urql";
import { useTranslations } from "use-intl";
import { DeleteVideoDocument } from "../../generated/operations";
import { useErrorText } from "../app/errors";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { DialogFoot } from "./DialogFoot";
import { Notice } from "./Notice";

interface Props {
  videoIds: readonly string[];
  onClose: () => void;
  onDeleted: () => void;
}

/** Says what is lost. The button says what it does, so there is no further question. */
export default function DeleteVideosDialog({ videoIds, onClose, onDeleted }: Props) {
  const t = useTranslations("videos");
  const errorText = useErrorText();
  const client = useClient();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<CombinedError | undefined>();
  const remove = async () => {
    setBusy(true);
    for (const videoId of videoIds) {
      const result = await client.mutation(DeleteVideoDocument, { input: { videoId } }).toPromise();
      if (result.error) {
        setBusy(false);
        return setError(result.error);
      }
    }
    onDeleted();
  };
  return (
    <Dialog
      title={t("deleteTitle", { count: videoIds.length })}
      open
      onOpenChange={(open) => open || onClose()}
    >
      <p>{t("deleteText")}</p>
      {error ? <Notice>{errorText(error)}</Notice> : null}
      <DialogFoot onCancel={onClose}>
        <Button look="danger" busy={isBusy && t("deleting")} onClick={remove}>
          {t("deleteNow", { count: videoIds.length })}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

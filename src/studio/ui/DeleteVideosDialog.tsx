import { useState } from "react";
import { type CombinedError, useClient } from "urql";
import { useTranslations } from "use-intl";
import { DeleteVideoDocument } from "../../generated/operations";
import { refusalOf } from "../app/refusal";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { DialogFoot } from "./DialogFoot";
import { Failure } from "./Failure";

interface Props {
  videoIds: readonly string[];
  onClose: () => void;
  onDeleted: () => void;
}

/** Says what is lost. The button says what it does, so there is no further question. */
export default function DeleteVideosDialog({ videoIds, onClose, onDeleted }: Props) {
  const t = useTranslations("videos");
  const client = useClient();
  /** Those that are still there: another try does not begin with one that is gone. */
  const [left, setLeft] = useState(videoIds);
  const [count] = useState(videoIds.length);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<CombinedError | undefined>();
  const remove = async () => {
    setBusy(true);
    setError(undefined);
    for (const videoId of left) {
      const result = await client.mutation(DeleteVideoDocument, { input: { videoId } }).toPromise();
      // It may have been deleted elsewhere.
      if (result.error && refusalOf(result.error).code !== "NOT_FOUND") {
        setBusy(false);
        return setError(result.error);
      }
      setLeft((ids) => ids.filter((id) => id !== videoId));
    }
    onDeleted();
  };
  return (
    <Dialog title={t("deleteTitle", { count })} open onOpenChange={(open) => open || onClose()}>
      <p>{t("deleteText")}</p>
      {error ? <Failure error={error} onRetry={remove} /> : null}
      <DialogFoot onCancel={onClose}>
        <Button look="danger" busy={isBusy && t("deleting")} onClick={remove}>
          {t("deleteNow", { count: left.length })}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

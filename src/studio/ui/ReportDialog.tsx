import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import { useTranslations } from "use-intl";
import { ReportDocument, type ReportReason } from "../../generated/operations";
import { textLimits } from "../app/text-limits";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { DialogFoot } from "./DialogFoot";
import { Failure } from "./Failure";
import { Field } from "./Field";
import styles from "./MoveVideosDialog.module.css";

const reasons = [
  "SEXUAL",
  "VIOLENT",
  "HATEFUL",
  "MINORS",
  "STOLEN",
  "PRIVACY",
  "SPAM",
  "FRAUD",
  "OTHER",
] as const satisfies ReportReason[];

/** Tells the operators what is wrong with a work or a user. */
export default function ReportDialog({ subjectId, onClose }: { subjectId: string; onClose: () => void }) {
  const t = useTranslations("report");
  const app = useTranslations("app");
  const [{ data, fetching, error }, report] = useMutation(ReportDocument);
  const [reason, setReason] = useState<ReportReason | null>(null);
  const [note, setNote] = useState("");
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    if (reason) void report({ input: { subjectId, reason, note } });
  };
  return (
    <Dialog title={t("title")} open onOpenChange={(open) => open || onClose()}>
      {data ? (
        <>
          <p role="status">{t("received")}</p>
          <DialogFoot onCancel={onClose}>
            <Button onClick={onClose}>{app("close")}</Button>
          </DialogFoot>
        </>
      ) : (
        <form onSubmit={send}>
          <fieldset>
            <legend className="visually-hidden">{t("reason")}</legend>
            {reasons.map((each) => (
              <label key={each} className={styles.choice}>
                <input
                  type="radio"
                  name="reason"
                  required
                  checked={reason === each}
                  onChange={() => setReason(each)}
                />
                {t(each)}
              </label>
            ))}
          </fieldset>
          <Field label={t("note")}>
            {(field) => (
              <textarea
                {...field}
                rows={3}
                maxLength={textLimits.note}
                value={note}
                onChange={({ target }) => setNote(target.value)}
              />
            )}
          </Field>
          {error ? <Failure error={error} onRetry={send} /> : null}
          <DialogFoot onCancel={onClose}>
            <Button type="submit" look="accent" busy={fetching && t("sending")}>
              {t("send")}
            </Button>
          </DialogFoot>
        </form>
      )}
    </Dialog>
  );
}

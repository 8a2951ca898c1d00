import { useMutation } from "urql";
import { useTranslations } from "use-intl";
import { StudioUpdateWorkDocument } from "../../../generated/operations";
import { Dialog } from "../../ui/Dialog";
import { WorkForm, type WorkInput } from "../../ui/WorkForm";
import type { ShownWork } from "./shown-work";

export default function EditDialog({ work, onClose }: { work: ShownWork; onClose: () => void }) {
  const t = useTranslations("publish");
  const [{ fetching, error }, update] = useMutation(StudioUpdateWorkDocument);
  const save = async (input: WorkInput) => {
    const result = await update({ input: { ...input, workId: work.id } });
    if (result.data) onClose();
  };
  const { title, description, remixable, remixFeeCredits } = work;
  const initial = {
    title,
    description,
    remixable,
    remixFeeCredits,
    promptPriceCredits: work.prompt.priceCredits,
  };
  return (
    <Dialog title={t("edit")} open onOpenChange={(open) => open || onClose()}>
      <WorkForm
        initial={initial}
        action={t("save")}
        busy={fetching && t("saving")}
        error={error}
        onSubmit={save}
        onCancel={onClose}
      />
    </Dialog>
  );
}

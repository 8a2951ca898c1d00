import { useNavigate } from "@tanstack/react-router";
import { useMutation } from "urql";
import { useTranslations } from "use-intl";
import { StudioPublishDocument } from "../../../generated/operations";
import { restartLists } from "../../app/pages";
import { useTaskName } from "../../app/task-name";
import { Dialog } from "../../ui/Dialog";
import { publishDefaults } from "../../ui/publish-defaults";
import { WorkForm, type WorkInput } from "../../ui/WorkForm";
import type { OwnVideo } from "./own-video";

const titleMax = 60;

export default function PublishDialog({ video, onClose }: { video: OwnVideo; onClose: () => void }) {
  const t = useTranslations("publish");
  const navigate = useNavigate();
  const taskName = useTaskName();
  const [{ fetching, error }, publish] = useMutation(StudioPublishDocument);
  const submit = async (input: WorkInput) => {
    const result = await publish({ input: { ...input, videoId: video.id } });
    if (!result.data) return;
    restartLists("feed", "works");
    void navigate({ to: "/works/$id", params: { id: result.data.publishWork.work.id } });
  };
  const title = video.work?.title ?? [...taskName(video.task)].slice(0, titleMax).join("");
  return (
    <Dialog title={t("heading")} open onOpenChange={(open) => open || onClose()}>
      <WorkForm
        initial={{ title, description: "", ...publishDefaults }}
        action={t("publish")}
        busy={fetching && t("publishing")}
        error={error}
        onSubmit={submit}
        onCancel={onClose}
      />
    </Dialog>
  );
}

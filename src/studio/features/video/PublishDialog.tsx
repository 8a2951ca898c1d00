import { Link, useNavigate } from "@tanstack/react-router";
import { useClient, useMutation } from "urql";
import { useTranslations } from "use-intl";
import { StudioPublishDocument, StudioVideoPageDocument } from "../../../generated/operations";
import { askAgain } from "../../app/ask-again";
import { restartLists } from "../../app/pages";
import { refusalOf } from "../../app/refusal";
import { useTaskName } from "../../app/task-name";
import { buttonClass } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { publishDefaults } from "../../ui/publish-defaults";
import { WorkForm, type WorkInput } from "../../ui/WorkForm";
import type { OwnVideo } from "./own-video";

const titleMax = 60;
const changedElsewhere = new Set(["CONFLICT", "NOT_FOUND"]);

export default function PublishDialog({ video, onClose }: { video: OwnVideo; onClose: () => void }) {
  const t = useTranslations("publish");
  const videos = useTranslations("video");
  const navigate = useNavigate();
  const client = useClient();
  const taskName = useTaskName();
  const [{ fetching, error }, publish] = useMutation(StudioPublishDocument);
  const submit = async (input: WorkInput) => {
    const result = await publish({ input: { ...input, videoId: video.id } });
    // It may have been published elsewhere, or its work removed: the page shows how things are.
    if (result.error && changedElsewhere.has(refusalOf(result.error).code ?? ""))
      void askAgain(client, StudioVideoPageDocument, { id: video.id });
    if (!result.data) return;
    restartLists("feed", "works");
    void navigate({ to: "/works/$id", params: { id: result.data.publishWork.work.id } });
  };
  const { work } = video;
  const title = [...taskName(video.task)].slice(0, titleMax).join("");
  return (
    <Dialog title={t("heading")} open onOpenChange={(open) => open || onClose()}>
      <WorkForm
        initial={work ? formOf(work) : { title, description: "", ...publishDefaults }}
        action={t("publish")}
        busy={fetching && t("publishing")}
        error={error}
        wayOn={
          work?.status === "PUBLISHED" ? (
            <Link to="/works/$id" params={{ id: work.id }} className={buttonClass({ small: true })}>
              {videos("toWork")}
            </Link>
          ) : undefined
        }
        onSubmit={submit}
        onCancel={onClose}
      />
    </Dialog>
  );
}

/** A video that is published again begins with what its work said and cost. */
function formOf(work: NonNullable<OwnVideo["work"]>): WorkInput {
  const { title, description, remixable, remixFeeCredits, prompt } = work;
  return { title, description, remixable, remixFeeCredits, promptPriceCredits: prompt.priceCredits };
}

import { type FormEvent, useState } from "react";
import { type CombinedError, useClient } from "urql";
import { useTranslations } from "use-intl";
import {
  CreateProjectDocument,
  DeleteProjectDocument,
  type ProjectFieldsFragment,
  UpdateProjectDocument,
} from "../../../generated/operations";
import { restartLists } from "../../app/pages";
import { textLimits } from "../../app/text-limits";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { DialogFoot } from "../../ui/DialogFoot";
import { Failure } from "../../ui/Failure";
import { Field } from "../../ui/Field";

interface Props {
  /** Absent for a new one. */
  project: ProjectFieldsFragment | undefined;
  onClose: () => void;
  onSaved: (id: string) => void;
  onDeleted: () => void;
}

export default function ProjectDialog({ project, onClose, onSaved, onDeleted }: Props) {
  const t = useTranslations("library");
  const app = useTranslations("app");
  const client = useClient();
  const [name, setName] = useState(project?.name ?? "");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<CombinedError | undefined>();
  const [isRemoving, setRemoving] = useState(false);

  const save = async (event?: FormEvent) => {
    event?.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setRemoving(false);
    const result = project
      ? await client.mutation(UpdateProjectDocument, { input: { projectId: project.id, name } }).toPromise()
      : await client.mutation(CreateProjectDocument, { input: { name } }).toPromise();
    setBusy(false);
    setError(result.error);
    if (!result.data) return;
    restartLists("projects");
    onSaved(
      "createProject" in result.data
        ? result.data.createProject.project.id
        : result.data.updateProject.project.id,
    );
  };
  const remove = async () => {
    if (!project || isBusy) return;
    setBusy(true);
    setRemoving(true);
    const result = await client
      .mutation(DeleteProjectDocument, { input: { projectId: project.id } })
      .toPromise();
    setBusy(false);
    setError(result.error);
    if (!result.data) return;
    restartLists("projects", "videos");
    onDeleted();
  };
  return (
    <Dialog title={t(project ? "editProject" : "newProject")} open onOpenChange={(open) => open || onClose()}>
      <form onSubmit={save}>
        <Field label={t("projectName")}>
          {(field) => (
            <input
              {...field}
              required
              maxLength={textLimits.name}
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
        {error ? <Failure error={error} onRetry={isRemoving ? remove : save} /> : null}
        <DialogFoot onCancel={onClose}>
          {project ? (
            <Button
              look="danger"
              busy={isBusy && app("saving")}
              title={t("deleteProjectHint")}
              onClick={remove}
            >
              {t("deleteProject")}
            </Button>
          ) : null}
          <Button type="submit" look="accent" busy={isBusy && app("saving")}>
            {app("save")}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

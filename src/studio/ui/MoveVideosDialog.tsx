import { type FormEvent, useRef, useState } from "react";
import { type CombinedError, useClient, useQuery } from "urql";
import { useTranslations } from "use-intl";
import {
  CreateProjectDocument,
  MoveVideosDocument,
  ProjectsDocument,
  UpdateProjectDocument,
} from "../../generated/operations";
import { restartLists } from "../app/pages";
import { textLimits } from "../app/text-limits";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { DialogFoot } from "./DialogFoot";
import { Failure } from "./Failure";
import { Field } from "./Field";
import styles from "./MoveVideosDialog.module.css";

interface Props {
  videoIds: string[];
  onClose: () => void;
  onMoved: () => void;
}

const none = "none";
const fresh = "new";

/** Moves videos into a project, a new one too, or out of their projects. */
export default function MoveVideosDialog({ videoIds, onClose, onMoved }: Props) {
  const t = useTranslations("videos");
  const client = useClient();
  const [{ data }] = useQuery({ query: ProjectsDocument, variables: { first: 100 } });
  const [target, setTarget] = useState(none);
  const [name, setName] = useState("");
  /** The new project, once it is there: another try does not make a second one. */
  const made = useRef<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<CombinedError | undefined>();

  const move = async (event?: FormEvent) => {
    event?.preventDefault();
    if (isBusy) return;
    setBusy(true);
    let projectId = target === none ? null : target;
    if (target === fresh) {
      const { data, error } = made.current
        ? await client
            .mutation(UpdateProjectDocument, { input: { projectId: made.current, name } })
            .toPromise()
        : await client.mutation(CreateProjectDocument, { input: { name } }).toPromise();
      if (!data) return fail(error);
      projectId = "createProject" in data ? data.createProject.project.id : data.updateProject.project.id;
      made.current = projectId;
    }
    const moved = await client.mutation(MoveVideosDocument, { input: { videoIds, projectId } }).toPromise();
    if (moved.error) return fail(moved.error);
    restartLists("videos", "projects");
    onMoved();
  };
  const fail = (problem: CombinedError | undefined) => {
    setBusy(false);
    setError(problem);
  };
  const choices = [
    { id: none, name: t("noProject") },
    ...(data?.projects.nodes ?? []),
    { id: fresh, name: t("newProject") },
  ];
  return (
    <Dialog
      title={t("moveTitle", { count: videoIds.length })}
      open
      onOpenChange={(open) => open || onClose()}
    >
      <form onSubmit={move}>
        <fieldset>
          <legend className="visually-hidden">{t("project")}</legend>
          {choices.map((choice) => (
            <label key={choice.id} className={styles.choice}>
              <input
                type="radio"
                name="project"
                checked={target === choice.id}
                onChange={() => setTarget(choice.id)}
              />
              {choice.name}
            </label>
          ))}
        </fieldset>
        {target === fresh ? (
          <Field label={t("projectName")}>
            {(field) => (
              <input
                {...field}
                required
                maxLength={textLimits.name}
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
        ) : null}
        {error ? <Failure error={error} onRetry={move} /> : null}
        <DialogFoot onCancel={onClose}>
          <Button type="submit" look="accent" busy={isBusy && t("moving")}>
            {t("moveNow")}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

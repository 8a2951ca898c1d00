import Folder from "lucide-react/icons/folder";
import { useId } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { type AspectRatio, ProjectsDocument } from "../../../generated/operations";
import type { Catalog } from "../../app/catalog";
import { useUserId } from "../../app/viewer";
import { ratioName, ratioValue } from "../../ui/format";
import { Segmented } from "../../ui/Segmented";
import type { Choice } from "./choose";
import type { Draft } from "./draft";
import styles from "./Settings.module.css";

/** A few to choose from, as far as so many may run at once. */
const counts = [1, 2, 3, 4];

interface Props {
  catalog: Catalog;
  choice: Choice;
  draft: Draft;
  change: (change: Partial<Draft>) => void;
  /** Remixes are made one at a time. */
  isSingle: boolean;
}

/** Model, duration, definition, ratio, how many, and the project. All that the catalog offers, and no more. */
export function Settings({ catalog, choice, draft, change, isSingle }: Props) {
  const t = useTranslations("create");
  const { offered } = choice;
  const needsImages = draft.image !== null;
  const models = catalog.models.map(({ id, name, available, imageToVideo }) => ({
    value: id,
    label: name,
    blocked: blockedBy({ available, lacksImages: needsImages && !imageToVideo }, t),
  }));
  return (
    <div className={styles.settings}>
      <Segmented
        label={t("model")}
        value={choice.model}
        onChange={(model) => change({ model })}
        options={models}
      />
      {models.map(({ value, label, blocked }) =>
        blocked ? (
          <p key={value} className={styles.why}>
            {t("modelBlocked", { name: label, why: blocked })}
          </p>
        ) : null,
      )}
      <Segmented
        label={t("duration")}
        value={choice.durationSec}
        onChange={(durationSec) => change({ durationSec })}
        options={choice.durations.map((value) => ({ value, label: t("seconds", { seconds: value }) }))}
      />
      {offered.hdDurationsSec.length > 0 ? (
        <Segmented
          label={t("definition")}
          value={choice.hd ? "hd" : "standard"}
          onChange={(value) => change({ hd: value === "hd" })}
          options={[
            { value: "standard", label: t("standard") },
            { value: "hd", label: "HD" },
          ]}
        />
      ) : null}
      <Segmented
        label={t("ratio")}
        value={choice.ratio}
        onChange={(ratio) => change({ ratio })}
        options={offered.ratios.map((value) => ({ value, label: <RatioLabel ratio={value} /> }))}
      />
      {isSingle ? null : (
        <Segmented
          label={t("howMany")}
          value={draft.count}
          onChange={(count) => change({ count })}
          options={counts
            .filter((count) => count <= catalog.pricing.maxConcurrentTasks)
            .map((value) => ({ value, label: value }))}
        />
      )}
      <Project projectId={draft.projectId} onChange={(projectId) => change({ projectId })} />
    </div>
  );
}

function blockedBy(
  { available, lacksImages }: { available: boolean; lacksImages: boolean },
  t: ReturnType<typeof useTranslations<"create">>,
): string | undefined {
  if (!available) return t("unavailable");
  return lacksImages ? t("noImages") : undefined;
}

function RatioLabel({ ratio }: { ratio: AspectRatio }) {
  const value = ratioValue(ratio);
  const width = value >= 1 ? 16 : 16 * value;
  return (
    <>
      <span className={styles.shape} style={{ width, height: width / value }} aria-hidden="true" />
      {ratioName(ratio)}
    </>
  );
}

function Project({
  projectId,
  onChange,
}: {
  projectId: string | null;
  onChange: (id: string | null) => void;
}) {
  const t = useTranslations("create");
  const id = useId();
  const pause = useUserId() === null;
  const [{ data }] = useQuery({ query: ProjectsDocument, variables: { first: 100 }, pause });
  const projects = data?.projects.nodes ?? [];
  if (projects.length === 0) return null;
  const chosen = projects.some((project) => project.id === projectId) ? projectId : null;
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{t("project")}</label>
      <span className={styles.select}>
        <Folder size={16} aria-hidden="true" />
        <select id={id} value={chosen ?? ""} onChange={({ target }) => onChange(target.value || null)}>
          <option value="">{t("noProject")}</option>
          {projects.map((project) => (
            <option key={project.id} value={project.id}>
              {project.name}
            </option>
          ))}
        </select>
      </span>
    </div>
  );
}

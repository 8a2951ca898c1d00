import ImagePlus from "lucide-react/icons/image-plus";
import { type ChangeEvent, type DragEvent, useId, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import type { StudioTaskFragment } from "../../../generated/operations";
import { useCatalog } from "../../app/catalog";
import { useUpload } from "../../app/upload";
import { useUserId } from "../../app/viewer";
import { buttonClass } from "../../ui/Button";
import { cx } from "../../ui/cx";
import { Failure } from "../../ui/Failure";
import { length } from "../../ui/format";
import { Skeleton } from "../../ui/Skeleton";
import styles from "./Composer.module.css";
import { choose } from "./choose";
import { useDraft } from "./draft";
import { ImageChip } from "./ImageChip";
import { Order } from "./Order";
import { RemixOf } from "./RemixOf";
import { type RemixSource, useWords } from "./remix-source";
import { Settings } from "./Settings";

const countFrom = 0.8;

interface Props {
  remix: RemixSource;
  onCreated: (tasks: StudioTaskFragment[]) => void;
}

/** The prompt with its image, or the words of a remix; the settings, and the button with the price. */
export function Composer({ remix, onCreated }: Props) {
  const t = useTranslations("create");
  const id = useId();
  const [draft, change] = useDraft();
  const { catalog, error, reload } = useCatalog();
  const isVisitor = useUserId() === null;
  const stored = useRef<{ id: string; file: File } | null>(null);
  const again = useRef<() => void>(() => {});
  const { upload, start, cancel } = useUpload(({ id, thumbnailUrl, aiMark }, uploaded) => {
    stored.current = { id, file: uploaded };
    change({ image: { id, name: uploaded.name, thumbnailUrl, aiMark } });
  });
  const send = (chosen: File, declaration?: { isAiGenerated: boolean }) => {
    again.current = () => send(chosen, declaration);
    void start(chosen, declaration);
  };
  // After a reload, or with a task's image, the file is not at hand, so nothing more can be said about it.
  const file = stored.current?.id === draft.image?.id ? stored.current?.file : undefined;
  const drop = useDrop(send, isVisitor);
  const order = useRef<() => void>(() => {});
  const choice = catalog ? choose(catalog, draft) : null;
  // No more at once than the server runs.
  const allowed = { ...draft, count: Math.min(draft.count, catalog?.pricing.maxConcurrentTasks ?? 1) };
  const { source } = remix;
  const [words, write] = useWords(source);
  const used = length(words.trim());
  const max = source ? (source.remixPromptRoom ?? 0) : catalog?.pricing.maxPromptLength;
  return (
    <div>
      <RemixOf remix={remix} />
      <div className={cx(styles.panel, drop.isOver && styles.over)} {...drop.handlers}>
        <label htmlFor={id} className="visually-hidden">
          {t("prompt")}
        </label>
        <textarea
          id={id}
          data-prompt
          className={styles.prompt}
          placeholder={source ? t("remixPlaceholder") : t("placeholder")}
          rows={4}
          value={words}
          onChange={({ target }) => write(target.value)}
          onPaste={drop.paste}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) order.current();
          }}
        />
        <div className={styles.foot}>
          <ImageChip
            image={draft.image}
            upload={upload}
            onRemove={() => (upload ? cancel() : change({ image: null }))}
            onDeclare={file ? (isAiGenerated) => send(file, { isAiGenerated }) : null}
          />
          {draft.image || (upload && !upload.error) || isVisitor ? null : <AddImage onFile={send} />}
          {max !== undefined && (source || used > max * countFrom) ? (
            <span className={styles.count} data-over={used > max || undefined}>
              {t("count", { used, max })}
            </span>
          ) : null}
        </div>
      </div>
      {upload?.error ? <Failure error={upload.error} onRetry={again.current} /> : null}
      {catalog && choice ? (
        <>
          <Settings
            catalog={catalog}
            choice={choice}
            draft={allowed}
            change={change}
            isSingle={remix.state !== "none"}
          />
          <Order
            catalog={catalog}
            choice={choice}
            draft={allowed}
            words={words.trim()}
            wordsMax={max ?? 0}
            remix={remix}
            isUploading={upload !== null && !upload.error}
            onCreated={onCreated}
            onPriceChanged={() => {
              reload();
              remix.reload();
            }}
            submit={order}
          />
        </>
      ) : (
        <div className={styles.waiting}>
          {error ? <Failure error={error} onRetry={reload} /> : <Skeleton style={{ height: 300 }} />}
        </div>
      )}
    </div>
  );
}

function AddImage({ onFile }: { onFile: (file: File) => void }) {
  const t = useTranslations("create");
  const pick = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const file = target.files?.[0];
    if (file) onFile(file);
    target.value = "";
  };
  return (
    <label className={cx(buttonClass({ look: "quiet", small: true }), styles.add)}>
      <ImagePlus size={18} aria-hidden="true" />
      {t("addImage")}
      <input
        type="file"
        className="visually-hidden"
        accept="image/jpeg,image/png,image/webp"
        onChange={pick}
      />
    </label>
  );
}

/** A file that is dragged over the panel, or pasted into the prompt. */
function useDrop(onFile: (file: File) => void, isClosed: boolean) {
  const [isOver, setOver] = useState(false);
  const take = (files: FileList | undefined) => {
    const file = files?.[0];
    if (file && !isClosed) onFile(file);
    return Boolean(file);
  };
  return {
    isOver,
    paste: (event: React.ClipboardEvent) => {
      if (take(event.clipboardData.files)) event.preventDefault();
    },
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: ({ currentTarget, relatedTarget }: DragEvent) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) setOver(false);
      },
      onDrop: (event: DragEvent) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files);
      },
    },
  };
}

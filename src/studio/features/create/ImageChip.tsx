import X from "lucide-react/icons/x";
import { useTranslations } from "use-intl";
import type { AiMark as AiMarkValue } from "../../../generated/operations";
import { fileUrl } from "../../app/root";
import type { Upload } from "../../app/upload";
import { Skeleton } from "../../ui/Skeleton";
import type { Draft } from "./draft";
import styles from "./ImageChip.module.css";

interface Props {
  image: Draft["image"];
  upload: Upload | null;
  onRemove: () => void;
  /** The user says whether it was made by AI. Null when that can no longer be changed. */
  onDeclare: ((isAiGenerated: boolean) => void) | null;
}

/** The reference image, or how much of it has been sent. */
export function ImageChip({ image, upload, onRemove, onDeclare }: Props) {
  const t = useTranslations("create");
  const shown = upload ?? image;
  if (!shown) return null;
  const percent = upload ? Math.round(upload.progress * 100) : null;
  const picture = upload ? upload.preview : image && fileUrl(image.thumbnailUrl);
  return (
    <div className={styles.chip}>
      {picture ? (
        <img src={picture} alt="" width="40" height="40" />
      ) : (
        <Skeleton style={{ width: 40, height: 40 }} />
      )}
      <span className={styles.text}>
        <span className={styles.name}>
          {shown.name}
          {percent === null || upload?.error ? "" : ` · ${percent} %`}
        </span>
        {image && !upload ? <AiMark mark={image.aiMark} onDeclare={onDeclare} /> : null}
      </span>
      <button type="button" className={styles.remove} onClick={onRemove} aria-label={t("removeImage")}>
        <X size={16} aria-hidden="true" />
      </button>
      {percent === null || upload?.error ? null : (
        <span
          className={styles.line}
          role="progressbar"
          aria-label={t("uploading")}
          aria-valuenow={percent}
          aria-valuemin={0}
          aria-valuemax={100}
        >
          <span style={{ width: `${percent}%` }} />
        </span>
      )}
    </div>
  );
}

/** Whether the image was made by AI: found in the file, or said by the user. */
function AiMark({ mark, onDeclare }: { mark: AiMarkValue; onDeclare: Props["onDeclare"] }) {
  const t = useTranslations("create");
  if (mark === "FOUND") return <span className={styles.mark}>{t("aiFound")}</span>;
  if (!onDeclare) return mark === "DECLARED" ? <span className={styles.mark}>{t("aiMade")}</span> : null;
  return (
    <label className={styles.mark}>
      <input
        type="checkbox"
        checked={mark === "DECLARED"}
        onChange={({ target }) => onDeclare(target.checked)}
      />
      {t("aiMade")}
    </label>
  );
}

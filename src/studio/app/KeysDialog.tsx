import { useTranslations } from "use-intl";
import { Dialog } from "../ui/Dialog";
import styles from "./KeysDialog.module.css";

const keys = [
  ["C", "create"],
  ["G D", "discover"],
  ["G L", "library"],
  ["G W", "wallet"],
  ["/", "prompt"],
  ["Ctrl ⏎", "make"],
  ["J", "next"],
  ["K", "previous"],
  ["L", "like"],
  ["F", "favorite"],
  ["Space", "play"],
  ["M", "mute"],
  ["Esc", "close"],
] as const;

/** The list that ? opens. */
export default function KeysDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations("keys");
  return (
    <Dialog title={t("title")} open onOpenChange={(open) => open || onClose()}>
      <dl className={styles.keys}>
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              {key.split(" ").map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{t(does)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

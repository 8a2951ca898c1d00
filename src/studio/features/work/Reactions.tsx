import Bookmark from "lucide-react/icons/bookmark";
import Ellipsis from "lucide-react/icons/ellipsis";
import Heart from "lucide-react/icons/heart";
import Share from "lucide-react/icons/share";
import { lazy, type ReactNode, Suspense, useRef, useState } from "react";
import { useMutation } from "urql";
import { useFormatter, useTranslations } from "use-intl";
import {
  FavoriteWorkDocument,
  LikeWorkDocument,
  ShareWorkDocument,
  UnfavoriteWorkDocument,
  UnlikeWorkDocument,
} from "../../../generated/operations";
import { copy } from "../../app/copy";
import { useKeyHint } from "../../app/keys";
import { useLogIn } from "../../app/log-in";
import { restartLists } from "../../app/pages";
import { useUserId } from "../../app/viewer";
import { Button } from "../../ui/Button";
import { CopyField } from "../../ui/CopyField";
import { Failure } from "../../ui/Failure";
import styles from "./Reactions.module.css";
import type { ShownWork } from "./shown-work";

const ReportDialog = lazy(() => import("../../ui/ReportDialog"));

/** Like, favorite, share and report. The cache answers before the network does: see optimistic in app/cache.ts. */
export function Reactions({ work, isOwn }: { work: ShownWork; isOwn: boolean }) {
  const t = useTranslations("work");
  const format = useFormatter();
  const isVisitor = useUserId() === null;
  const logIn = useLogIn();
  const [liked, like] = useMutation(LikeWorkDocument);
  const [unliked, unlike] = useMutation(UnlikeWorkDocument);
  const [kept, favorite] = useMutation(FavoriteWorkDocument);
  const [unkept, unfavorite] = useMutation(UnfavoriteWorkDocument);
  const [isReporting, setReporting] = useState(false);
  const [isLinkShown, setLinkShown] = useState(false);
  const input = { input: { workId: work.id } };
  const error = liked.error ?? unliked.error ?? kept.error ?? unkept.error;

  /** Repeats the call that failed. Its answer may have been lost, so another press would be the opposite. */
  const again = useRef(() => {});
  const run = (call: () => void) => {
    again.current = call;
    call();
  };
  const toggleLike = () => {
    if (isVisitor) return logIn();
    const next = work.viewerLiked ? unlike : like;
    run(() => void next(input));
  };
  const toggleFavorite = () => {
    if (isVisitor) return logIn();
    const next = work.viewerFavorited ? unfavorite : favorite;
    run(() => void next(input).then(() => restartLists("favorites")));
  };
  return (
    <div className={styles.reactions}>
      <div className={styles.row}>
        <Toggle
          name="like"
          isOn={work.viewerLiked}
          count={format.number(work.likeCount)}
          label={t("like")}
          onPress={toggleLike}
        >
          <Heart size={18} aria-hidden="true" fill={work.viewerLiked ? "currentColor" : "none"} />
        </Toggle>
        <Toggle
          name="favorite"
          isOn={work.viewerFavorited}
          count={format.number(work.favoriteCount)}
          label={t("favorite")}
          onPress={toggleFavorite}
        >
          <Bookmark size={18} aria-hidden="true" fill={work.viewerFavorited ? "currentColor" : "none"} />
        </Toggle>
        <ShareButton work={work} isVisitor={isVisitor} onNotCopied={() => setLinkShown(true)} />
        {isOwn ? null : (
          <Button
            aria-label={t("report")}
            title={t("report")}
            onClick={() => (isVisitor ? logIn() : setReporting(true))}
          >
            <Ellipsis size={18} aria-hidden="true" />
          </Button>
        )}
      </div>
      {isLinkShown ? <CopyField label={t("link")} text={work.shareUrl} /> : null}
      {error ? <Failure error={error} onRetry={again.current} /> : null}
      <Suspense>
        {isReporting ? <ReportDialog subjectId={work.id} onClose={() => setReporting(false)} /> : null}
      </Suspense>
    </div>
  );
}

interface ToggleProps {
  name: "like" | "favorite";
  isOn: boolean;
  count: string;
  label: string;
  onPress: () => void;
  children: ReactNode;
}

function Toggle({ name, isOn, count, label, onPress, children }: ToggleProps) {
  const key = name === "like" ? "L" : "F";
  const hint = useKeyHint();
  return (
    <Button
      aria-pressed={isOn}
      aria-label={`${label}, ${count}`}
      data-key={key.toLowerCase()}
      {...hint(label, key)}
      icon={children}
      onClick={onPress}
    >
      {count}
    </Button>
  );
}

interface ShareProps {
  work: ShownWork;
  isVisitor: boolean;
  onNotCopied: () => void;
}

/** The system's share sheet, where there is one. Else the link goes to the clipboard, or is shown to be copied. */
function ShareButton({ work, isVisitor, onNotCopied }: ShareProps) {
  const t = useTranslations("work");
  const [, share] = useMutation(ShareWorkDocument);
  const [isCopied, setCopied] = useState(false);
  const press = async () => {
    if (navigator.share && matchMedia("(pointer: coarse)").matches) {
      try {
        await navigator.share({ title: work.title, url: work.shareUrl });
      } catch {
        // Called off: nothing was passed on.
        return;
      }
    } else if (await copy(work.shareUrl)) setCopied(true);
    else onNotCopied();
    if (!isVisitor) void share({ input: { workId: work.id } });
  };
  return (
    <>
      <Button icon={<Share size={18} aria-hidden="true" />} onClick={press}>
        {t(isCopied ? "copied" : "share")}
      </Button>
      <span role="status" className="visually-hidden">
        {isCopied ? t("copied") : null}
      </span>
    </>
  );
}

import { Link } from "@tanstack/react-router";
import Heart from "lucide-react/icons/heart";
import { useTranslations } from "use-intl";
import type { StudioCardFragment } from "../../generated/operations";
import type { Pages } from "../app/pages";
import { Avatar } from "./Avatar";
import { Frame } from "./Frame";
import { Strip } from "./Strip";
import styles from "./WorkFrame.module.css";

export const workCaption = 54;
const wideEnoughForAvatar = 200;

interface Props {
  name: string;
  pages: Pages<StudioCardFragment>;
  scale?: number;
}

/** Works as a strip: the still, the title, the author, the likes. */
export function WorkStrip({ name, pages, scale }: Props) {
  const t = useTranslations("feed");
  return (
    <Strip
      name={name}
      items={pages.items}
      ratioOf={(work) => work.width / work.height}
      keyOf={(work) => work.id}
      captionHeight={workCaption}
      pages={pages}
      scale={scale}
    >
      {(work, place) => (
        <article>
          <Frame
            still={work}
            to={{ to: "/works/$id", params: { id: work.id } }}
            label={t("by", { title: work.title, author: work.author.nickname })}
            {...place}
          />
          <div className={styles.caption}>
            {place.width > wideEnoughForAvatar ? <Avatar person={work.author} size={28} /> : null}
            <div className={styles.names}>
              <p className={styles.title}>{work.title}</p>
              <Link to="/users/$id" params={{ id: work.author.id }} className={styles.author}>
                {work.author.nickname}
              </Link>
            </div>
            <span className={styles.likes} data-mine={work.viewerLiked || undefined}>
              <Heart size={14} aria-hidden="true" fill={work.viewerLiked ? "currentColor" : "none"} />
              <span aria-hidden="true">{work.likeCount}</span>
              <span className="visually-hidden">{t("likes", { count: work.likeCount })}</span>
            </span>
          </div>
        </article>
      )}
    </Strip>
  );
}

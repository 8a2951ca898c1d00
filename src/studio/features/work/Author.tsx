import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { Avatar } from "../../ui/Avatar";
import { FollowButton } from "../../ui/FollowButton";
import styles from "./Author.module.css";
import type { ShownWork } from "./shown-work";

export function Author({ work: { author }, isOwn }: { work: ShownWork; isOwn: boolean }) {
  const t = useTranslations("social");
  return (
    <div className={styles.author}>
      <Link to="/users/$id" params={{ id: author.id }} className={styles.person}>
        <Avatar person={author} size={40} />
        <span>
          <strong>{author.nickname}</strong>
          <span className={styles.count}>{t("followers", { count: author.stats.followers })}</span>
        </span>
      </Link>
      {isOwn ? null : <FollowButton userId={author.id} isFollowed={author.viewerFollows} />}
    </div>
  );
}

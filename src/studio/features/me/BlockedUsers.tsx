import { Link } from "@tanstack/react-router";
import { useMutation } from "urql";
import { useTranslations } from "use-intl";
import { BlockedUsersDocument, UnblockDocument } from "../../../generated/operations";
import { usePages } from "../../app/pages";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { LoadMore } from "../../ui/LoadMore";
import styles from "./MePage.module.css";

/** People whom the viewer has blocked. It is not shown while there are none. */
export function BlockedUsers() {
  const t = useTranslations("me");
  const [{ error }, unblock] = useMutation(UnblockDocument);
  const pages = usePages("blocked", {
    query: BlockedUsersDocument,
    variables: { first: 50 },
    connection: ({ blockedUsers }) => blockedUsers,
  });
  if (pages.items.length === 0 && !pages.error) return null;
  return (
    <section className={styles.section}>
      <h2>{t("blocked")}</h2>
      <ul>
        {pages.items.map((user) => (
          <li key={user.id} className={styles.person}>
            <Avatar person={user} />
            <Link to="/users/$id" params={{ id: user.id }}>
              {user.nickname}
            </Link>
            <Button
              small
              onClick={async () => {
                await unblock({ input: { userId: user.id } });
                pages.restart();
              }}
            >
              {t("unblock")}
            </Button>
          </li>
        ))}
      </ul>
      {error ? <Failure error={error} /> : null}
      <LoadMore pages={pages} />
    </section>
  );
}

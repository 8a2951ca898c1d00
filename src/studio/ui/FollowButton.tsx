import { useRef } from "react";
import { useMutation } from "urql";
import { useTranslations } from "use-intl";
import { StudioFollowDocument, StudioUnfollowDocument } from "../../generated/operations";
import { useLogIn } from "../app/log-in";
import { restartLists } from "../app/pages";
import { useUserId } from "../app/viewer";
import { Button } from "./Button";
import { Failure } from "./Failure";

/** Follows at once. A refusal takes it back and says why. */
export function FollowButton({ userId, isFollowed }: { userId: string; isFollowed: boolean }) {
  const t = useTranslations("social");
  const logIn = useLogIn();
  const isVisitor = useUserId() === null;
  const [followed, follow] = useMutation(StudioFollowDocument);
  const [unfollowed, unfollow] = useMutation(StudioUnfollowDocument);
  const error = followed.error ?? unfollowed.error;
  /** Repeats the call that failed. Its answer may have been lost, so another press would be the opposite. */
  const again = useRef(() => {});
  const press = () => {
    if (isVisitor) return logIn();
    const next = isFollowed ? unfollow : follow;
    again.current = () => void next({ input: { userId } }).then(() => restartLists("feed"));
    again.current();
  };
  return (
    <>
      <Button small aria-pressed={isFollowed} onClick={press}>
        {t(isFollowed ? "following" : "follow")}
      </Button>
      {error ? <Failure error={error} onRetry={again.current} /> : null}
    </>
  );
}

import { Link } from "@tanstack/react-router";
import ImagePlus from "lucide-react/icons/image-plus";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useMutation, useQuery } from "urql";
import { useTranslations } from "use-intl";
import { MeDocument, type MeQuery, UpdateProfileDocument } from "../../../generated/operations";
import { textLimits } from "../../app/text-limits";
import { useUpload } from "../../app/upload";
import { Avatar } from "../../ui/Avatar";
import { Button, buttonClass } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { Field } from "../../ui/Field";
import { Skeleton } from "../../ui/Skeleton";
import styles from "./MePage.module.css";

/** Name, words and picture, as others see them. */
export function Profile() {
  const t = useTranslations("me");
  const [{ data, error }, reload] = useQuery({ query: MeDocument });
  if (data) return <Known me={data.me} />;
  return (
    <section className={styles.profile}>
      <div className={styles.who}>
        <h1>{t("title")}</h1>
      </div>
      {error ? <Failure error={error} onRetry={reload} /> : <Skeleton style={{ height: 330 }} />}
    </section>
  );
}

function Known({ me }: { me: MeQuery["me"] }) {
  const t = useTranslations("me");
  return (
    <section className={styles.profile}>
      <div className={styles.who}>
        <Avatar person={me} size={72} />
        <div className={styles.names}>
          <h1>{me.nickname}</h1>
          <p>{me.phone}</p>
        </div>
        <Link to="/users/$id" params={{ id: me.id }} className={buttonClass({})}>
          {t("page")}
        </Link>
      </div>
      <Picture hasPicture={Boolean(me.avatarUrl)} />
      <Words me={me} />
    </section>
  );
}

function Picture({ hasPicture }: { hasPicture: boolean }) {
  const t = useTranslations("me");
  const [{ error }, update] = useMutation(UpdateProfileDocument);
  const again = useRef(() => {});
  const choose = (avatarMediaId: string | null) => {
    again.current = () => choose(avatarMediaId);
    void update({ input: { avatarMediaId } });
  };
  const { upload, start } = useUpload((media) => choose(media.id));
  const send = (file: File) => {
    again.current = () => send(file);
    void start(file);
  };
  const problem = upload?.error ?? error;
  return (
    <div className={styles.row}>
      <label className={buttonClass({ small: true })}>
        <ImagePlus size={16} aria-hidden="true" />
        {upload && !upload.error ? `${Math.round(upload.progress * 100)} %` : t("choosePicture")}
        <input
          type="file"
          className="visually-hidden"
          accept="image/jpeg,image/png,image/webp"
          onChange={({ target }) => {
            const file = target.files?.[0];
            if (file) send(file);
            target.value = "";
          }}
        />
      </label>
      {hasPicture ? (
        <Button small look="quiet" onClick={() => choose(null)}>
          {t("removePicture")}
        </Button>
      ) : null}
      {problem ? <Failure error={problem} onRetry={() => again.current()} /> : null}
    </div>
  );
}

function Words({ me }: { me: MeQuery["me"] }) {
  const t = useTranslations("me");
  const app = useTranslations("app");
  const [{ fetching, error }, update] = useMutation(UpdateProfileDocument);
  const [nickname, setNickname] = useState(me.nickname);
  const [bio, setBio] = useState(me.bio);
  const [isSaved, setSaved] = useState(false);
  const isChanged = nickname !== me.nickname || bio !== me.bio;
  useEffect(() => {
    if (isChanged) setSaved(false);
  }, [isChanged]);
  const save = async (event?: FormEvent) => {
    event?.preventDefault();
    const result = await update({ input: { nickname, bio } });
    if (!result.data) return;
    setNickname(result.data.updateProfile.user.nickname);
    setBio(result.data.updateProfile.user.bio);
    setSaved(true);
  };
  return (
    <form className={styles.form} onSubmit={save}>
      <Field label={t("nickname")}>
        {(field) => (
          <input
            {...field}
            required
            maxLength={textLimits.nickname}
            autoComplete="nickname"
            value={nickname}
            onChange={({ target }) => setNickname(target.value)}
          />
        )}
      </Field>
      <Field label={t("bio")}>
        {(field) => (
          <textarea
            {...field}
            rows={3}
            maxLength={textLimits.bio}
            value={bio}
            onChange={({ target }) => setBio(target.value)}
          />
        )}
      </Field>
      {error ? <Failure error={error} onRetry={save} /> : null}
      <div className={styles.row}>
        <Button
          type="submit"
          look={isChanged ? "accent" : "plain"}
          blocked={isChanged ? null : t("nothingChanged")}
          busy={fetching && app("saving")}
        >
          {app("save")}
        </Button>
        <span role="status" className={styles.muted}>
          {isSaved ? t("saved") : null}
        </span>
      </div>
    </form>
  );
}

import { Link, useRouterState } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { buttonClass } from "./Button";
import { Empty } from "./Empty";

/** For visitors on a page that needs a login. They come back to it. */
export function LogInFirst({ title }: { title: string }) {
  const t = useTranslations("app");
  const login = useTranslations("login");
  const to = useRouterState({ select: ({ location }) => location.href });
  return (
    <Empty
      plain
      action={
        <Link to="/login" search={{ to }} className={buttonClass({ look: "accent" })}>
          {t("logIn")}
        </Link>
      }
    >
      <h1>{title}</h1>
      <p>{login("invite")}</p>
    </Empty>
  );
}

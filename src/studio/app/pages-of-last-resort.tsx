import { useTranslations } from "use-intl";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { EmptyPage } from "../ui/EmptyPage";

/** An address that is no page. */
export function MissingPage() {
  const t = useTranslations("app");
  return <EmptyPage title={t("notFound")} to="/" link={t("toStart")} />;
}

/** A page that threw, or whose script could not be loaded. */
export function BrokenPage() {
  const t = useTranslations("app");
  return (
    <Empty plain action={<Button onClick={() => location.reload()}>{t("reload")}</Button>}>
      <h1>{t("broken")}</h1>
    </Empty>
  );
}

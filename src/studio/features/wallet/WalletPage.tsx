import { useFormatter, useTranslations } from "use-intl";
import { StudioStatementDocument } from "../../../generated/operations";
import { usePages } from "../../app/pages";
import { useRunningTasks, useViewer } from "../../app/viewer";
import { Empty } from "../../ui/Empty";
import { Skeleton } from "../../ui/Skeleton";
import { Entry } from "./Entry";
import { Sums, WalletFrame } from "./WalletFrame";
import { WalletList } from "./WalletList";

const pageSize = 30;

/** The balance, the held credits, and where every credit came from and went. */
export function WalletPage() {
  return (
    <WalletFrame name="statement" balance={<Credits />}>
      <Statement />
    </WalletFrame>
  );
}

function Credits() {
  const t = useTranslations("wallet");
  const format = useFormatter();
  const wallet = useViewer()?.wallet;
  const { length: count } = useRunningTasks();
  if (!wallet) return <Skeleton style={{ height: 64 }} />;
  const { credits, heldCredits } = wallet;
  return (
    <Sums
      free={{ value: format.number(credits), label: t("free") }}
      frozen={{ value: format.number(heldCredits), label: t("held", { count }) }}
    />
  );
}

function Statement() {
  const t = useTranslations("wallet");
  const pages = usePages("statement", {
    query: StudioStatementDocument,
    variables: { first: pageSize },
    connection: ({ wallet }) => wallet.entries,
    live: true,
  });
  return (
    <WalletList title={t("statement")} pages={pages} empty={<Empty>{t("empty")}</Empty>}>
      <ul>
        {pages.items.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ul>
    </WalletList>
  );
}

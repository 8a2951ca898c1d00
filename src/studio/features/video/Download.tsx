import DownloadIcon from "lucide-react/icons/download";
import { useState } from "react";
import { type CombinedError, useMutation, useQuery } from "urql";
import { useTranslations } from "use-intl";
import {
  DownloadNoWatermarkDocument,
  DownloadTermsDocument,
  type StudioVideoFragment,
} from "../../../generated/operations";
import { useCatalog } from "../../app/catalog";
import { useOffline } from "../../app/connection";
import { idempotencyKeyOf } from "../../app/idempotency";
import { refusalOf } from "../../app/refusal";
import { fileUrl } from "../../app/root";
import { userKey } from "../../app/stored";
import { useViewer } from "../../app/viewer";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { Popover } from "../../ui/Popover";
import { PriceList } from "../../ui/Price";
import styles from "./Download.module.css";

/** Each user may choose not to be asked again on this device. */
const silentKey = () => userKey("downloads");
/** The version of the terms that the user has accepted on this device. */
const termsKey = () => userKey("terms");

/** The clean file. Its price does not come back, so it is asked for beside the button. */
export function Download({ video }: { video: StudioVideoFragment }) {
  const t = useTranslations("video");
  const [isOpen, setOpen] = useState(false);
  const [isSilent, setSilent] = useState(() => localStorage.getItem(silentKey()) === "silent");
  const [error, setError] = useState<CombinedError | undefined>();
  const [{ fetching }, download] = useMutation(DownloadNoWatermarkDocument);
  const intention = idempotencyKeyOf(`download ${video.id}`);
  const isOffline = useOffline();
  const price = useCatalog().catalog?.pricing.noWatermarkDownloadCredits;
  const have = useViewer()?.wallet.credits;
  const [{ data: known }, reloadTerms] = useQuery({ query: DownloadTermsDocument });
  const terms = known?.downloadTerms;
  const [hasAccepted, setAccepted] = useState(false);
  const needsTerms = Boolean(terms) && localStorage.getItem(termsKey()) !== terms?.version;

  const pay = async () => {
    setError(undefined);
    const input = {
      videoId: video.id,
      idempotencyKey: intention.key(),
      acceptTerms: terms?.version,
    };
    const result = await download({ input });
    intention.settle(result.error);
    setError(result.error);
    if (result.error && refusalOf(result.error).code === "TERMS_NOT_ACCEPTED") {
      setAccepted(false);
      reloadTerms({ requestPolicy: "network-only" });
    }
    if (!result.data) return setOpen(true);
    if (terms) localStorage.setItem(termsKey(), terms.version);
    setOpen(false);
    save(result.data.downloadNoWatermark.downloadUrl);
  };
  if (price === undefined || have === undefined)
    return (
      <Button look="accent" wide blocked={t("loading")} icon={<DownloadIcon size={18} aria-hidden="true" />}>
        {t("downloadClean")}
      </Button>
    );
  const blocked = isOffline
    ? t("offline")
    : have < price
      ? t("tooFew", { price, have })
      : needsTerms && !hasAccepted
        ? t("acceptFirst")
        : null;
  return (
    <Popover
      open={isOpen}
      onOpenChange={(open) => {
        if (open && isSilent && !error && blocked === null) void pay();
        else setOpen(open);
      }}
      title={
        <>
          <DownloadIcon size={18} aria-hidden="true" />
          {t("downloadTitle")}
        </>
      }
      trigger={
        <Button
          look="accent"
          wide
          busy={fetching && !isOpen && t("paying")}
          icon={<DownloadIcon size={18} aria-hidden="true" />}
        >
          {t("downloadFor", { price })}
        </Button>
      }
    >
      <p className={styles.facts}>
        {t("facts", { width: video.width, height: video.height, size: (video.byteSize / 1e6).toFixed(1) })}
      </p>
      <PriceList price={price} have={have} />
      {terms && needsTerms ? <Terms terms={terms} hasAccepted={hasAccepted} onAccept={setAccepted} /> : null}
      {error ? <Failure error={error} onRetry={pay} /> : null}
      <Button look="accent" wide blocked={blocked} busy={fetching && t("paying")} onClick={pay}>
        {t("downloadNow", { price })}
      </Button>
      {blocked ? <p className={styles.facts}>{blocked}</p> : null}
      <label className={styles.silent}>
        <input
          type="checkbox"
          checked={isSilent}
          onChange={({ target }) => {
            setSilent(target.checked);
            if (target.checked) localStorage.setItem(silentKey(), "silent");
            else localStorage.removeItem(silentKey());
          }}
        />
        {t("doNotAsk")}
      </label>
    </Popover>
  );
}

interface TermsProps {
  terms: { text: string; url?: string | null };
  hasAccepted: boolean;
  onAccept: (accepts: boolean) => void;
}

/** Shown once for each version. */
function Terms({ terms, hasAccepted, onAccept }: TermsProps) {
  const t = useTranslations("video");
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <p className={styles.terms} tabIndex={0}>
        {terms.text}
        {terms.url ? (
          <>
            {" "}
            <a href={terms.url} target="_blank" rel="noreferrer">
              {t("allTerms")}
            </a>
          </>
        ) : null}
      </p>
      <label className={styles.silent}>
        <input type="checkbox" checked={hasAccepted} onChange={({ target }) => onAccept(target.checked)} />
        {t("accept")}
      </label>
    </>
  );
}

/** The link answers with a file to save, so the page stays. */
function save(url: string): void {
  const link = document.createElement("a");
  link.href = fileUrl(url);
  link.download = "";
  link.click();
}

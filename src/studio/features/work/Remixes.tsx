import { useEffect, useRef } from "react";
import { useFormatter, useTranslations } from "use-intl";
import { StudioRemixesDocument } from "../../../generated/operations";
import { usePages } from "../../app/pages";
import { ListFailure } from "../../ui/ListFailure";
import { StripSkeleton } from "../../ui/Strip";
import { WorkStrip, workCaption } from "../../ui/WorkFrame";
import styles from "./Remixes.module.css";
import type { ShownWork } from "./shown-work";

const pageSize = 12;
/** Rows below a film are lower than those of a whole page. */
const scale = 0.8;

/** Works that others made from the work. */
export function Remixes({ work: { id, remixCount } }: { work: ShownWork }) {
  const t = useTranslations("work");
  const format = useFormatter();
  const pages = usePages("remixes", {
    query: StudioRemixesDocument,
    variables: { id, first: pageSize },
    connection: ({ work }) => work?.remixes,
    pause: remixCount === 0,
  });
  const { restart } = pages;
  const counted = useRef(remixCount);
  useEffect(() => {
    if (counted.current !== remixCount) restart();
    counted.current = remixCount;
  }, [remixCount, restart]);
  if (remixCount === 0) return null;
  return (
    <section className={styles.remixes}>
      <h2>
        {t("remixes")} <span>{format.number(remixCount)}</span>
      </h2>
      {pages.error && pages.items.length === 0 ? (
        <ListFailure pages={pages} />
      ) : pages.isLoading ? (
        <StripSkeleton captionHeight={workCaption} scale={scale} />
      ) : (
        <WorkStrip name={`remixes ${id}`} pages={pages} scale={scale} />
      )}
    </section>
  );
}

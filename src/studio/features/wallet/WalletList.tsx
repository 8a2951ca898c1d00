import type { ReactNode } from "react";
import type { Pages } from "../../app/pages";
import { LoadMore } from "../../ui/LoadMore";
import { Skeleton } from "../../ui/Skeleton";
import styles from "./Wallet.module.css";

interface Props {
  title: string;
  /** Beside the title. */
  filter?: ReactNode;
  pages: Pages<unknown>;
  /** Shown when there is nothing. */
  empty: ReactNode;
  children: ReactNode;
}

/** A list of money that came or went, page by page. */
export function WalletList({ title, filter, pages, empty, children }: Props) {
  const isEmpty = !pages.isLoading && pages.items.length === 0 && !pages.error;
  return (
    <section className={styles.list}>
      <div className={styles.head}>
        <h2>{title}</h2>
        {filter}
      </div>
      {pages.isLoading ? <Skeleton style={{ height: 400 }} /> : null}
      {isEmpty ? empty : children}
      <LoadMore pages={pages} />
    </section>
  );
}

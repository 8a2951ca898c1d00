import { type ReactNode, useLayoutEffect, useMemo, useRef, useState } from "react";
import { type CacheSnapshot, WindowVirtualizer, type WindowVirtualizerHandle } from "virtua";
import type { Pages } from "../app/pages";
import { ListFailure } from "./ListFailure";
import { packRows, targetHeight } from "./pack-rows";
import { Skeleton } from "./Skeleton";
import styles from "./Strip.module.css";

export interface Place {
  width: number;
  height: number;
  isFirst: boolean;
}

interface Props<Item> {
  items: readonly Item[];
  /** Width to height. */
  ratioOf: (item: Item) => number;
  keyOf: (item: Item) => string;
  children: (item: Item, place: Place) => ReactNode;
  /** Of what is below each frame, in px. */
  captionHeight: number;
  /** Of the items: the next page is loaded when the end comes near. */
  pages?: Pages<unknown>;
  /** Remembers the heights of rows under this name, for coming back. */
  name: string;
  /** Rows are so much lower than usual, except on phones. */
  scale?: number;
}

const gap = 10;
const rowGap = 24;
const snapshots = new Map<string, CacheSnapshot>();

/** Rows of frames over the whole width. Only rows near the window are in the page. */
export function Strip<Item>(props: Props<Item>) {
  const { items, ratioOf, keyOf, children, captionHeight, pages, name, scale = 1 } = props;
  const hasMore = pages?.hasMore ?? false;
  const [box, width] = useWidth();
  const virtualizer = useRef<WindowVirtualizerHandle>(null);
  const key = `${name} ${Math.round(width)}`;
  const rowHeight = targetHeight(width, scale) + captionHeight + rowGap;
  const rows = useMemo(() => {
    if (width === 0) return [];
    const packed = packRows(items.map(ratioOf), width, targetHeight(width, scale), gap);
    // The last row may still change with the next page.
    return hasMore && packed.length > 1 ? packed.slice(0, -1) : packed;
  }, [items, ratioOf, width, hasMore, scale]);

  useLayoutEffect(() => {
    const handle = virtualizer.current;
    return () => {
      if (handle) snapshots.set(key, handle.cache);
    };
  }, [key]);

  return (
    <div ref={box} className={styles.strip}>
      {width > 0 ? (
        <WindowVirtualizer
          key={key}
          ref={virtualizer}
          cache={snapshots.get(key)}
          itemSize={rowHeight}
          ssrCount={rowsInSight(rowHeight)}
        >
          {rows.map(({ items: indexes, height }, row) => (
            <div key={keyOf(items[indexes[0] as number] as Item)} className={styles.row}>
              {indexes.map((index) => {
                const item = items[index] as Item;
                const place = { width: height * ratioOf(item), height, isFirst: row === 0 };
                return (
                  <div key={keyOf(item)} style={{ width: place.width }}>
                    {children(item, place)}
                  </div>
                );
              })}
            </div>
          ))}
        </WindowVirtualizer>
      ) : null}
      {pages?.hasMore ? <End onSeen={pages.loadMore} /> : null}
      {pages ? <ListFailure pages={pages} /> : null}
    </div>
  );
}

/** Rows that are in the page until it is scrolled: all that the screen can show, also if they are rather low. */
function rowsInSight(rowHeight: number): number {
  return Math.ceil(screen.height / (rowHeight * 0.75)) + 1;
}

const skeletonRatios = [16 / 9, 9 / 16, 1, 9 / 16, 16 / 9, 1, 9 / 16, 16 / 9, 1, 16 / 9];

/** The strip before its frames are known. */
export function StripSkeleton({ captionHeight, scale = 1 }: { captionHeight: number; scale?: number }) {
  const [box, width] = useWidth();
  const rows =
    width === 0 ? [] : packRows(skeletonRatios, width, targetHeight(width, scale), gap).slice(0, 3);
  return (
    <div ref={box} className={styles.strip}>
      {rows.map(({ items, height }) => (
        <div key={items[0]} className={styles.row}>
          {items.map((index) => {
            const size = { width: height * (skeletonRatios[index] ?? 1), height };
            return (
              <div key={index} style={{ width: size.width, height: height + captionHeight }}>
                <Skeleton style={size} />
                {captionHeight > 0 ? <Skeleton style={{ width: "60%", height: 12, marginTop: 14 }} /> : null}
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}

/** Asks for the next page when the end of the list comes near, once for each function that it is given. */
function End({ onSeen }: { onSeen: () => void }) {
  const mark = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && onSeen(), {
      rootMargin: "0px 0px 1200px 0px",
    });
    observer.observe(mark.current as HTMLDivElement);
    return () => observer.disconnect();
  }, [onSeen]);
  return <div ref={mark} className={styles.end} />;
}

/** The width of an element, before the first paint and after every change. */
function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = box.current as HTMLDivElement;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}

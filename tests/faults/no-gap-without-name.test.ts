import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { crashPoints } from "../../src/app/crash-points.js";

const source = (path: string) => readFileSync(path, "utf8");
const files = globSync("src/**/*.ts").filter((path) => !/generated|fault-injection\.ts$/.test(path));

/** Files whose writes need no crash point behind them, and the reason. */
const exceptions: Record<string, string> = {
  "vendor-health.ts": "its callers, the steps, have a point behind it",
  "reconcile-attempts.ts": "one commit for each answer, and a repeated check gets the same answer",
  "receive-webhook.ts": "it brings a check forward that runs anyway",
  "renew-ingest.ts": "it only shows that a worker is alive",
  "move-videos.service.ts": "one commit, and nothing comes after it",
  "works.service.ts": "one commit, and nothing comes after it",
  "work-counts.ts": "deltas that are not added yet are read with the counts",
  "removal.service.ts":
    "the removal has a point of its own; a restoration is one commit, and a repeated one is refused",
  "payments.service.ts":
    "the payments have points of their own; the key of a call that costs nothing is one commit",
  "wallet.service.ts": "one commit, and a repeated grant with the same key changes nothing",
  "incomes.service.ts": "the release has a point of its own; a hold and its end are one commit each",
  "totals.ts": "a count that is stored or not, and the next one begins where it stopped",
  "snapshots.ts": "an order is stored or not, and the next first page stores it",
};

/** Functions of the repositories that write. Deleting expired rows affects nothing else. */
const writers = globSync("src/modules/**/*.repository.ts").flatMap((path) =>
  source(path)
    .split(/^export (?:async )?function /m)
    .slice(1)
    .filter((text) => /\.(insert|update|delete)\(|\b(insert into|update|delete from) /.test(text))
    .map((text) => /^\w+/.exec(text)?.[0] as string)
    .filter((name) => !/^delete(Old|Expired)/.test(name)),
);

/** Every way to write anything outside of a transaction: a commit, a file, a job. */
const write = new RegExp(
  [
    String.raw`\.transaction(?=\()`,
    String.raw`\benqueueNow(?=\()`,
    String.raw`\b[sS]torage\.(put|copy|delete)(?=\()`,
    String.raw`\bboss\.fetch<object>(?=\()`,
    `\\b(${writers.join("|")})(?=\\((?!tx\\b))`,
  ].join("|"),
  "g",
);

/** The end of the call that begins at `start`. */
function endOfCall(text: string, start: number): number {
  let depth = 0;
  for (let at = text.indexOf("(", start); at < text.length; at++) {
    if (text[at] === "(") depth++;
    if (text[at] === ")" && --depth === 0) return at;
  }
  return text.length;
}

/** The writes of a file that no crash point follows before the next write. */
function writesWithoutPoint(path: string): string[] {
  const text = source(path);
  const points = [...text.matchAll(/\bcrashPoint\("/g)].map(({ index }) => index);
  const writes = [...text.matchAll(write)].map(({ 0: call, index }) => ({
    call,
    end: endOfCall(text, index),
  }));
  return writes
    .filter(({ end }, nth) => {
      const next = points.find((point) => point > end) ?? Number.POSITIVE_INFINITY;
      return next > (writes[nth + 1]?.end ?? text.length);
    })
    .map(({ call, end }) => `${path}:${text.slice(0, end).split("\n").length} ${call}`);
}

test("every crash point of the list is in the code exactly once", () => {
  const calls = files.flatMap((path) =>
    [...source(path).matchAll(/\bcrashPoint\("(.+?)"\)/g)].map(([, name]) => name),
  );
  expect(calls.toSorted()).toEqual([...crashPoints].toSorted());
});

test("every write of tasks, videos, uploads, works and wallets is followed by a crash point", () => {
  expect(writers.length).toBeGreaterThan(10);
  const inScope =
    /^src\/modules\/(tasks|videos|media|works|wallet)\/(?!.*\.(repository|tables)\.ts$)|^src\/platform\/jobs\/worker\.ts$/;
  const checked = files.filter((path) => inScope.test(path) && !Object.hasOwn(exceptions, basename(path)));
  expect(checked.flatMap(writesWithoutPoint)).toEqual([]);
});

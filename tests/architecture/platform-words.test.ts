import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Words of the product. Code that needs one belongs in a module. */
const productWords = new Set(
  "task wallet credit coin video film project prompt vendor catalog avatar nickname watermark ledger refund sms".split(
    " ",
  ),
);

/** Uses that stay, and why. */
const exceptions: Record<string, { words: string[]; reason: string }> = {
  "src/platform/base/app-error.ts": {
    words: ["credits", "vendor"],
    reason: "the API's error codes are one contract, and the compiler checks every error class against it",
  },
  "src/platform/graphql/node.ts": {
    words: ["task"],
    reason: "the published schema shows an id as an example",
  },
  "src/platform/ai-labels/ai-labels.config.ts": {
    words: ["credit"],
    reason: "a company's unified social credit code",
  },
  "src/platform/ai-labels/producer-code.ts": {
    words: ["credit"],
    reason: "a company's unified social credit code",
  },
  "src/platform/ai-labels/file-marks.ts": {
    words: ["video"],
    reason: "the MIME type of mp4 files",
  },
  "src/platform/storage/storage.config.ts": {
    words: ["videos"],
    reason: "the manual says what ffmpeg does to a video file, as any program that calls it would",
  },
};

function wordsOf(text: string): string[] {
  return (
    text
      .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
      .toLowerCase()
      .match(/[a-z]+/g) ?? []
  );
}

test("platform holds no word of the product, in code, texts or comments", () => {
  const found = globSync("src/platform/**/*.ts").flatMap((file) => {
    const allowed = exceptions[file]?.words ?? [];
    return readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line, index) =>
        wordsOf(line)
          .filter((word) => productWords.has(word) || productWords.has(word.replace(/s$/, "")))
          .filter((word) => !allowed.includes(word))
          .map((word) => `${file}:${index + 1} ${word}`),
      );
  });
  expect(found).toEqual([]);
});

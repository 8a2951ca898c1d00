import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  show(status: string, percent: number): void;
  end(): void;
}

const words: Record<string, string> = {
  NOT_START: "paid for, on its way to the vendor",
  QUEUED: "waiting at the vendor",
  IN_PROGRESS: "being made",
  SUCCESS: "ready",
  FAILURE: "failed",
  CANCELED: "canceled",
};

/** A bar in a terminal, a line per change elsewhere. */
export function newProgress(out: NodeJS.WriteStream): Progress {
  if (!out.isTTY) {
    return {
      show: (status, percent) =>
        void out.write(`  ${String(percent).padStart(3)} %  ${words[status] ?? status}\n`),
      end: () => {},
    };
  }
  const bar = new SingleBar(
    { format: "  {bar} {percentage} %  {word}", hideCursor: true, stream: out },
    Presets.shades_classic,
  );
  bar.start(100, 0, { word: words.NOT_START });
  // Whatever ends the process, the terminal gets its cursor back.
  process.once("exit", () => void out.write("\x1b[?25h"));
  return {
    show: (status, percent) => bar.update(percent, { word: words[status] ?? status }),
    end: () => bar.stop(),
  };
}

import { Presets, SingleBar } from "cli-progress";

export interface ProgressState {
  status: string;
  progress: number;
  estimatedFinishAt?: string | null;
}

export interface Progress {
  show(state: ProgressState): void;
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

/** A bar in a terminal that counts down by itself, a line per change elsewhere. */
export function newProgress(out: NodeJS.WriteStream): Progress {
  return out.isTTY ? barProgress(out) : lineProgress(out);
}

function lineProgress(out: NodeJS.WriteStream): Progress {
  return {
    show: (state) => void out.write(`  ${String(state.progress).padStart(3)} %  ${wordOf(state)}\n`),
    end: () => {},
  };
}

function barProgress(out: NodeJS.WriteStream): Progress {
  let latest: ProgressState = { status: "NOT_START", progress: 0 };
  const bar = new SingleBar(
    { format: "  {bar} {percentage} %  {word}", hideCursor: true, stream: out },
    Presets.shades_classic,
  );
  const draw = () => bar.update(latest.progress, { word: wordOf(latest) });
  bar.start(100, 0, { word: wordOf(latest) });
  const clock = setInterval(draw, 1_000);
  // Show the cursor again, however the process ends.
  process.once("exit", () => void out.write("\x1b[?25h"));
  return {
    show: (state) => {
      latest = state;
      draw();
    },
    end: () => {
      clearInterval(clock);
      bar.stop();
    },
  };
}

/** The current step, and the estimated remaining time once the server has an estimate. */
function wordOf({ status, estimatedFinishAt }: ProgressState): string {
  const word = words[status] ?? status;
  if (!estimatedFinishAt) return word;
  const leftSec = Math.ceil((Date.parse(estimatedFinishAt) - Date.now()) / 1000);
  return leftSec > 0 ? `${word}, about ${leftSec} s left` : `${word}, ready any moment`;
}

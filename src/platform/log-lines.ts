import { type DestinationStream, pino } from "pino";

/** A write for every line costs more than the line. */
const togetherChars = 4_096;
const togetherMs = 100;

/**
 * Standard output, many lines at a time: four kilobytes, or what there is after a tenth of a second. An
 * exit writes out what is left. Pino's own buffer would copy all that waits at every line. What goes is
 * written before anything else happens: what is on its way in the background when a process exits is lost.
 */
export function logLines(): DestinationStream {
  const out = pino.destination({ dest: 1, sync: true });
  let lines: string[] = [];
  let chars = 0;
  const writeOut = () => {
    if (chars === 0) return;
    const text = lines.join("");
    lines = [];
    chars = 0;
    out.write(text);
  };
  setInterval(writeOut, togetherMs).unref();
  process.on("exit", writeOut);
  return {
    write(line) {
      lines.push(line);
      chars += line.length;
      if (chars >= togetherChars) writeOut();
    },
  };
}

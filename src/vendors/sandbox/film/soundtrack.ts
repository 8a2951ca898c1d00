import { type Look, pick } from "./look.js";

/** A major pentatonic scale sounds well in any order. */
const scaleSemitones = [0, 2, 4, 7, 9, 12, 14, 16];
const noteSeconds = 0.4;
const notesInTune = 8;

/** A quiet tune of plucked notes in the prompt's own key, as an ffmpeg source of `seconds` seconds. */
export function soundtrackOf(look: Look, seconds: number): string {
  const base = 220 * 2 ** (look.keySemitones / 12);
  const notes = Array.from({ length: notesInTune }, () => base * 2 ** (pick(look.dice, scaleSemitones) / 12));
  const inTune = `mod(t\\,${noteSeconds * notesInTune})`;
  const hertz = notes.reduceRight(
    (later, note, at) =>
      later === ""
        ? note.toFixed(2)
        : `if(lt(${inTune}\\,${((at + 1) * noteSeconds).toFixed(1)})\\,${note.toFixed(2)}\\,${later})`,
    "",
  );
  const inNote = `mod(t\\,${noteSeconds})`;
  const pluck = `0.22*min(1\\,150*${inNote})*exp(-6*${inNote})*sin(2*PI*(${hertz})*${inNote})`;
  const bass = `0.16*min(1\\,60*${inTune})*exp(-1.3*${inTune})*sin(PI*${base.toFixed(2)}*${inTune})`;
  return `aevalsrc=exprs=${pluck}+${bass}:s=32000:d=${seconds}`;
}

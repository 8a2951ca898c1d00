import { type Fault, type Place, readFault } from "./faults.js";

interface SwitchedOn {
  /** Meets only prompts that contain this; null: every one. */
  match: string | null;
  fault: Fault;
  met: number;
}

/** A word in a prompt that looks like a fault and is none. */
export class NoSuchFault extends Error {}

/** Which faults are on, and how often each was met. */
export class FaultBoard {
  private switchedOn: SwitchedOn[] = [];
  private readonly byPrompt = new Map<string, SwitchedOn[]>();

  switchOn(text: string, match: string | null, times: number | null): void {
    const fault = readFault(text);
    if (!fault) throw new NoSuchFault(text);
    this.switchedOn.push({ match, fault: { ...fault, times: times ?? fault.times }, met: 0 });
  }

  clear(): void {
    this.switchedOn = [];
    this.byPrompt.clear();
  }

  list(): { match: string | null; fault: Fault; met: number }[] {
    return this.switchedOn.map((entry) => ({ ...entry }));
  }

  /** The answer fault that this call meets, if any; that counts as met. Slowness comes with others. */
  meet(prompt: string, place: Place): Fault[] {
    const due = this.entriesFor(prompt).filter(
      ({ fault, met }) => fault.place === place && hasLeft(fault, met),
    );
    const slow = due.find(({ fault }) => fault.name === "slow");
    const other = due.find(({ fault }) => fault.name !== "slow");
    return [slow, other].filter((entry) => entry !== undefined).map((entry) => meetOnce(entry));
  }

  /** The task faults for a submission; each counts as met. */
  meetForTask(prompt: string): Fault[] {
    const due = this.entriesFor(prompt).filter(
      ({ fault, met }) => fault.place === null && hasLeft(fault, met),
    );
    return due.map((entry) => meetOnce(entry));
  }

  private entriesFor(prompt: string): SwitchedOn[] {
    const fromControl = this.switchedOn.filter(({ match }) => match === null || prompt.includes(match));
    return [...this.entriesInPrompt(prompt), ...fromControl];
  }

  private entriesInPrompt(prompt: string): SwitchedOn[] {
    if (!prompt.includes("[fault:")) return [];
    const earlier = this.byPrompt.get(prompt);
    if (earlier) return earlier;
    const entries = Array.from(prompt.matchAll(/\[fault:([^\]]*)\]/g), ([, text = ""]) => {
      const fault = readFault(text);
      if (!fault) throw new NoSuchFault(text);
      return { match: null, fault, met: 0 };
    });
    this.byPrompt.set(prompt, entries);
    return entries;
  }
}

const hasLeft = ({ times }: Fault, met: number) => times === null || met < times;

function meetOnce(entry: SwitchedOn): Fault {
  entry.met += 1;
  return entry.fault;
}

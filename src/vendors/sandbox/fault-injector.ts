import { type Fault, type FaultEndpoint, parseFault } from "./faults.js";

export interface EnabledFault {
  /** Applies to prompts that contain this text. Null: to all prompts. */
  match: string | null;
  fault: Fault;
  uses: number;
}

/** The prompt or the control API names a fault that does not exist. */
export class InvalidFault extends Error {}

/** Holds the enabled faults and counts how often each was used. */
export class FaultInjector {
  private enabled: EnabledFault[] = [];
  private readonly byPrompt = new Map<string, EnabledFault[]>();

  enable(text: string, match: string | null, times: number | null): void {
    const fault = parseFault(text);
    if (!fault) throw new InvalidFault(text);
    this.enabled.push({ match, fault: { ...fault, times: times ?? fault.times }, uses: 0 });
  }

  clear(): void {
    this.enabled = [];
    this.byPrompt.clear();
  }

  list(): EnabledFault[] {
    return this.enabled.map((entry) => ({ ...entry }));
  }

  /** Returns the response faults for this call, at most one besides "slow", and counts them as used. */
  consumeFaults(prompt: string, endpoint: FaultEndpoint): Fault[] {
    const due = this.entriesFor(prompt).filter(
      ({ fault, uses }) => fault.endpoint === endpoint && hasUsesLeft(fault, uses),
    );
    const slow = due.find(({ fault }) => fault.name === "slow");
    const other = due.find(({ fault }) => fault.name !== "slow");
    return [slow, other].filter((entry) => entry !== undefined).map((entry) => countUse(entry));
  }

  /** Returns the task faults for a new task and counts them as used. */
  consumeTaskFaults(prompt: string): Fault[] {
    const due = this.entriesFor(prompt).filter(
      ({ fault, uses }) => fault.endpoint === null && hasUsesLeft(fault, uses),
    );
    return due.map((entry) => countUse(entry));
  }

  private entriesFor(prompt: string): EnabledFault[] {
    const fromControl = this.enabled.filter(({ match }) => match === null || prompt.includes(match));
    return [...this.entriesInPrompt(prompt), ...fromControl];
  }

  private entriesInPrompt(prompt: string): EnabledFault[] {
    if (!prompt.includes("[fault:")) return [];
    const cached = this.byPrompt.get(prompt);
    if (cached) return cached;
    const entries = Array.from(prompt.matchAll(/\[fault:([^\]]*)\]/g), ([, text = ""]) => {
      const fault = parseFault(text);
      if (!fault) throw new InvalidFault(text);
      return { match: null, fault, uses: 0 };
    });
    this.byPrompt.set(prompt, entries);
    return entries;
  }
}

const hasUsesLeft = ({ times }: Fault, uses: number) => times === null || uses < times;

function countUse(entry: EnabledFault): Fault {
  entry.uses += 1;
  return entry.fault;
}

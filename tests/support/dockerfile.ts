import { readFileSync } from "node:fs";

export interface Instruction {
  name: string;
  /** The text after the name, on one line. */
  text: string;
}

export interface Stage {
  /** "" for the last one. */
  name: string;
  base: string;
  instructions: Instruction[];
}

/** A Dockerfile's stages, as far as ours goes: no heredocs, no parser directives. */
export function readDockerfile(path: string): { args: Map<string, string>; stages: Stage[] } {
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const args = new Map<string, string>();
  const stages: Stage[] = [];
  for (const line of lines) {
    const [, name = "", text = ""] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    const stage = stages.at(-1);
    if (name === "FROM") {
      const [, base = "", as = ""] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(text) ?? [];
      stages.push({
        name: as,
        base: base.replaceAll(/\$\{(\w+)\}/g, (_, arg) => args.get(arg) ?? ""),
        instructions: [],
      });
    } else if (stage) stage.instructions.push({ name, text });
    else if (name === "ARG") args.set(...(text.split("=", 2) as [string, string]));
  }
  return { args, stages };
}

export function allOf(stage: Stage, name: string): string[] {
  return stage.instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);
}

/** The words of an instruction in exec form; null when it is in shell form. */
export function execForm(text: string): string[] | null {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) ? words : null;
  } catch {
    return null;
  }
}

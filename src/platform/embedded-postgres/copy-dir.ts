import { copyFileSync, lchownSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface CopyRules {
  /** Names of files and folders that are not copied. */
  leftOut: ReadonlySet<string>;
  /** Names of folders of which only the folder is. */
  leftEmpty: ReadonlySet<string>;
}

/** Copies a folder that others write to. What goes away meanwhile is not missed. Owners stay as they are. */
export function copyDir(from: string, to: string, rules?: CopyRules): void {
  mkdirSync(to, { recursive: true, mode: lstatSync(from).mode & 0o777 });
  keepOwner(from, to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (rules?.leftOut.has(entry.name)) continue;
    const [source, copy] = [join(from, entry.name), join(to, entry.name)];
    ifStillThere(() => {
      if (entry.isDirectory() && rules?.leftEmpty.has(entry.name)) {
        mkdirSync(copy, { mode: lstatSync(source).mode & 0o777 });
        keepOwner(source, copy);
      } else if (entry.isDirectory()) {
        copyDir(source, copy, rules);
      } else {
        copyFileSync(source, copy);
        keepOwner(source, copy);
      }
    });
  }
}

/** A server that root has started runs as another user. */
export function keepOwner(like: string, path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = lstatSync(like);
  lchownSync(path, uid, gid);
}

function ifStillThere(act: () => void): void {
  try {
    act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

import { copyFileSync, lchownSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface CopyOptions {
  /** Names of files and folders that are not copied. */
  exclude: ReadonlySet<string>;
  /** Names of folders that are copied as empty folders. */
  excludeContents: ReadonlySet<string>;
}

/** Copies a folder that is in use: files deleted during the copy are skipped. Preserves owners. */
export function copyDir(from: string, to: string, options?: CopyOptions): void {
  mkdirSync(to, { recursive: true, mode: lstatSync(from).mode & 0o777 });
  copyOwner(from, to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (options?.exclude.has(entry.name)) continue;
    const [source, copy] = [join(from, entry.name), join(to, entry.name)];
    ignoreMissing(() => {
      if (entry.isDirectory() && options?.excludeContents.has(entry.name)) {
        mkdirSync(copy, { mode: lstatSync(source).mode & 0o777 });
        copyOwner(source, copy);
      } else if (entry.isDirectory()) {
        copyDir(source, copy, options);
      } else {
        copyFileSync(source, copy);
        copyOwner(source, copy);
      }
    });
  }
}

/** Only root may change owners. A PostgreSQL that root has started runs as another user. */
export function copyOwner(from: string, to: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = lstatSync(from);
  lchownSync(to, uid, gid);
}

function ignoreMissing(action: () => void): void {
  try {
    action();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

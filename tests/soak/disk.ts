import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const mib = 1024 * 1024;

/** A small separate disk that can be filled. Null if this process is not allowed to mount one. */
export class SmallDisk {
  private constructor(private readonly folder: string) {}

  static mount(folder: string, sizeMib: number): SmallDisk | null {
    mkdirSync(folder, { recursive: true });
    const args = ["-t", "tmpfs", "-o", `size=${sizeMib}m,mode=0777`, "tmpfs", folder];
    return spawnSync("mount", args).status === 0 ? new SmallDisk(folder) : null;
  }

  get freeMib(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return (bavail * bsize) / mib;
  }

  fill(): void {
    const ballast = Buffer.alloc(mib);
    for (let n = 0; ; n++) {
      try {
        writeFileSync(join(this.folder, `ballast-${n}`), ballast);
      } catch {
        return; // The disk is full.
      }
    }
  }

  empty(): void {
    spawnSync("sh", ["-c", `rm -f '${this.folder}'/ballast-*`]);
  }

  unmount(): void {
    spawnSync("umount", ["-l", this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

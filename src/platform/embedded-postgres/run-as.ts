import { execFile, spawnSync } from "node:child_process";
import { chownSync, statSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Runs PostgreSQL's programs. PostgreSQL refuses to run as root, so root runs them as an
 * unprivileged user; where that user may not enter the directories (a home, a private temp folder),
 * `setpriv` lends it the one capability to do so.
 */
export interface Runner {
  run(program: string, args: string[]): Promise<string>;
  /** Gives a new directory to the user that the programs run as. */
  own(path: string): void;
}

export function runnerFor(options: { binary: string; dataDir: string }): Runner {
  if (process.getuid?.() !== 0) return { run: (program, args) => output(program, args, {}), own: () => {} };
  const user = unprivilegedUser();
  const own = (path: string) => chownSync(path, user.uid, user.gid);
  if (canEnter(user, options)) return { run: (program, args) => output(program, args, user), own };
  const lend = [
    // access(2) forgets the capabilities of who is not root, unless this bit is set; PostgreSQL asks it.
    "--securebits=+no_setuid_fixup",
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    "--clear-groups",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
  ];
  return { run: (program, args) => output("setpriv", [...lend, program, ...args], {}), own };
}

async function output(program: string, args: string[], as: { uid?: number; gid?: number }): Promise<string> {
  // A fixed environment: the locale decides nothing here, and our secrets are none of its business.
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC" };
  const { stdout } = await run(program, args, { ...as, env, cwd: "/", timeout: 120_000 });
  return stdout;
}

function unprivilegedUser(): { uid: number; gid: number } {
  const existing = lookUp("postgres");
  if (existing) return existing;
  spawnSync("useradd", ["--system", "--user-group", "--no-create-home", "postgres"]);
  const user = lookUp("postgres") ?? lookUp("nobody");
  if (!user)
    throw new Error("Running as root, and there is no user `postgres` or `nobody` to run PostgreSQL as.");
  return user;
}

function lookUp(name: string): { uid: number; gid: number } | null {
  const [uid, gid] = ["-u", "-g"].map((flag) => spawnSync("id", [flag, name], { encoding: "utf8" }));
  if (uid?.status !== 0 || gid?.status !== 0) return null;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

function canEnter(
  user: { uid: number; gid: number },
  { binary, dataDir }: { binary: string; dataDir: string },
) {
  const may = (args: string[]) => spawnSync("test", args, { ...user, cwd: "/" }).status === 0;
  return statSync(dataDir).isDirectory() && may(["-x", binary]) && may(["-x", dataDir]);
}

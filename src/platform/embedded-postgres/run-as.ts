import { execFile, spawnSync } from "node:child_process";
import { chownSync, statSync } from "node:fs";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * Runs PostgreSQL's programs. PostgreSQL refuses to run as root, so root runs them as an unprivileged user.
 * If that user cannot enter the directories (a home, a private temporary folder), `setpriv` grants the
 * programs the capability to do so.
 */
export interface ProgramRunner {
  run(program: string, args: string[]): Promise<string>;
  /** Changes the owner to the user that the programs run as. */
  chown(path: string): void;
}

export function createProgramRunner(paths: { binary: string; dataDir: string }): ProgramRunner {
  if (process.getuid?.() !== 0)
    return { run: (program, args) => runProgram(program, args, {}), chown: () => {} };
  const user = findUnprivilegedUser();
  const chown = (path: string) => chownSync(path, user.uid, user.gid);
  if (canEnter(user, paths)) return { run: (program, args) => runProgram(program, args, user), chown };
  const setprivArgs = [
    // Without this bit, access(2) ignores the capabilities of a user who is not root, and PostgreSQL calls it.
    "--securebits=+no_setuid_fixup",
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    "--clear-groups",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
  ];
  return { run: (program, args) => runProgram("setpriv", [...setprivArgs, program, ...args], {}), chown };
}

async function runProgram(
  program: string,
  args: string[],
  user: { uid?: number; gid?: number },
): Promise<string> {
  // A fixed environment: independent of the locale, and without our secrets.
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC" };
  const { stdout } = await execute(program, args, { ...user, env, cwd: "/", timeout: 120_000 });
  return stdout;
}

function findUnprivilegedUser(): { uid: number; gid: number } {
  const existing = findUser("postgres");
  if (existing) return existing;
  spawnSync("useradd", ["--system", "--user-group", "--no-create-home", "postgres"]);
  const user = findUser("postgres") ?? findUser("nobody");
  if (!user)
    throw new Error("Running as root, and there is no user `postgres` or `nobody` to run PostgreSQL as.");
  return user;
}

function findUser(name: string): { uid: number; gid: number } | null {
  const [uid, gid] = ["-u", "-g"].map((flag) => spawnSync("id", [flag, name], { encoding: "utf8" }));
  if (uid?.status !== 0 || gid?.status !== 0) return null;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

function canEnter(
  user: { uid: number; gid: number },
  { binary, dataDir }: { binary: string; dataDir: string },
) {
  const test = (args: string[]) => spawnSync("test", args, { ...user, cwd: "/" }).status === 0;
  return statSync(dataDir).isDirectory() && test(["-x", binary]) && test(["-x", dataDir]);
}

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { freePort } from "./programs.js";
import { until } from "./until.js";

/** PgBouncer with deploy/pgbouncer.ini, on this machine, in front of one test database. */
export class PgBouncer {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(
    program: string,
    options: { databaseUrl: string; poolSize: number },
  ): Promise<PgBouncer> {
    const { hostname, port, username, password, pathname } = new URL(options.databaseUrl);
    const ownPort = await freePort();
    const name = pathname.slice(1);
    const server = `host=${hostname} port=${port} dbname=${name} user=${username} password=${password}`;
    const settings = readFileSync("deploy/pgbouncer.ini", "utf8")
      .replace(/^skyriff = host=\S+ port=\S+ dbname=\S+/m, `${name} = ${server}`)
      .replace(/^listen_addr = .*/m, "listen_addr = 127.0.0.1\nunix_socket_dir =\nadmin_users = boss")
      .replace(/^listen_port = .*/m, `listen_port = ${ownPort}`)
      .replace(/^auth_type = .*/m, "auth_type = any")
      .replace(/^auth_file = .*\n/m, "")
      .replace(/^default_pool_size = .*/m, `default_pool_size = ${options.poolSize}`);
    const folder = mkdtempSync(join(tmpdir(), "skyriff-pgbouncer-"));
    const file = join(folder, "pgbouncer.ini");
    writeFileSync(file, settings, { mode: 0o644 });
    // PgBouncer refuses to run as root, and its user must be able to read its settings.
    const isRoot = process.getuid?.() === 0;
    const nobody = Number(spawnSync("id", ["-u", "nobody"], { encoding: "utf8" }).stdout);
    if (isRoot) spawnSync("chown", ["-R", `${nobody}`, folder]);
    const child = spawn(program, [file], { stdio: "ignore", ...(isRoot && { uid: nobody }) });
    const url = `postgres://${username}:any@127.0.0.1:${ownPort}/${name}`;
    const bouncer = new PgBouncer(url, child, folder);
    await until("PgBouncer", () => bouncer.show("version").then(Boolean, () => false));
    return bouncer;
  }

  /** Rows of its console: `pools`, `clients`, `servers`. */
  async show(what: string): Promise<Record<string, unknown>[]> {
    const address = Object.assign(new URL(this.url), { username: "boss", pathname: "/pgbouncer" });
    const console = postgres(address.toString(), { max: 1, fetch_types: false, onnotice: () => {} });
    try {
      return await console.unsafe(`show ${what}`).simple();
    } finally {
      await console.end();
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill("SIGKILL");
      await once(this.child, "exit");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

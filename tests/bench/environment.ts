import { readFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../src/platform/embedded-postgres/embedded-postgres.js";
import { ServerProcess } from "../support/server-process.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { type BenchUser, logIn } from "./users.js";

/** A PostgreSQL of our own, the server in front of it as a process, and who calls it. */
export interface Environment {
  url: string;
  databaseUrl: string;
  serverPid: number;
  postgresPid: number;
  /** Where the server stores files. */
  storageDir: string;
  users: BenchUser[];
  sql: postgres.Sql;
  /** Access tokens end after a quarter of an hour. */
  logInAgain(): Promise<void>;
  /** The server ends, and with it its profile, if it made one. */
  endServer(): Promise<void>;
  stop(): Promise<void>;
}

const usersCount = 256;
const code = "123456";

/** Everything that a real server has is switched on; the limits alone are out of the way. */
const settings = {
  LOG_LEVEL: "info",
  SMS_FIXED_CODE: code,
  SIGNUP_CREDITS: "1000000000",
  RATE_LIMIT_PER_MINUTE: "100000000",
  MAX_CONCURRENT_TASKS: "100000000",
  MAX_TASKS_PER_DAY: "100000000",
  WORKS_PER_DAY: "100000000",
  TIP_CREDITS_PER_DAY: "1000000000",
  LOGIN_CODES_PER_ADDRESS_PER_HOUR: "1000000",
  LOGIN_CODES_PER_HOUR: "1000000",
  AUTH_SECRET: "a secret that is long enough for a measurement",
  // No worker runs, so it is never called.
  VENDOR: "dyuapi",
  DYUAPI_BASE_URL: "http://127.0.0.1:9",
  DYUAPI_API_KEY: "none",
};

/** `profileTo`: a folder for the server's processor profile. */
export async function openEnvironment({ profileTo }: { profileTo: string | null }): Promise<Environment> {
  const folder = await temporaryFolder();
  const dataDir = join(folder.path, "database");
  let cluster: EmbeddedPostgres | null = null;
  const undo = async () => {
    await ServerProcess.killAll();
    await cluster?.stop();
    await folder.remove();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => undo().finally(() => process.exit(1)));
  }
  try {
    cluster = await startEmbeddedPostgres(dataDir);
    const server = await ServerProcess.start(
      {
        ...settings,
        ...{ DATABASE_URL: cluster.url, DATA_DIR: join(folder.path, "server") },
        ...(profileTo && { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileTo}` }),
      },
      ["serve", "--no-worker"],
    );
    const sql = postgres(cluster.url, { max: 4, onnotice: () => {} });
    const users = await logIn(server.url, sql, usersCount, code);
    return {
      url: server.url,
      databaseUrl: cluster.url,
      serverPid: server.child.pid as number,
      postgresPid: Number(
        readFileSync(join(dataDir, "postgres/cluster/postmaster.pid"), "utf8").split("\n")[0],
      ),
      storageDir: join(folder.path, "server", "storage"),
      users,
      sql,
      logInAgain: async () => {
        users.splice(0, users.length, ...(await logIn(server.url, sql, usersCount, code)));
      },
      endServer: async () => void (await server.kill("SIGTERM")),
      stop: async () => {
        await sql.end({ timeout: 2 });
        await undo();
      },
    };
  } catch (error) {
    await undo();
    throw error;
  }
}

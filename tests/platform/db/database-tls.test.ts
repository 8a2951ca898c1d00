import { execFileSync } from "node:child_process";
import { chownSync, statSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectDatabase } from "../../../src/platform/db/index.js";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../../src/platform/embedded-postgres/embedded-postgres.js";
import { describeWith } from "../../support/programs.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { until } from "../../support/until.js";

/** Whether connections to this address use TLS; the error's message if they fail. */
async function isEncrypted(url: string): Promise<boolean | string> {
  const { db, close } = connectDatabase({ url, poolSize: 1, applicationName: "tests" });
  try {
    const [row] = await db.execute<{ ssl: boolean }>(
      sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`,
    );
    return row?.ssl === true;
  } catch (error) {
    return ((error as Error).cause as Error).message;
  } finally {
    await close();
  }
}

describeWith("openssl", "a PostgreSQL with a certificate that it signed itself", (openssl) => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let cluster: EmbeddedPostgres;
  beforeAll(async () => {
    folder = await temporaryFolder();
    cluster = await startEmbeddedPostgres(folder.path);
    const home = join(folder.path, "postgres/cluster");
    const [key, certificate] = [join(home, "server.key"), join(home, "server.crt")];
    const subject = ["-subj", "/CN=localhost", "-days", "2", "-nodes"];
    const paths = ["-keyout", key, "-out", certificate];
    execFileSync(openssl, ["req", "-x509", "-newkey", "rsa:2048", ...subject, ...paths], { stdio: "ignore" });
    const { uid, gid } = statSync(join(home, "PG_VERSION"));
    for (const file of [key, certificate]) chownSync(file, uid, gid);
    const admin = connectDatabase({ url: cluster.url, poolSize: 1, applicationName: "tests" });
    await admin.db.execute(sql`alter system set ssl = on`);
    await admin.db.execute(sql`select pg_reload_conf()`);
    await admin.close();
    await until("TLS", () => isEncrypted(`${cluster.url}?sslmode=require`).then((it) => it === true));
  });
  afterAll(async () => {
    await cluster.stop();
    await folder.remove();
  });

  test("sslmode decides: no TLS by default, and with verify-full only with a trusted certificate", async () => {
    expect(await isEncrypted(cluster.url)).toBe(false);
    expect(await isEncrypted(`${cluster.url}?sslmode=require&channel_binding=require`)).toBe(true);
    expect(await isEncrypted(`${cluster.url}?sslmode=verify-full`)).toMatch(/self[- ]signed certificate/);
  });

  test("sslmode applies to several hosts too", async () => {
    const { host } = new URL(cluster.url);
    const several = cluster.url.replace(host, `127.0.0.1:1,${host}`);
    expect(await isEncrypted(`${several}?sslmode=require&target_session_attrs=read-write`)).toBe(true);
    expect(await isEncrypted(`${several}?sslmode=verify-full`)).toMatch(
      /no host is a usable primary: .* DEPTH_ZERO_SELF_SIGNED_CERT/,
    );
  });
});

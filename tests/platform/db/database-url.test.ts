import { expect, test } from "vitest";
import { ConfigError, readConfig } from "../../../src/app/config.js";
import { parseDatabaseUrl, problemWithDatabaseUrl } from "../../../src/platform/db/address.js";

const hostsOf = (url: string) => parseDatabaseUrl(url).hosts.map(({ name, port }) => `${name} ${port}`);

test("a URL may name several hosts, with and without ports, including IPv6", () => {
  expect(hostsOf("postgres://a:5433,b/skyriff")).toEqual(["a 5433", "b 5432"]);
  expect(hostsOf("postgresql://u:p@[::1]:5433,[2001:db8::2],c:1/skyriff")).toEqual([
    "::1 5433",
    "2001:db8::2 5432",
    "c 1",
  ]);
  expect(hostsOf("postgres:///skyriff")).toEqual(["localhost 5432"]);
});

test("user, password and database may contain special characters", () => {
  const { user, password, database } = parseDatabaseUrl("postgres://a%40b:p%2Cw%3A%2F%25@h1,h2/my%20db");
  expect({ user, password, database }).toEqual({ user: "a@b", password: "p,w:/%", database: "my db" });
  expect(parseDatabaseUrl("postgres://u:p@ss:word@h/db")).toMatchObject({ password: "p@ss:word" });
  expect(hostsOf("postgres://u:p@ss,word@h1,h2/db")).toEqual(["h1 5432", "h2 5432"]);
});

test("parameters for libpq only are not sent to the server, which would reject them", () => {
  const { parameters, role } = parseDatabaseUrl(
    "postgres://h/db?sslmode=require&channel_binding=require&keepalives_idle=5&target_session_attrs=read-write",
  );
  expect(parameters.toString()).toBe("sslmode=require");
  expect(role).toBe("primary");
});

test("an invalid URL in a setting is explained, but never repeated", () => {
  const problems: Record<string, string> = {
    "mysql://u:hunter2@h/db": "must be a postgres:// URL",
    "postgres://u:hunter2@h:port/db": "each host must be written as name, name:port or [IPv6 address]:port",
    "postgres://u:hunter2@h:99999/db": "each host must be written as name, name:port or [IPv6 address]:port",
    "postgres://u:hunter2@::1/db": "each host must be written as name, name:port or [IPv6 address]:port",
    "postgres://u:hunter2%@h/db": "a % must be written as %25 in a URL",
    "postgres://u:hunter2@h/db?target_session_attrs=standby":
      "target_session_attrs must be read-write or primary here",
    "postgres://u:hunter2@h/db?target_session_attrs=hunter2":
      "target_session_attrs must be one of any, read-write, primary, standby, read-only, prefer-standby",
  };
  for (const [url, problem] of Object.entries(problems)) {
    for (const name of ["DATABASE_URL", "DATABASE_DIRECT_URL"]) {
      const settings = { DATABASE_URL: "postgres://h/db", [name]: url };
      expect(() => readConfig(settings)).toThrow(new ConfigError([`${name}: ${problem}`]));
    }
  }
});

test("only the address of the replica may require a standby", () => {
  const url = "postgres://a,b/db?target_session_attrs=prefer-standby";
  expect(problemWithDatabaseUrl(url, "standby")).toBeNull();
  expect(problemWithDatabaseUrl(url, "primary")).toMatch(/must be read-write or primary/);
  expect(problemWithDatabaseUrl("postgres://a,b/db?target_session_attrs=read-write", "standby")).toBe(
    "target_session_attrs must be standby or read-only or prefer-standby here",
  );
});

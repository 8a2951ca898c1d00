import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type EdgeApp, startEdge, until } from "./edge-app.js";

const open: EdgeApp[] = [];

async function start(options?: Parameters<typeof startEdge>[0]): Promise<EdgeApp> {
  const edge = await startEdge(options);
  open.push(edge);
  return edge;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((edge) => edge.close()));
});

describe("a request", () => {
  test("gets its id back: its own, or a new one if that could do harm in a log", async () => {
    const edge = await start();
    const kept = await edge.post("{ hello }", { headers: { "x-request-id": "web-1234567890" } });
    const replaced = await edge.post("{ hello }", { headers: { "x-request-id": "short" } });
    expect(kept.headers.get("x-request-id")).toBe("web-1234567890");
    expect(replaced.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("is one readable line in the log, without its document", async () => {
    const edge = await start();
    edge.fakes.gate("logged").resolve();
    await edge.post('mutation M { work(name: "logged") }', { headers: { "x-request-id": "log-12345678" } });
    await edge.post("{ refused }");
    await until(() => edge.log.length >= 2, "both lines are there");
    expect(edge.log.map(({ msg }) => msg)).toEqual([
      "POST /graphql mutation work 200",
      "POST /graphql query refused 200 BAD_USER_INPUT",
    ]);
    expect(edge.log[0]).toMatchObject({ level: "info", requestId: "log-12345678", ms: expect.any(Number) });
  });

  test("from a web page of any origin is allowed, with any header, and without cookies", async () => {
    const edge = await start();
    const preflight = await fetch(`${edge.url}/graphql`, {
      method: "OPTIONS",
      headers: {
        origin: "https://front.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-own",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-headers")).toBe("authorization,content-type,x-own");
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
    const { headers } = await edge.post("{ hello }", { headers: { origin: "https://front.example" } });
    expect(headers.get("access-control-allow-origin")).toBe("*");
  });

  test("has the address of the connection unless a proxy is trusted", async () => {
    const lies = { "x-forwarded-for": "203.0.113.9" };
    const alone = await start();
    const behindProxy = await start({ trustProxy: (address) => address === "127.0.0.1" });
    expect((await alone.post("{ address }", { headers: lies })).body.data.address).toBe("127.0.0.1");
    expect((await behindProxy.post("{ address }", { headers: lies })).body.data.address).toBe("203.0.113.9");
  });

  test("that offers HTTP/2 in an Upgrade header is served as HTTP/1.1", async () => {
    const edge = await start();
    const body = '{"query":"{ hello }"}';
    const socket = connect(Number(new URL(edge.url).port), "127.0.0.1");
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n` +
        `connection: Upgrade, HTTP2-Settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n\r\n${body}`,
    );
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toContain('{"data":{"hello":"world"}}');
  });
});

describe("an operator", () => {
  test("sees that the server runs, and whether it is ready, with the reasons if not", async () => {
    let ready = true;
    const edge = await start({
      readiness: async () => ({ ready, reasons: ready ? [] : ["database"] }),
    });
    expect((await fetch(`${edge.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${edge.url}/readyz`)).status).toBe(200);
    ready = false;
    const unready = await fetch(`${edge.url}/readyz`);
    expect(unready.status).toBe(503);
    expect(await unready.json()).toEqual({ status: "not ready", reasons: ["database"] });
    expect((await fetch(`${edge.url}/healthz`)).status).toBe(200);
  });

  test("and other callers of /readyz share one check at a time", async () => {
    let checkCount = 0;
    const { promise: pendingCheck, resolve } = Promise.withResolvers<{ ready: boolean; reasons: string[] }>();
    const edge = await start({
      readiness: () => {
        checkCount += 1;
        return pendingCheck;
      },
    });
    const requests = Array.from({ length: 50 }, () => fetch(`${edge.url}/readyz`));
    await until(() => checkCount === 1, "the first check");
    await edge.post("{ hello }");
    resolve({ ready: true, reasons: [] });
    for (const response of await Promise.all(requests)) expect(response.status).toBe(200);
    expect(checkCount).toBeLessThan(10);
  });

  test("sees requests by operation, and clients cannot create labels", async () => {
    const edge = await start();
    await edge.post("query MadeUpByAClient { hello }");
    await edge.post("{ refused }");
    const text = await (await fetch(`${edge.url}/metrics`)).text();
    expect(text).toContain(
      'skyriff_graphql_operations_total{transport="http",operation="query hello",code="OK"} 1',
    );
    expect(text).toContain('operation="query refused",code="BAD_USER_INPUT"} 1');
    expect(text).toMatch(/skyriff_http_request_seconds_count\{.*route="\/graphql".*\} 1/);
    expect(text).toContain("process_cpu_seconds_total");
    expect(text).not.toContain("MadeUpByAClient");
  });
});

describe("an upload", () => {
  const document = "mutation($file: Upload!) { receive(file: $file) { filename byteSize } }";
  const preflight = { "apollo-require-preflight": "true" };

  function form(bytes: number, query = document): FormData {
    const data = new FormData();
    data.set("operations", JSON.stringify({ query, variables: { file: null } }));
    data.set("map", JSON.stringify({ 0: ["variables.file"] }));
    data.set("0", new Blob([Buffer.alloc(bytes)]), "小猫.png");
    return data;
  }

  function send(edge: EdgeApp, body: FormData, headers: Record<string, string> = preflight) {
    return fetch(`${edge.url}/graphql`, { method: "POST", headers, body });
  }

  test("of exactly the limit arrives whole, with its name", async () => {
    const edge = await start();
    const bytes = 10 * 1024 * 1024;
    const response = await send(edge, form(bytes));
    expect(await response.json()).toEqual({ data: { receive: { filename: "小猫.png", byteSize: bytes } } });
  });

  test("of one byte more is PAYLOAD_TOO_LARGE, and the connection stays usable", async () => {
    const edge = await start();
    const response = await send(edge, form(10 * 1024 * 1024 + 1));
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "PAYLOAD_TOO_LARGE" } }] });
    expect((await edge.post("{ hello }")).body).toEqual({ data: { hello: "world" } });
  });

  test("that no resolver reads gets its answer", async () => {
    const edge = await start();
    const response = await send(edge, form(8_000_000, "mutation($file: Upload!) { ignore(file: $file) }"));
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
  });

  test("without a preflight header is rejected", async () => {
    const edge = await start();
    const response = await send(edge, form(10), {});
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
  });

  test("with an invalid map or endless nesting is BAD_REQUEST", async () => {
    const edge = await start();
    const nowhere = form(10);
    nowhere.set("map", '{"0":["variables.file.a.b"]}');
    const nested = form(10);
    nested.set(
      "operations",
      `{"query":"{ hello }","variables":{"x":${"[".repeat(50_000)}${"]".repeat(50_000)}}}`,
    );
    nested.set("map", "{}");
    expect((await send(edge, nowhere)).status).toBe(400);
    expect((await send(edge, nested)).status).toBeLessThan(500);
  });

  test("that breaks off fails for its reader, and the server keeps running", async () => {
    const edge = await start();
    const part = (name: string, text: string) =>
      `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
    const operations = JSON.stringify({ query: document, variables: { file: null } });
    const socket = connect(Number(new URL(edge.url).port), "127.0.0.1");
    socket.write(
      "POST /graphql HTTP/1.1\r\nhost: x\r\napollo-require-preflight: 1\r\ncontent-length: 100000\r\n" +
        "content-type: multipart/form-data; boundary=b\r\n\r\n" +
        part("operations", operations) +
        part("map", '{"0":["variables.file"]}') +
        '--b\r\ncontent-disposition: form-data; name="0"; filename="half"\r\n\r\nhalf of',
    );
    await until(() => edge.fakes.started.includes("half"), "the file is being read");
    socket.destroy();
    await until(() => edge.fakes.finished.includes("half"), "the upload has ended");
    expect((await edge.post("{ hello }")).body).toEqual({ data: { hello: "world" } });
    expect(edge.log.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("a server that stops", () => {
  test("answers running requests, accepts no new ones, and ends within two seconds", async () => {
    const edge = await startEdge();
    const begun = edge.post('mutation { work(name: "last") }');
    const idle = await edge.post("{ hello }");
    expect(idle.status).toBe(200);
    await until(() => edge.fakes.started.includes("last"), "the mutation runs");
    const startedAt = performance.now();
    const closed = edge.close();
    await expect(edge.post("{ hello }")).rejects.toThrow();
    edge.fakes.gate("last").resolve();
    expect((await begun).body).toEqual({ data: { work: "last" } });
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test("cuts a request that does not end", async () => {
    const edge = await startEdge({ limits: { drainMs: 300 } });
    const stuck = edge.post('mutation { work(name: "never") }');
    stuck.catch(() => {});
    await until(() => edge.fakes.started.includes("never"), "the mutation runs");
    const startedAt = performance.now();
    await edge.close();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await expect(stuck).rejects.toThrow();
  });
});

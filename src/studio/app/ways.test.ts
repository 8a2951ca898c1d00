import { CombinedError } from "urql";
import { expect, test } from "vitest";
import en from "../words/en.json";
import { type Code, refusalOf } from "./refusal";
import { wayOf } from "./ways";

const wayAfter = (extensions: { code?: string; reason?: string }, path: string[] = []) =>
  wayOf(refusalOf(new CombinedError({ graphQLErrors: [{ message: "", extensions, path }] })));

test("every code leads on, and those without a button are about what stands beside them", () => {
  const codes = Object.keys(en.error) as Code[];
  const ways = codes.map((code) => [code, wayAfter({ code })]);
  expect(ways.filter(([, way]) => way === undefined)).toEqual([]);
  expect(ways.filter(([, way]) => way === "here").map(([code]) => code)).toEqual([
    ...["BAD_USER_INPUT", "INVALID_LOGIN_CODE", "QUOTA_EXCEEDED", "PAYLOAD_TOO_LARGE"],
    ...["UNSUPPORTED_MEDIA_TYPE", "TERMS_NOT_ACCEPTED"],
  ]);
});

test("a conflict leads on by its reason, and a quota of tasks to those that run", () => {
  expect(wayAfter({ code: "CONFLICT", reason: "PRICE_CHANGED" })).toBe("here");
  expect(wayAfter({ code: "CONFLICT", reason: "TASK_BEING_SUBMITTED" })).toBe("again");
  expect(wayAfter({ code: "CONFLICT", reason: "NOTHING_TO_RETRY" })).toBe("reload");
  expect(wayAfter({ code: "QUOTA_EXCEEDED" }, ["retryTask"])).toBe("running");
});

test("a document that the server does not run is an outdated page, not a suspended account", () => {
  expect(wayAfter({ code: "FORBIDDEN" })).toBe("start");
  expect(wayAfter({ code: "FORBIDDEN", reason: "UNTRUSTED_DOCUMENT" })).toBe("reload");
});

test("an error that is no answer is one of the network", () => {
  expect(refusalOf(new TypeError("Failed to fetch")).code).toBe("NETWORK");
  expect(refusalOf(new CombinedError({ networkError: new Error("cut") })).code).toBe("NETWORK");
});

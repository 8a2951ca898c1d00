import { isObject } from "./json.js";

/** A vendor's description of an error. `codes` are its error codes and types. */
export interface VendorErrorBody {
  message: string;
  codes: string[];
}

/** Fields that hold the error message, the most specific first. */
const messageFields = [
  ...["message", "msg", "error_message", "error_msg", "errorMessage", "err_msg", "error_description"],
  ...["fail_reason", "failReason", "failed_reason", "failure_reason", "failureReason", "failure_message"],
  ...["reason", "detail", "task_status_msg", "status_msg"],
];
const codeFields = [
  ...["type", "code", "error_type", "error_code", "errorCode", "err_code", "fail_code", "failure_code"],
  ...["failureCode", "finish_reason"],
];
const innerFields = [
  ...["error", "errors", "failure", "data", "detail", "details", "innererror", "inner_error", "last_error"],
  ...["base_resp", "result", "output", "response"],
];
const depthMax = 5;
/** A code, not a sentence. */
const singleWord = /^[\w.-]+$/;

/** Collects messages and codes at any depth of a response. Null if it describes no error. */
export function findErrorBody(body: unknown): VendorErrorBody | null {
  const found = { messages: new Set<string>(), codes: new Set<string>() };
  collect(body, found, depthMax);
  if (found.messages.size === 0 && found.codes.size === 0) return null;
  return { message: [...found.messages].join(" | "), codes: [...found.codes] };
}

export function describeErrorBody({ message, codes }: VendorErrorBody): string {
  return [...new Set([message, ...codes])].filter(Boolean).join(" | ") || "no reason given";
}

type Found = { messages: Set<string>; codes: Set<string> };

function collect(value: unknown, found: Found, depth: number): void {
  if (depth === 0) return;
  if (Array.isArray(value)) for (const item of value) collect(item, found, depth - 1);
  if (typeof value === "string") add(value, found);
  if (!isObject(value)) return;
  for (const name of innerFields) collect(value[name], found, depth - 1);
  for (const name of messageFields) if (typeof value[name] === "string") add(value[name], found);
  for (const name of codeFields) {
    const code = value[name];
    if (typeof code === "string" || typeof code === "number") found.codes.add(String(code));
  }
}

function add(text: string, { messages, codes }: Found): void {
  if (text.trim() === "") return;
  messages.add(text);
  if (singleWord.test(text)) codes.add(text);
}

import { isObject } from "./json.js";

/** A vendor's description of an error. `words` are its codes and types, where it gives them. */
export interface VendorErrorBody {
  message: string;
  words: string[];
}

/** Names under which vendors put what went wrong, the most telling first. */
const messageFields = [
  ...["message", "msg", "error_message", "error_msg", "errorMessage", "err_msg", "error_description"],
  ...["fail_reason", "failReason", "failed_reason", "failure_reason", "failureReason", "failure_message"],
  ...["reason", "detail", "task_status_msg", "status_msg"],
];
const wordFields = [
  ...["type", "code", "error_type", "error_code", "errorCode", "err_code", "fail_code", "failure_code"],
  ...["failureCode", "finish_reason"],
];
const innerFields = [
  ...["error", "errors", "failure", "data", "detail", "details", "innererror", "inner_error", "last_error"],
  ...["base_resp", "result", "output", "response"],
];
const depthMax = 5;
/** A code and no sentence. */
const singleWord = /^[\w.-]+$/;

/** All that an answer says of an error, wherever it stands in it. Null: it says nothing of one. */
export function errorBodyIn(answer: unknown): VendorErrorBody | null {
  const found = { messages: new Set<string>(), words: new Set<string>() };
  collect(answer, found, depthMax);
  if (found.messages.size === 0 && found.words.size === 0) return null;
  return { message: [...found.messages].join(" | "), words: [...found.words] };
}

export function describeErrorBody({ message, words }: VendorErrorBody): string {
  return [...new Set([message, ...words])].filter(Boolean).join(" | ") || "no reason given";
}

type Found = { messages: Set<string>; words: Set<string> };

function collect(value: unknown, found: Found, depth: number): void {
  if (depth === 0) return;
  if (Array.isArray(value)) for (const item of value) collect(item, found, depth - 1);
  if (typeof value === "string") add(value, found);
  if (!isObject(value)) return;
  for (const name of innerFields) collect(value[name], found, depth - 1);
  for (const name of messageFields) if (typeof value[name] === "string") add(value[name], found);
  for (const name of wordFields) {
    const word = value[name];
    if (typeof word === "string" || typeof word === "number") found.words.add(String(word));
  }
}

function add(text: string, { messages, words }: Found): void {
  if (text.trim() === "") return;
  messages.add(text);
  if (singleWord.test(text)) words.add(text);
}

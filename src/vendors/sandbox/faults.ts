/**
 * Everything that the sandbox can do wrong, by a word in the prompt or by `POST /control/faults`.
 *
 *     [fault:NAME]  [fault:NAME:ARGUMENT]  [fault:NAME xTIMES]  [fault:NAME:ARGUMENT xTIMES]
 *
 * A prompt may hold several. `xTIMES` limits how often the fault is met; without it, it always is.
 *
 * Answer faults stand in place of an answer. They hit the submission; with `check-`, `detail-`,
 * `file-` or `cancel-` before the name they hit that call: `[fault:check-500 x2]`. Where the table
 * says "taken in", the submission becomes a task all the same, although the caller cannot know.
 */
export const answerFaults = {
  reject: "400, the order is not acceptable",
  "content-policy": "400, with a type and code that name the content policy",
  "401": "401, bad key",
  "402": "402, no credit left at the vendor",
  "403": "403, forbidden",
  "404": "404, nothing there",
  "422": "422, the order is not acceptable",
  "429": "429, slow down; the argument is Retry-After in seconds, or date+SECONDS to give it as a date",
  "503": "503, overloaded; the argument as for 429",
  "500": "500; a submission is taken in",
  "502": "502 with an HTML page; a submission is taken in",
  "504": "504 with an HTML page; a submission is taken in",
  hang: "no answer, ever; a submission is taken in",
  cut: "the connection is cut; a submission is taken in",
  "cut-before": "the connection is cut, and nothing was taken in",
  "cut-within": "the connection is cut in the middle of the answer; a submission is taken in",
  malformed: "200 with a text that is no JSON; a submission is taken in",
  "no-id": "200 with an object without an id; a submission is taken in",
  "endless-body": "200 and JSON that never ends; a submission is taken in",
  redirect: "307 to the argument, or to this very address; nothing is taken in",
  slow: "the right answer, after as many milliseconds as the argument says",
} as const;

/** Task faults are fixed when the task is taken in, and last as long as it does. */
export const taskFaults = {
  "unknown-status": 'says "warming_up" for a while, then goes on as usual',
  "progress-back": "progress goes back in the middle",
  fail: "ends as failed, with an error",
  "fail-policy": "ends as failed, for the content policy",
  stuck: "never ends",
  "success-late": "takes longer by the argument's milliseconds (10000)",
  "no-link": "completes without a link; the detail has it",
  "no-link-ever": "completes, and has a link nowhere",
  "link-404": "the link leads to nothing",
  "link-expired": "the state's link is expired (403); the detail's works",
  "link-garbage": "the file is no video",
  "link-cut": "the connection is cut in the middle of the file",
  "link-endless": "the file never ends, and has no announced length",
  "link-redirect": "the link redirects twice, then to the file",
  "link-loop": "the link redirects for ever",
  "link-to": "the link redirects to the argument",
  "link-is": "the link is the argument itself",
  "webhook-never": "its end is told to nobody",
  "webhook-twice": "its end is told twice, under one id",
  "webhook-early": "its end is told once, before the submission is answered",
  forms:
    "answers in older forms; the argument lists which, with commas: data, url, string-error, iso, words, progress-text, progress-none, progress-wild",
} as const;

export type AnswerFaultName = keyof typeof answerFaults;
export type TaskFaultName = keyof typeof taskFaults;
export type Place = "submit" | "check" | "detail" | "file" | "cancel";

export interface Fault {
  name: AnswerFaultName | TaskFaultName;
  /** Where an answer fault hits; null for a task fault. */
  place: Place | null;
  argument: string | null;
  /** How often it is met; null: always. */
  times: number | null;
}

/** Reads `NAME:ARGUMENT xTIMES`; null if there is no such fault. */
export function readFault(text: string): Fault | null {
  const parts = /^(?:(check|detail|file|cancel)-)?([a-z0-9-]+)(?::(\S+))?(?:\s+x(\d+))?$/.exec(text.trim());
  if (!parts) return null;
  const [, place, name = "", argument = null, times] = parts;
  const rest = { argument, times: times === undefined ? null : Number(times) };
  if (Object.hasOwn(answerFaults, name)) {
    return { name: name as AnswerFaultName, place: (place as Place | undefined) ?? "submit", ...rest };
  }
  if (place !== undefined || !Object.hasOwn(taskFaults, name)) return null;
  return { name: name as TaskFaultName, place: null, ...rest };
}

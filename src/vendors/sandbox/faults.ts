/**
 * Faults that the sandbox can simulate, enabled by a tag in the prompt or by `POST /control/faults`.
 *
 *     [fault:NAME]  [fault:NAME:ARGUMENT]  [fault:NAME xTIMES]  [fault:NAME:ARGUMENT xTIMES]
 *
 * A prompt may hold several. `xTIMES` limits how often the fault applies. Default: always.
 *
 * Response faults replace a response. They apply to the submission, or with the prefix `check-`, `detail-`,
 * `file-` or `cancel-` to that call (`detail-`: DyuAPI's task detail): `[fault:check-500 x2]`. Where the table says "accepted", the sandbox
 * creates the task although the caller cannot know it.
 */
export const responseFaults = {
  reject: "400, the request is not acceptable",
  "content-policy": "400, with a type and code that name the content policy",
  "401": "401, bad key",
  "402": "402, no credit left at the vendor",
  "403": "403, forbidden",
  "404": "404, not found",
  "422": "422, the request is not acceptable",
  "429": "429; the argument is Retry-After in seconds, or date+SECONDS to send it as a date",
  "503": "503, overloaded; the argument as for 429",
  "500": "500; a submission is accepted",
  "502": "502 with an HTML page; a submission is accepted",
  "504": "504 with an HTML page; a submission is accepted",
  hang: "no response, ever; a submission is accepted",
  cut: "the connection is cut; a submission is accepted",
  "cut-before": "the connection is cut and nothing is accepted",
  "cut-within": "the connection is cut in the middle of the response; a submission is accepted",
  malformed: "200 with a text that is not JSON; a submission is accepted",
  "no-id": "200 with an object without an id; a submission is accepted",
  "endless-body": "200 and JSON that never ends; a submission is accepted",
  redirect: "307 to the argument, or to the same URL; nothing is accepted",
  slow: "the right response, delayed by the argument in milliseconds",
} as const;

/** Task faults are chosen when the task is created and last for its lifetime. */
export const taskFaults = {
  "unknown-status": 'reports "warming_up" for a while, then continues as usual',
  "progress-back": "progress decreases in the middle",
  fail: "fails with an error",
  "fail-policy": "fails for the content policy",
  stuck: "never ends",
  "success-late": "takes longer by the argument in milliseconds (10000)",
  "no-link": "completes without a link; the detail has one",
  "no-link-ever": "completes without a link, also in the detail",
  "link-404": "the link is not found",
  "link-expired": "the state's link is expired (403); the detail's works",
  "link-garbage": "the file is not a video",
  "link-hostile": "the file's index claims two billion frames, which exhausts the memory of its reader",
  "link-two-indexes": "the file has a second, empty index, so that no label can be written into it",
  "link-cut": "the connection is cut in the middle of the file",
  "link-endless": "the file never ends and has no Content-Length",
  "link-redirect": "the link redirects twice, then to the file",
  "link-loop": "the link redirects endlessly",
  "link-to": "the link redirects to the argument",
  "link-is": "the link is the argument itself",
  "webhook-never": "no webhook is sent when it ends",
  "webhook-twice": "its webhook is sent twice with one id",
  "webhook-early": "its webhook is sent once, before the response to the submission",
  forms:
    "responds in older formats; the argument is a comma-separated list of data, url, string-error, iso, words, progress-text, progress-none, progress-wild",
} as const;

export type ResponseFaultName = keyof typeof responseFaults;
export type TaskFaultName = keyof typeof taskFaults;
export type FaultEndpoint = "submit" | "check" | "detail" | "file" | "cancel";

export interface Fault {
  name: ResponseFaultName | TaskFaultName;
  /** The endpoint that a response fault applies to. Null for a task fault. */
  endpoint: FaultEndpoint | null;
  argument: string | null;
  /** How often the fault applies. Null: always. */
  times: number | null;
}

/** Parses `NAME:ARGUMENT xTIMES`. Null if the fault does not exist. */
export function parseFault(text: string): Fault | null {
  const parts = /^(?:(check|detail|file|cancel)-)?([a-z0-9-]+)(?::(\S+))?(?:\s+x(\d+))?$/.exec(text.trim());
  if (!parts) return null;
  const [, endpoint, name = "", argument = null, times] = parts;
  const rest = { argument, times: times === undefined ? null : Number(times) };
  if (Object.hasOwn(responseFaults, name)) {
    return {
      name: name as ResponseFaultName,
      endpoint: (endpoint as FaultEndpoint | undefined) ?? "submit",
      ...rest,
    };
  }
  if (endpoint !== undefined || !Object.hasOwn(taskFaults, name)) return null;
  return { name: name as TaskFaultName, endpoint: null, ...rest };
}

import { readFileSync } from "node:fs";

/** A window of the explorer: operations to try, and a script for their answers. */
export interface ExampleWindow {
  name: string;
  document: string;
  variables?: Record<string, unknown>;
  /** Runs in the explorer's sandbox after each answer. Saves values for the next windows. */
  afterAnswer?: string;
}

/** Values that the script of one window saves, and the next windows use as {{name}}. */
const variableNames = ["code", "accessToken", "taskId", "videoId", "mediaId"] as const;

/** Loads the saved values before every request. */
export const loadSaved = variableNames
  .map((name) => `altair.helpers.setEnvironment("${name}", (await altair.storage.get("${name}")) ?? "");`)
  .join("\n");

type Saved = Partial<Record<(typeof variableNames)[number], string>>;

/** `paths`: the path of each value in the data. Answers may lack it, because the script runs after each. */
function save(paths: Saved): string {
  const lines = Object.entries(paths).map(
    ([name, path]) => `if (data?.${path}) await altair.storage.set("${name}", data.${path});`,
  );
  return [
    "const { body } = altair.response;",
    'const { data } = typeof body === "string" ? JSON.parse(body) : body;',
    ...lines,
  ].join("\n");
}

/** The window of `schema/examples/1-ask-for-a-code.graphql` has the name "1 Ask for a code". */
function exampleWindow(file: string, rest: Omit<ExampleWindow, "name" | "document"> = {}): ExampleWindow {
  const document = readFileSync(new URL(`../../../schema/examples/${file}.graphql`, import.meta.url), "utf8");
  const [number, first = "", ...words] = file.split("-");
  const title = [first.charAt(0).toUpperCase() + first.slice(1), ...words].join(" ");
  return { name: `${number} ${title}`, document, ...rest };
}

const phone = "+8613800138000";

/** From a phone number to a clean file and a published work, one window per step. */
export const exampleWindows: ExampleWindow[] = [
  exampleWindow("1-ask-for-a-code", {
    variables: { phone },
    afterAnswer: save({ code: "requestLoginCode?.developmentCode" }),
  }),
  exampleWindow("2-log-in", {
    variables: { phone, code: "{{code}}" },
    afterAnswer: save({ accessToken: "login?.accessToken" }),
  }),
  exampleWindow("3-make-a-video", {
    variables: { input: { prompt: "a cat running on grass", durationSec: 10 } },
    afterAnswer: save({ taskId: "createTask?.task.id" }),
  }),
  exampleWindow("4-watch-it", { variables: { taskId: "{{taskId}}" } }),
  exampleWindow("5-look-at-it", { afterAnswer: save({ videoId: "videos?.nodes[0]?.id" }) }),
  exampleWindow("6-download-it-clean", { variables: { videoId: "{{videoId}}" } }),
  exampleWindow("7-from-a-picture", {
    variables: { input: { prompt: "the picture comes to life", referenceImageId: "{{mediaId}}" } },
    afterAnswer: save({ mediaId: "uploadMedia?.media.id", taskId: "createTask?.task.id" }),
  }),
  exampleWindow("8-publish-it", {
    variables: { input: { videoId: "{{videoId}}", title: "A cat running on grass" } },
  }),
  exampleWindow("9-see-the-feed"),
];

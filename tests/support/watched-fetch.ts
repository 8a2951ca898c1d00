import { SecretWatch } from "./secret-watch.js";

const plainFetch = globalThis.fetch;

/** Of every test: what a product answers over HTTP goes by its watch, whoever asked. */
globalThis.fetch = async (...call) => {
  const response = await plainFetch(...call);
  const watch = response.url === "" ? undefined : SecretWatch.at(new URL(response.url).origin);
  if (watch && /json/.test(response.headers.get("content-type") ?? "")) watch.readAnswer(response.clone());
  return response;
};

import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { FilmSpec } from "./film/film.js";
import { sendError } from "./response-faults.js";
import { getBaseUrl, type SandboxState } from "./sandbox-state.js";

const chatCall = z.object({
  model: z.string().min(1),
  messages: z.array(z.object({ role: z.string(), content: z.string().min(1) })).min(1),
});

/** `POST /v1/chat/completions`: two special models return clean links, all others chat. */
export function addChatRoutes(server: FastifyInstance, sandbox: SandboxState): void {
  server.post("/v1/chat/completions", async (request, reply) => {
    const parsed = chatCall.safeParse(request.body);
    const content = parsed.data?.messages.at(-1)?.content;
    if (!parsed.success || content === undefined)
      return sendError(reply, "reject", "No model or no message.");
    const { model } = parsed.data;
    const base = getBaseUrl(request);
    const id = digest(`${model} ${content}`);
    const completion = {
      id: `chatcmpl-${id}`,
      object: "chat.completion",
      created: Math.floor(Date.now() / 1000),
      model,
    };
    if (model === "sora_url") {
      if (!URL.canParse(content)) return sendError(reply, "reject", "The message is not the URL of a post.");
      return { ...completion, links: createLinks(sandbox, base, `post_${id}`, content) };
    }
    // The token must not appear in the film or in a response.
    if (model === "sora-drafts-url")
      return { ...completion, links: createLinks(sandbox, base, `draft_${id}`, `A draft, ${id}`) };
    const message = { role: "assistant", content: `The sandbox heard: ${content}` };
    return { ...completion, choices: [{ index: 0, message, finish_reason: "stop" }] };
  });
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);

function createLinks(sandbox: SandboxState, base: string, name: string, prompt: string) {
  const spec: FilmSpec = { prompt, width: 720, height: 1280, seconds: 4, picture: null, watermark: false };
  sandbox.posts.set(name, spec);
  sandbox.posts.set(`${name}_wm`, { ...spec, watermark: true });
  sandbox.posts.set(`${name}_md`, { ...spec, width: 360, height: 640 });
  const link = (file: string) => `${base}/files/${file}`;
  return {
    mp4: link(`${name}.mp4`),
    mp4_wm: link(`${name}_wm.mp4`),
    thumbnail: link(`${name}.jpg`),
    md: link(`${name}_md.mp4`),
    gif: link(`${name}.gif`),
  };
}

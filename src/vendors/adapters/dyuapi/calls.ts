import type { ReferenceImage } from "../../contract.js";
import type { CallResult, JsonClient } from "../../protocol/json-client.js";
import { formOf, orderFields, type VideoOrder } from "../../protocol/video-order.js";
import {
  type CleanLinks,
  chatAnswer,
  type DetailAnswer,
  detailAnswer,
  linksAnswer,
  type TaskAnswer,
  taskAnswer,
} from "./answers.js";

const chatPath = "v1/chat/completions";

/** The eight calls of the DyuAPI protocol, one method each. None throws, none repeats itself. */
export class DyuapiCalls {
  constructor(private readonly calls: JsonClient) {}

  createFromText(order: VideoOrder): Promise<CallResult<TaskAnswer>> {
    return this.calls.post("create", "v1/videos", formOf(order), taskAnswer);
  }

  createFromImageFile(order: VideoOrder, image: ReferenceImage): Promise<CallResult<TaskAnswer>> {
    return this.calls.post("create", "v1/videos", formOf(order, image), taskAnswer);
  }

  createFromImageUrl(order: VideoOrder, imageUrl: string): Promise<CallResult<TaskAnswer>> {
    const body = { image_url: imageUrl, ...orderFields(order) };
    return this.calls.post("create", "v1/videos", body, taskAnswer);
  }

  taskState(id: string): Promise<CallResult<TaskAnswer>> {
    return this.calls.get("state", `v1/videos/${encodeURIComponent(id)}`, taskAnswer);
  }

  videoDetail(id: string): Promise<CallResult<DetailAnswer>> {
    return this.calls.get("detail", `v1/videos/${encodeURIComponent(id)}/content`, detailAnswer);
  }

  cleanLinkOfPost(postUrl: string): Promise<CallResult<CleanLinks>> {
    return this.calls.post("clean-link", chatPath, chatOf("sora_url", postUrl), linksAnswer);
  }

  /** The access token opens the draft's owner's account: it is kept out of every text like the key. */
  cleanLinkOfDraft(accessToken: string): Promise<CallResult<CleanLinks>> {
    const body = chatOf("sora-drafts-url", accessToken);
    const redactor = this.calls.redactor.with(accessToken);
    return this.calls.post("clean-link", chatPath, body, linksAnswer, redactor);
  }

  /** One message to any other model, and its answer's text. */
  chat(model: string, message: string): Promise<CallResult<string>> {
    return this.calls.post("chat", chatPath, chatOf(model, message), chatAnswer);
  }
}

const chatOf = (model: string, content: string) => ({
  model,
  stream: false,
  messages: [{ role: "user", content }],
});

import { describe, expect, test } from "vitest";
import { complaintIn } from "../../src/vendors/wire/complaint.js";
import { isContentRefusal } from "../../src/vendors/wire/content-refusals.js";

/** As the services that make pictures and videos write them, and the gateways before them. */
const refusalCodes = [
  ...["content_policy_violation", "content_policy", "content-policy", "ContentPolicyViolation"],
  ...["moderation_blocked", "content_moderation", "content_moderation_failed", "input_moderation"],
  ...["content_filter", "ResponsibleAIPolicyViolation", "content_filtered", "CONTENT_FILTER"],
  ...["SAFETY.INPUT.TEXT", "SAFETY.OUTPUT.VIDEO", "INPUT_PREPROCESSING.SAFETY.TEXT", "safety_violations"],
  ...["InputTextSensitiveContentDetected", "OutputVideoSensitiveContentDetected", "sensitive_content"],
  ...["DataInspectionFailed", "data_inspection_failed", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "BLOCKLIST"],
  ...["PUBLIC_ERROR_UNSAFE_GENERATION", "PUBLIC_ERROR_PROMINENT_PEOPLE_FILTER_FAILED", "nsfw_detected"],
  ...[
    "NSFW_CONTENT",
    "usage_policy_violation",
    "policy_violation",
    "risk_control",
    "sensitive_words_detected",
  ],
  ...["prompt_blocked", "sora_content_violation", "unsafe_content", "input_sensitive", "safety"],
];

const refusalSentences = [
  "This content may violate our content policies.",
  "Your prompt was blocked by our moderation system.",
  "Your request was blocked by our moderation system.",
  "Your request was rejected as a result of our safety system. Your prompt may contain text that is not allowed by our safety system.",
  "This request has been blocked by our content filters.",
  "This content may violate our guardrails around nudity, sexuality, or erotic content.",
  "This content may violate our guardrails concerning similarity to third-party content.",
  "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
  "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
  "The prompt could not be submitted. This prompt contains words that violate Vertex AI's usage guidelines.",
  "Unable to show generated images. The images were filtered out because they violated Google's Responsible AI practices.",
  "The prompt contains sensitive words that violate Google's Responsible AI practices.",
  "Failure to pass the risk control system",
  "Prompt did not pass content moderation",
  "Your prompt contains inappropriate content.",
  "The content could not be processed because it contained material flagged by a content checker.",
  "The input or output was flagged as sensitive. Please try again with different inputs. (E005)",
  "NSFW content detected. Try running it again, or try a different prompt.",
  "input new_sensitive",
  "The request failed because the output video may contain sensitive information. Request id: 02178",
  "Output data may contain inappropriate content.",
  "We currently do not support uploads of images containing photorealistic people.",
  "The request failed because the input image may contain real person.",
  "Text safety check failed",
  "Your request violates our policies.",
  "The generated video was flagged.",
  "Content not allowed",
  "The description contains prohibited terms.",
  "[content_policy_violation] Request refused (traceid: 1234).",
  '{"error":{"message":"no","code":"moderation_blocked"}}',
];

const chineseRefusals = [
  "内容审核未通过",
  "提示词包含敏感内容，请修改后重试",
  "内容违规",
  "您的提示词涉嫌违规，请修改",
  "审核不通过",
  "审核未通过",
  "生成失败：内容未通过安全审核",
  "输入内容命中敏感词",
  "系统检测到输入或生成内容可能包含不安全或敏感内容",
  "图片中含有违禁元素",
  "触发风控策略，生成失败",
  "视频内容违反平台规范",
  "该内容可能违反了我们的内容政策",
  "提示词含有色情信息",
  "您的请求因违反社区准则被拒绝",
  "生成的视频未能通过审核",
  "文本内容不合规",
  "内容不当",
  "参考图包含真人",
  "內容審核未通過",
  "提示詞包含敏感內容",
  "命中违禁词",
  "涉及侵权内容",
];

const otherCodes = [
  ...["permission_denied", "invalid_request_error", "insufficient_quota", "rate_limit_exceeded", "forbidden"],
  ...["sentinel_block", "model_not_found", "internal_error", "invalid_prompt", "generation_error"],
  ...[
    "moderation_service_unavailable",
    "moderation_timeout",
    "invalid_safety_identifier",
    "case_sensitive_name",
  ],
  ...["safety_settings_invalid", "account_flagged", "rate_limit_policy_violation", "content_length_required"],
  ...[
    "unsupported_content_type",
    "content_too_large",
    "bucket_policy_denied",
    "unsafe_url",
    "blocked",
    "400",
  ],
  ...["server_error", "invalid_image_url", "violates_unique_constraint", "cors_policy", "fail_to_fetch_task"],
];

const otherSentences = [
  "The file model.safetensors could not be read.",
  "Your account may not use this model.",
  "Model names are case-sensitive.",
  "This is a time-sensitive request and it expired.",
  "The moderation service is temporarily unavailable, please try again.",
  "Content moderation timed out.",
  "Failed to contact the safety system.",
  "Your account has been suspended for violating our usage policies.",
  "Access denied by your organization's policy.",
  "Request blocked by CORS policy.",
  "Refused to load because of Content-Security-Policy.",
  "Unsupported content type.",
  "The prompt is too long.",
  "Input is not allowed for this model.",
  "Illegal image format",
  "Inappropriate ioctl for device",
  "insert violates foreign key constraint",
  "The input violates the schema: seconds must be one of 10, 15.",
  "The ffmpeg filter 'scale' failed.",
  "Your IP address has been blocked.",
  "Rate limit policy exceeded.",
  "prompt is required",
  "A required sensitive parameter is missing.",
  "Hmmm something didn't look right with your request.",
  "You must verify a phone number before continuing.",
  "The order is not acceptable.",
  "Safety check passed, rendering failed.",
];

const otherChinese = [
  "账户余额不足",
  "模型名称大小写敏感",
  "您的账号存在违规行为，已被封禁",
  "企业认证审核未通过",
  "审核服务超时，请稍后重试",
  "图片格式不合规",
  "请求频率超限",
  "参数错误：分辨率不支持",
  "内容长度超出限制",
  "任务排队中",
  "服务器繁忙，请稍后再试",
  "该模型暂未开放",
  "无权限访问该模型",
  "视频生成超时",
  "内容审核服务异常",
];

const isRefused = (answer: unknown) => isContentRefusal(complaintIn(answer) ?? { message: "", words: [] });

describe("a refusal of content is known", () => {
  test.each(refusalCodes)("by the code %s", (code) => {
    expect(isRefused({ error: { message: "no", type: "invalid_request_error", code } })).toBe(true);
    expect(isRefused({ fail_reason: code })).toBe(true);
  });
  test.each([...refusalSentences, ...chineseRefusals])("by the words: %s", (message) => {
    expect(isRefused({ error: { message, type: "invalid_request_error", code: "bad_request" } })).toBe(true);
    expect(isRefused({ error: message })).toBe(true);
  });
});

describe("what is none is not taken for one", () => {
  test.each(otherCodes)("the code %s", (code) => {
    expect(isRefused({ error: { message: "no", type: "invalid_request_error", code } })).toBe(false);
  });
  test.each([...otherSentences, ...otherChinese])("the words: %s", (message) => {
    expect(isRefused({ error: { message, type: "invalid_request_error", code: null } })).toBe(false);
  });
});

test.each([
  [{ code: "content_policy_violation", message: "no" }],
  [{ error: { code: "content_policy_violation" } }],
  [{ error: "content_policy_violation" }],
  [{ error: { type: "content_policy" } }],
  [{ error: { code: "400", innererror: { code: "ResponsibleAIPolicyViolation" } } }],
  [{ errors: [{ code: "bad" }, { code: "moderation_blocked" }] }],
  [{ data: { error: { message: "This content may violate our content policies." } } }],
  [{ code: 500, data: { status: "failed", fail_reason: "内容违规" } }],
  [{ failure: "Generation failed", failureCode: "SAFETY.INPUT.TEXT" }],
  [{ data: { task_status: "failed", task_status_msg: "Failure to pass the risk control system" } }],
  [{ detail: [{ msg: "content policy violation", type: "content_policy_violation" }] }],
  [{ base_resp: { status_code: 1026, status_msg: "input new_sensitive" } }],
])("wherever an answer says it: %j", (answer) => {
  expect(isRefused(answer)).toBe(true);
});

test("a prompt that an answer repeats is no refusal", () => {
  expect(isRefused({ id: "1", prompt: "nudity, moderation_blocked", error: { message: "no" } })).toBe(false);
});

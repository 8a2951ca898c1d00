import { AppError } from "../platform/base/app-error.js";

/** The request cannot be read as a GraphQL request. The message says why. */
export class BadRequest extends AppError {
  constructor(en = "This request cannot be read.", zh = "无法读取该请求。") {
    super("BAD_REQUEST", { en, zh });
  }
}

/** A subscription over HTTP. */
export class SubscriptionOverHttp extends AppError {
  constructor() {
    super("BAD_REQUEST", {
      en: "Subscriptions run over WebSocket (graphql-transport-ws).",
      zh: "订阅请使用 WebSocket（graphql-transport-ws）。",
    });
  }
}

/** More bytes than allowed. */
export class PayloadTooLarge extends AppError {
  constructor(limitBytes: number) {
    super(
      "PAYLOAD_TOO_LARGE",
      { en: `This is too large: ${limitBytes} bytes at most.`, zh: `内容过大：最多 ${limitBytes} 字节。` },
      { limitBytes },
    );
  }
}

/** A Content-Type that this route does not accept. */
export class UnsupportedContentType extends AppError {
  constructor() {
    super("UNSUPPORTED_MEDIA_TYPE", {
      en: "Send application/json, or multipart/form-data for uploads.",
      zh: "请发送 application/json；上传文件请使用 multipart/form-data。",
    });
  }
}

/** A path that this server does not have. */
export class NoSuchAddress extends AppError {
  constructor() {
    super("NOT_FOUND", { en: "There is nothing at this address.", zh: "该地址下没有内容。" });
  }
}

const complexityInChinese = {
  characters: "字符数",
  tokens: "词法单元数",
  depth: "嵌套深度",
  aliases: "别名数",
  directives: "指令数",
  repeats: "同一字段的重复次数",
  fields: "字段数",
  cost: "查询成本",
};

/** The operation exceeds `limit`. */
export class QueryTooComplex extends AppError {
  constructor(
    readonly limit: keyof typeof complexityInChinese,
    readonly max: number,
  ) {
    super(
      "QUERY_TOO_COMPLEX",
      {
        en: `This operation is too complex: ${limit} over ${max}.`,
        zh: `操作过于复杂：${complexityInChinese[limit]}超过 ${max}。`,
      },
      { limit, max },
    );
  }
}

/** Variables or extensions that nest deeper than any input of the schema. */
export class InputTooDeep extends AppError {
  constructor(
    readonly field: "variables" | "extensions",
    readonly levelsMax: number,
  ) {
    super(
      "BAD_USER_INPUT",
      {
        en: `The ${field} nest deeper than ${levelsMax} levels.`,
        zh: `${field} 的嵌套超过 ${levelsMax} 层。`,
      },
      { field, levelsMax },
    );
  }
}

/** Too many operations run at once over WebSockets. */
export class TooManyOperations extends AppError {
  constructor(readonly limit: number) {
    super(
      "RATE_LIMITED",
      {
        en: `Too many operations at once: ${limit} at most. End a subscription first.`,
        zh: `同时进行的操作过多：最多 ${limit} 个。请先结束一个订阅。`,
      },
      { limit, retryAfterMs: 1_000 },
    );
  }
}

/** The operation is not in the manifest, and the server runs no others. */
export class UntrustedDocument extends AppError {
  readonly statusCode = 403;

  constructor() {
    super(
      "FORBIDDEN",
      {
        en: "This server runs only the operations that its manifest has.",
        zh: "此服务器只执行清单中已登记的操作。",
      },
      { reason: "UNTRUSTED_DOCUMENT" },
    );
  }
}

/** The manifest has no document with this id. */
export class DocumentNotFound extends AppError {
  constructor() {
    super("BAD_REQUEST", {
      en: "There is no document with this id. Send its text.",
      zh: "没有此 id 对应的文档，请发送文档原文。",
    });
  }
}

/** No server has a persisted query with this hash. The message is part of Apollo's protocol, in every language. */
export class PersistedQueryNotFound extends AppError {
  readonly statusCode = 200;

  constructor() {
    super("PERSISTED_QUERY_NOT_FOUND", { en: "PersistedQueryNotFound", zh: "PersistedQueryNotFound" });
  }
}

const kib = 1024;
const mib = 1024 * kib;

/** Every limit of HTTP, GraphQL and WebSocket. */
export const apiLimits = {
  /** A JSON request, a WebSocket message, and each of the two JSON fields of a multipart request. */
  messageBytesMax: 256 * kib,
  uploadBytesMax: 10 * mib,
  uploadFilesMax: 10,
  /** All files of one request together. */
  uploadsBytesMax: 20 * mib,
  /** From one address. Vendors call for every task, and retry later if they are rejected. */
  webhooksPerMinuteMax: 6_000,
  /** GraphQL requests that run at once. Further ones get 503 with Retry-After. */
  requestsUnderWayMax: 2_000,
  /** The time for a client to send a whole request. */
  requestMs: 120_000,
  headersMs: 20_000,
  headerBytesMax: 16 * kib,
  /** Bytes of a rejected request that are read and dropped, so that the answer reaches the client. */
  unreadBytesMax: 64 * mib,
  unreadMs: 60_000,
  /** The interval of the check for slow requests. */
  slownessCheckMs: 5_000,
  /** Idle time after which a connection is closed, also if the client does not read its answer. */
  silenceMs: 60_000,
  /** The same once all files of a request have arrived: large images are processed one after the other. */
  uploadSilenceMs: 600_000,

  /** Characters. Long values belong into variables. */
  documentLengthMax: 64 * kib,
  documentTokensMax: 2_000,
  /** Fields and argument values of a document, with every fragment counted at each spread. */
  documentFieldsMax: 8_000,
  queryDepthMax: 15,
  /** Levels of lists and objects in the variables of a request. */
  inputDepthMax: 32,
  aliasesMax: 30,
  directivesMax: 50,
  /** Pairs of the same field in one place, which graphql compares before it merges them. */
  mergePairsMax: 5_000,
  /** Fields in the response to an operation, estimated by `first`. The introspection query of tools has 21,000. */
  queryCostMax: 25_000,

  connectionInitMs: 10_000,
  /** The time for a client to answer a close frame before its connection is cut. */
  socketCloseMs: 2_000,
  /** The interval of pings. A client that has not answered by the next one is disconnected. */
  keepAliveMs: 15_000,
  /** Of one user, or of one address without a user. */
  socketsPerCallerMax: 256,
  /** Of one address, over all users, before and after connection_init. A setting: SOCKETS_PER_ADDRESS. */
  socketsPerAddressMax: 10_000,
  /** Operations that run at once over all sockets of one user, or of one address without a user. */
  socketOperationsPerCallerMax: 512,
  /** Messages of one socket between two pings. RATE_LIMIT_PER_MINUTE is added to it. */
  socketMessagesMax: 2_000,
  /** Unsent bytes after which a client counts as no longer reading. */
  socketOutboxBytesMax: mib,

  /** The time for running requests when the server stops. The whole stop takes under ten seconds. */
  drainMs: 8_000,
} as const;

export type ApiLimits = { readonly [Name in keyof typeof apiLimits]: number };

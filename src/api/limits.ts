const kib = 1024;
const mib = 1024 * kib;

/** Every bound of the edge, with its unit in its name. */
export const apiLimits = {
  /** A JSON request, a WebSocket message, and each of the two JSON fields of a multipart request. */
  messageBytesMax: 256 * kib,
  uploadBytesMax: 10 * mib,
  uploadFilesMax: 10,
  /** All files of one request together. */
  uploadsBytesMax: 20 * mib,
  /** From one address. Vendors call for every task, and come again later when they are turned away. */
  webhooksPerMinuteMax: 6_000,
  /** GraphQL requests that are being answered: one more is asked to come again. */
  requestsUnderWayMax: 2_000,
  /** How long a client may take to send a whole request. */
  requestMs: 120_000,
  headersMs: 20_000,
  headerBytesMax: 16 * kib,
  /** How much of a refused request is still read and dropped, so that the answer reaches the client. */
  unreadBytesMax: 64 * mib,
  unreadMs: 60_000,
  /** How often requests under way are looked at for being too slow. */
  slownessCheckMs: 5_000,
  /** A connection on which nothing moves for so long, an answer that nobody reads included, is cut. */
  silenceMs: 60_000,
  /** The same from the moment when all files of a request have arrived: large images wait for one another. */
  uploadSilenceMs: 600_000,

  /** Characters; what is long besides belongs into variables. */
  documentLengthMax: 64 * kib,
  documentTokensMax: 2_000,
  /** Fields and argument values of a document, every fragment followed wherever it is spread. */
  documentFieldsMax: 8_000,
  queryDepthMax: 15,
  /** Levels of lists and objects in the variables of a request. */
  inputDepthMax: 32,
  aliasesMax: 30,
  directivesMax: 50,
  /** Pairs of one and the same field in one place: graphql compares each two before it merges them. */
  mergePairsMax: 5_000,
  /** Fields that an operation may answer with, as far as `first` tells. */
  queryCostMax: 20_000,

  connectionInitMs: 10_000,
  /** How long a client may take to answer a close frame before its connection is cut. */
  socketCloseMs: 2_000,
  /** A ping goes out this often; who has not answered by the next one is gone. */
  keepAliveMs: 15_000,
  /** Of one user, or of one address without a user. */
  socketsPerCallerMax: 256,
  /** Of one address, whosever they are, connection_init or not. A setting: SOCKETS_PER_ADDRESS. */
  socketsPerAddressMax: 10_000,
  /** Operations under way over all sockets of one user, or of one address without a user. */
  socketOperationsPerCallerMax: 512,
  /** Messages of one socket between two pings, beside as many as RATE_LIMIT_PER_MINUTE has requests. */
  socketMessagesMax: 2_000,
  /** Unsent bytes at which a client counts as not reading any more. */
  socketOutboxBytesMax: mib,

  /** What running requests get when the server stops; the whole stop takes under ten seconds. */
  drainMs: 8_000,
} as const;

export type ApiLimits = { readonly [Name in keyof typeof apiLimits]: number };
